"""A market in which happens what a test says: one session a day, quotes and trades as given.

`NOON` is a Friday at 12:00 in New York: regular hours run 14:30-21:00 UTC, all hours 09:00-23:00.
"""

from collections.abc import Sequence

from market.bar_size import BarSize
from market.events import Hours
from market.source import Source
from market.times import SECOND
from simulator.model.api import BarData, Listing, QuoteTick, Session, TradeTick
from tests.simulator.fake_model import FRIDAY_NOON, LISTINGS, FakeModel

NOON = FRIDAY_NOON
AAPL, EURUSD, ES = LISTINGS[0], LISTINGS[6], LISTINGS[7]


class ScriptedModel:
    """Implements `MarketModel`. Tests add ticks before the clock reaches them, at seconds after noon."""

    source = Source.simulated(seed=7, feed="consistent", always_open=False)
    listings: Sequence[Listing] = LISTINGS

    def __init__(self) -> None:
        self._quotes: dict[int, list[QuoteTick]] = {}
        self._trades: dict[int, list[TradeTick]] = {}

    def quote(
        self,
        second: float,
        bid: float,
        ask: float,
        bid_size: float = 300.0,
        ask_size: float = 300.0,
        listing: Listing = AAPL,
    ) -> "ScriptedModel":
        """The best bid and offer from `second` on."""
        tick = QuoteTick(NOON + round(second * SECOND), bid, ask, bid_size, ask_size)
        self._quotes.setdefault(listing.instrument.contract_id, []).append(tick)
        return self

    def trade(
        self, second: float, price: float, size: float = 100.0, listing: Listing = AAPL, last: bool = True
    ) -> "ScriptedModel":
        """A print."""
        tick = TradeTick(NOON + round(second * SECOND), price, size, "NASDAQ", last=last)
        self._trades.setdefault(listing.instrument.contract_id, []).append(tick)
        return self

    def sessions(self, contract_id: int, start: int, end: int) -> Sequence[Session]:
        return FakeModel().sessions(contract_id, start, end)

    def trades(self, contract_id: int, start: int, end: int) -> Sequence[TradeTick]:
        ordered = sorted(self._trades.get(contract_id, ()), key=lambda tick: tick.time)
        return [tick for tick in ordered if start <= tick.time < end]

    def quotes(self, contract_id: int, start: int, end: int) -> Sequence[QuoteTick]:
        ordered = sorted(self._quotes.get(contract_id, ()), key=lambda tick: tick.time)
        return [tick for tick in ordered if start <= tick.time < end]

    def bars(
        self, contract_id: int, size: BarSize, what: str, hours: Hours, start: int, end: int, now: int
    ) -> Sequence[BarData]:
        return []
