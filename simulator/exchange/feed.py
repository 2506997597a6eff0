"""The market of one contract as its working orders see it."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from market.clock import Clock
from simulator.exchange.api import Action
from simulator.exchange.matching import Touch, exact
from simulator.model.api import Listing, MarketModel, QuoteTick, TradeTick
from simulator.model.calendar import last_session, session_at
from simulator.model.lookup import find_last, trades
from simulator.stream import Stream


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
    found = find_last(partial(model.quotes, contract_id), session.open, now)
    return found if isinstance(found, QuoteTick) else None


def last_trade(model: MarketModel, contract_id: int, now: int) -> TradeTick | None:
    """The last price at `now`: of the session that runs or, before its first print, of the one before."""
    session = last_session(model, contract_id, now)
    if session is None:
        return None
    found = closing_trade(model, contract_id, session.open, min(now, session.close))
    earlier = None if found else last_session(model, contract_id, session.open - 1)
    return closing_trade(model, contract_id, earlier.open, earlier.close) if earlier else found


def closing_trade(model: MarketModel, contract_id: int, opened: int, closed: int) -> TradeTick | None:
    """The last price of [opened, closed)."""
    found = find_last(trades(model, contract_id, every=False), opened, closed)
    return found if isinstance(found, TradeTick) else None


def expected_price(model: MarketModel, listing: Listing, action: Action, now: int) -> Decimal | None:
    """What a market order would trade at, as far as anybody knows at `now`."""
    number = listing.instrument.contract_id
    quote = standing_quote(model, number, now)
    side = Touch().moved(quote).other(action) if quote else None
    if side is not None:
        return side.price
    last = last_trade(model, number, now) if prints(listing) else None
    return exact(last.price) if last else None
