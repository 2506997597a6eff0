"""Market-data lines: live, frozen, delayed; and the switch between them."""

import logging
from typing import TYPE_CHECKING

from market.times import MINUTE
from simulator.gateway import refusals
from simulator.gateway.handlers.permissions import (
    listing_for,
    needs_subscription,
    no_delayed,
    not_subscribed,
)
from simulator.gateway.handlers.route import Route, Routes
from simulator.gateway.line import Line, Moment, moments
from simulator.model.api import Listing
from simulator.model.calendar import session_at
from simulator.stream import Stream
from simulator.wire import market_messages, market_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.market_requests import MarketDataRequest
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

log = logging.getLogger("truetick.simulator")

_KIND = "line"
LIVE, FROZEN, DELAYED, DELAYED_FROZEN = 1, 2, 3, 4
DELAY = 15 * MINUTE


def _switch(session: "Session", request: Request) -> None:
    """Sticky for the connection; it holds for lines requested afterwards. The request id is the type."""
    if request.request_id not in (LIVE, FROZEN, DELAYED, DELAYED_FROZEN):
        log.info("%s asks for market data type %d; there is none", session.name, request.request_id)
        return
    session.data_type = request.request_id


def _subscribe(session: "Session", request: MarketDataRequest) -> None:
    listing = listing_for(session, request.query)
    delayed = _is_delayed(listing, session.data_type)
    if request.snapshot:
        _begin(session, request.request_id, listing, delayed=delayed)
        session.send(market_messages.tick_snapshot_end(session.version, request.request_id))
        return
    session.run(_KIND, request.request_id, lambda: _stream(session, request.request_id, listing, delayed))


def _is_delayed(listing: Listing, wanted: int) -> bool:
    """Whether the client gets delayed data, the best it is entitled to; refuse when it gets nothing."""
    may_be_delayed = wanted in (DELAYED, DELAYED_FROZEN)
    if listing.entitlement == "live":
        return False
    if listing.entitlement == "delayed":
        if may_be_delayed:
            return True
        raise needs_subscription(listing)
    raise no_delayed() if may_be_delayed else not_subscribed(listing)


def _begin(session: "Session", request_id: int, listing: Listing, *, delayed: bool) -> Line:
    """Say what kind of data follows, then send the present state."""
    version, now = session.version, session.now - DELAY * delayed
    it = listing.instrument
    if delayed:
        text = "Requested market data is not subscribed. Displaying delayed market data."
        session.error(request_id, 10167, text)
    frozen = _is_frozen(session, listing, now)
    kind = (DELAYED_FROZEN if frozen else DELAYED) if delayed else (FROZEN if frozen else LIVE)
    venue = it.primary_exchange or it.exchange
    session.send(market_messages.tick_request_parameters(version, request_id, it.min_tick, venue))
    session.send(market_messages.market_data_type(version, request_id, kind))
    line = Line(session, request_id, listing, delayed=delayed)
    opened = session_at(session.services.model, it.contract_id, now) is not None
    line.send_snapshot(now, with_quote=opened or frozen)
    return line


def _is_frozen(session: "Session", listing: Listing, now: int) -> bool:
    """Frozen data is the last of a market that is shut, for those who ask for it."""
    if session.data_type not in (FROZEN, DELAYED_FROZEN):
        return False
    return session_at(session.services.model, listing.instrument.contract_id, now) is None


def _stream(session: "Session", request_id: int, listing: Listing, delayed: bool) -> Stream[Moment]:
    services = session.services
    now = session.now - DELAY * delayed
    thaws = _is_frozen(session, listing, now)
    line = _begin(session, request_id, listing, delayed=delayed)

    def emit(moment: Moment) -> None:
        nonlocal thaws
        if thaws:
            thaws = False
            kind = DELAYED if delayed else LIVE
            session.send(market_messages.market_data_type(session.version, request_id, kind))
        line.update(moment)

    fetch = moments(services.model, listing, services.options.feed)
    return Stream(services.clock, fetch, emit, start=now, delay=DELAY * delayed)


def _cancel(session: "Session", request: Request) -> None:
    if not session.stop(_KIND, request.request_id):
        raise refusals.unknown(request.request_id)


ROUTES: Routes = {
    Ask.MARKET_DATA: Route(market_requests.market_data, _subscribe),
    Ask.CANCEL_MARKET_DATA: Route(requests.versioned_with_id, _cancel),
    Ask.MARKET_DATA_TYPE: Route(requests.versioned_with_id, _switch),
}
