"""Market-data lines and snapshots; the switch between live, frozen and delayed data."""

import logging
from typing import TYPE_CHECKING

from simulator.gateway import generic_ticks, refusals
from simulator.gateway.generic_ticks import Asked
from simulator.gateway.handlers.line_flow import DELAYED, DELAYED_FROZEN, FROZEN, LIVE, LineFlow
from simulator.gateway.handlers.permissions import listing_for
from simulator.gateway.handlers.route import Route, Routes
from simulator.wire import market_messages, market_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.market_requests import MarketDataRequest
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

log = logging.getLogger("truetick.simulator")

_KIND = "line"


def _switch(session: "Session", request: Request) -> None:
    """Sticky for the connection; running lines follow at once. The request id is the type.

    IB meets a type that does not exist with silence.
    """
    if request.request_id not in (LIVE, FROZEN, DELAYED, DELAYED_FROZEN):
        log.info("%s asks for market data type %d; there is none", session.name, request.request_id)
        return
    session.data_type = request.request_id
    for flow in session.services.flows.of(session):
        if isinstance(flow, LineFlow):
            flow.switch()


def _subscribe(session: "Session", request: MarketDataRequest) -> None:
    listing = listing_for(session, request.query)
    if request.regulatory:
        # IB charges a cent for each; its error for an account that may not is not documented.
        raise refusals.invalid("Regulatory snapshots cost money and are not simulated by this gateway.")
    if request.snapshot:
        if request.generic_ticks:
            raise refusals.invalid("Snapshot market data subscription is not applicable to generic ticks")
        session.run(
            _KIND,
            request.request_id,
            lambda: LineFlow(session, request.request_id, listing, Asked(), once=True),
        )
        _end_snapshot(session, request.request_id)
        return
    asked = generic_ticks.parse(request.generic_ticks, listing.instrument.sec_type)
    session.run(_KIND, request.request_id, lambda: LineFlow(session, request.request_id, listing, asked))


def _end_snapshot(session: "Session", request_id: int) -> None:
    """A snapshot ends as soon as all is sent and holds its line no longer; TWS takes about eleven seconds."""
    session.stop(_KIND, request_id)
    session.send(market_messages.tick_snapshot_end(session.version, request_id))


def _cancel(session: "Session", request: Request) -> None:
    if not session.stop(_KIND, request.request_id):
        raise refusals.unknown(request.request_id)


ROUTES: Routes = {
    Ask.MARKET_DATA: Route(market_requests.market_data, _subscribe),
    Ask.CANCEL_MARKET_DATA: Route(requests.versioned_with_id, _cancel),
    Ask.MARKET_DATA_TYPE: Route(requests.versioned_with_id, _switch),
}
