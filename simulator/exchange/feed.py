"""The market of one contract as its working orders see it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from market.clock import Clock
from market.times import MINUTE
from simulator.exchange.matching import Touch
from simulator.model.api import Listing, MarketModel, QuoteTick, TradeTick
from simulator.model.calendar import last_session, session_at
from simulator.stream import Stream

T = TypeVar("T")


class Feed:
    """Follow quotes and prints from now on, until closed; `before` is the touch as orders left it earlier."""

    def __init__(
        self,
        model: MarketModel,
        clock: Clock,
        listing: Listing,
        before: Touch,
        on_quote: Callable[[], None],
        on_trade: Callable[[TradeTick], None],
    ) -> None:
        number, now = listing.instrument.contract_id, clock.now()
        self._on_quote = on_quote
        standing = standing_quote(model, number, now)
        self.touch = before.moved(standing) if standing else Touch()
        self._streams: list[Stream[QuoteTick] | Stream[TradeTick]] = [
            Stream(clock, partial(model.quotes, number), self._quote, start=now)
        ]
        if prints(listing):
            self._streams.append(Stream(clock, partial(model.trades, number), on_trade, start=now))

    def close(self) -> None:
        for stream in self._streams:
            stream.cancel()

    def _quote(self, tick: QuoteTick) -> None:
        self.touch = self.touch.moved(tick)
        self._on_quote()


def prints(listing: Listing) -> bool:
    """Does the contract have trades at all?"""
    return "TRADES" in listing.what


def standing_quote(model: MarketModel, contract_id: int, now: int) -> QuoteTick | None:
    """The quote in force at `now`: the last one before it in the session that runs; None out of hours."""
    session = session_at(model, contract_id, now)
    if session is None:
        return None
    return _latest(partial(model.quotes, contract_id), session.open, now)


def last_trade(model: MarketModel, contract_id: int, now: int) -> TradeTick | None:
    """The last price at `now`: of the session that runs or, before its first print, of the one before."""
    session = last_session(model, contract_id, now)
    if session is None:
        return None
    fetch = partial(_last_trades, model, contract_id)
    found = _latest(fetch, session.open, min(now, session.close))
    if found is None:
        earlier = last_session(model, contract_id, session.open - 1)
        found = _latest(fetch, earlier.open, earlier.close) if earlier else None
    return found


def closing_trade(model: MarketModel, contract_id: int, opened: int, closed: int) -> TradeTick | None:
    """The last print of a session's regular part."""
    return _latest(partial(_last_trades, model, contract_id), opened, closed)


def _last_trades(model: MarketModel, contract_id: int, start: int, end: int) -> list[TradeTick]:
    return [tick for tick in model.trades(contract_id, start, end) if tick.last]


def _latest(fetch: Callable[[int, int], Sequence[T]], start: int, end: int) -> T | None:
    """The last item of [start, end), looked for further and further back."""
    span = MINUTE
    while end > start:
        low = max(start, end - span)
        items = fetch(low, end)
        if items:
            return items[-1]
        end, span = low, span * 4
    return None
