"""Every trade, every quote, every midpoint: streams in whole seconds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.gateway import refusals, ticks
from simulator.gateway.flows import Flow
from simulator.gateway.handlers.permissions import listing_for, need_tick_by_tick
from simulator.gateway.handlers.route import Route, Routes
from simulator.gateway.tape import Fronts
from simulator.model import lookup
from simulator.model.calendar import last_session
from simulator.stream import Batches
from simulator.wire import market_messages, market_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.market_requests import TickByTickRequest
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

_KIND = "ticks"
# In the order of the numbers that message 99 gives them, from 1.
_TYPES = {"Last": "TRADES", "AllLast": "TRADES", "BidAsk": "BID_ASK", "MidPoint": "MIDPOINT"}


def _subscribe(session: "Session", request: TickByTickRequest) -> None:
    if request.tick_type not in _TYPES:
        raise refusals.invalid("Invalid tick-by-tick type was entered")
    listing = listing_for(session, request.query)
    need_tick_by_tick(listing, request.tick_type)
    contract_id, start = listing.instrument.contract_id, session.now
    session.run(_KIND, request.request_id, lambda: _stream(session, request, contract_id, start))
    if request.number_of_ticks:
        _send_past(session, request, contract_id, start)


def _stream(session: "Session", request: TickByTickRequest, contract_id: int, start: int) -> Flow:
    if not session.services.options.lenient:
        session.tick_pacing.check(start, contract_id)
    tape, what = session.services.tape, _TYPES[request.tick_type]
    if what == "TRADES":
        fetch = tape.trades(contract_id, session.version, every=request.tick_type == "AllLast")
    else:
        fetch = tape.quotes(contract_id, session.version, what, ignore_size=request.ignore_size)
    kind = 1 + list(_TYPES).index(request.tick_type)
    fronts = Fronts(market_messages.tick_by_tick_head(request.request_id, kind))
    flow = Flow(session, request.request_id, contract_id)

    def emit(rests: Sequence[bytes]) -> None:
        session.send(fronts.join(rests))

    return flow.hold(Batches(session.services.clock, fetch, flow.guard(emit), start=start))


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
