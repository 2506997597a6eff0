"""What the gateway asks of a market, whether generated or replayed.

All times are UTC nanoseconds and all ranges [start, end). Nothing depends on who asks or when: the same
question has the same answer for ever, except that `bars` needs to know the present, to cut off the future.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, Protocol

import msgspec

from market.bar_size import BarSize
from market.events import Hours
from market.instrument import Instrument
from market.source import Source


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A contract of the universe. `entitlement` is what the simulated account may see of it.

    `head` is the time of the first bar, `what` the IB data types (whatToShow) that its history has,
    `fractional` whether sizes may be fractions (forex, crypto), `tick_by_tick` whether IB streams its ticks.
    """

    instrument: Instrument
    head: int
    what: tuple[str, ...] = ("TRADES", "MIDPOINT", "BID", "ASK", "BID_ASK")
    entitlement: Literal["live", "delayed", "none"] = "live"
    tick_by_tick: bool = True
    fractional: bool = False


class Session(msgspec.Struct, frozen=True):
    """One trading day: `open` to `close` is when anything trades, the regular part lies within."""

    date: date
    open: int
    close: int
    regular_open: int
    regular_close: int

    def bounds(self, hours: Hours) -> tuple[int, int]:
        """Opening and closing time of the part that `hours` means; the regular part may be empty."""
        if hours == "rth":
            return self.regular_open, self.regular_close
        return self.open, self.close


class TradeTick(msgspec.Struct, frozen=True, gc=False):
    """A print. `last` is false for prints that only AllLast shows (combos, average-price, derivative)."""

    time: int
    price: float
    size: float
    venue: str = ""
    conditions: str = ""
    past_limit: bool = False
    unreported: bool = False
    last: bool = True


class QuoteTick(msgspec.Struct, frozen=True, gc=False):
    """The best bid and offer from `time` on."""

    time: int
    bid: float
    ask: float
    bid_size: float
    ask_size: float


class BarData(msgspec.Struct, frozen=True, gc=False):
    """A bar that starts at `start`; for a day and longer, 00:00 UTC of the trading date.

    `volume`, `average` and `count` are -1 for data without trades (MIDPOINT, BID ...), as IB sends them.
    """

    start: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    average: float
    count: int


class MarketModel(Protocol):
    """A market that can be asked for any time."""

    @property
    def source(self) -> Source: ...

    @property
    def listings(self) -> Sequence[Listing]: ...

    def sessions(self, contract_id: int, start: int, end: int) -> Sequence[Session]:
        """Every session that overlaps the range, in order."""
        ...

    def trades(self, contract_id: int, start: int, end: int) -> Sequence[TradeTick]:
        """Every print in order of time; what live streams and historical ticks are made of."""
        ...

    def quotes(self, contract_id: int, start: int, end: int) -> Sequence[QuoteTick]:
        """Every change of the best bid and offer, in order of time."""
        ...

    def bars(
        self, contract_id: int, size: BarSize, what: str, hours: Hours, start: int, end: int, now: int
    ) -> Sequence[BarData]:
        """The bars as history serves them at `now`: those that start in the range and have begun by `now`.

        The last one is incomplete when `now` falls within it; it is made of what happened up to `now` only.
        """
        ...
