"""Every trade, every quote, every midpoint: streams in whole seconds."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from simulator.gateway import refusals, ticks
from simulator.gateway.dates import seconds
from simulator.gateway.flows import Flow
from simulator.gateway.handlers.permissions import listing_for, need_tick_by_tick
from simulator.gateway.handlers.route import Route, Routes
from simulator.model import lookup
from simulator.model.api import QuoteTick
from simulator.model.calendar import last_session
from simulator.wire import market_messages, market_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.market_requests import TickByTickRequest
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

_KIND = "ticks"
_TYPES = {"Last": "TRADES", "AllLast": "TRADES", "BidAsk": "BID_ASK", "MidPoint": "MIDPOINT"}


def _subscribe(session: "Session", request: TickByTickRequest) -> None:
    if request.tick_type not in _TYPES:
        raise refusals.invalid("Invalid tick-by-tick type was entered")
    listing = listing_for(session, request.query)
    need_tick_by_tick(listing, request.tick_type)
    contract_id, start = listing.instrument.contract_id, session.now
    session.run(_KIND, request.request_id, lambda: _begin(session, request, contract_id, start))
    if request.number_of_ticks:
        _send_past(session, request, contract_id, start)


def _begin(session: "Session", request: TickByTickRequest, contract_id: int, start: int) -> Flow:
    if not session.services.options.lenient:
        session.tick_pacing.check(start, contract_id)
    begin = _trades if _TYPES[request.tick_type] == "TRADES" else _quotes
    return begin(session, request, contract_id, start)


def _trades(session: "Session", request: TickByTickRequest, contract_id: int, start: int) -> Flow:
    every = request.tick_type == "AllLast"
    encode = partial(market_messages.tick_by_tick_last, session.version, request.request_id, 1 + every)
    return Flow(session, request.request_id, contract_id).stream(
        lookup.trades(session.services.model, contract_id, every=every),
        lambda tick: session.send(encode(seconds(tick.time), tick)),
        start=start,
    )


def _quotes(session: "Session", request: TickByTickRequest, contract_id: int, start: int) -> Flow:
    what = _TYPES[request.tick_type]
    is_new = lookup.changes(what, ignore_size=request.ignore_size)
    encode = _encoder(session.version, request.request_id, what)

    def emit(quote: QuoteTick) -> None:
        if is_new(quote):
            session.send(encode(quote))

    quotes = lookup.quotes(session.services.model, contract_id)
    return Flow(session, request.request_id, contract_id).stream(quotes, emit, start=start)


def _encoder(version: int, request_id: int, what: str) -> Callable[[QuoteTick], bytes]:
    if what == "MIDPOINT":
        midpoint = partial(market_messages.tick_by_tick_midpoint, version, request_id)
        return lambda quote: midpoint(seconds(quote.time), lookup.midpoint(quote))
    both = partial(market_messages.tick_by_tick_quote, version, request_id)
    return lambda quote: both(seconds(quote.time), quote)


def _send_past(session: "Session", request: TickByTickRequest, contract_id: int, start: int) -> None:
    """The historical prefix that `numberOfTicks` asks for, up to where the stream begins."""
    model, what = session.services.model, _TYPES[request.tick_type]
    running = last_session(model, contract_id, start)
    begin = running.open if running else start
    fetch = lookup.fetcher(
        model,
        contract_id,
        what,
        since=begin,
        every=request.tick_type == "AllLast",
        ignore_size=request.ignore_size,
    )
    past = lookup.last_ticks(fetch, begin, start, min(request.number_of_ticks, ticks.MOST))
    session.send(ticks.encode(session.version, request.request_id, what, past))


def _cancel(session: "Session", request: Request) -> None:
    if not session.stop(_KIND, request.request_id):
        raise refusals.unknown(request.request_id)


ROUTES: Routes = {
    Ask.TICK_BY_TICK: Route(market_requests.tick_by_tick, _subscribe),
    Ask.CANCEL_TICK_BY_TICK: Route(requests.with_id, _cancel),
}
