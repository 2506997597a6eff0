"""Market depth: books, and the exchanges that have them."""

from typing import TYPE_CHECKING

from simulator.gateway import depth_markets
from simulator.gateway.depth_flow import KIND, DepthFlow
from simulator.gateway.handlers.permissions import listing_for
from simulator.gateway.handlers.route import Route, Routes
from simulator.refused import Refused
from simulator.wire import depth_messages, market_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.market_requests import DepthRequest
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session


def _subscribe(session: "Session", request: DepthRequest) -> None:
    listing = listing_for(session, request.query)
    form = depth_markets.form_of(listing, request.query.exchange, smart=request.smart)
    if listing.instrument.contract_id in session.services.trouble.halted:
        raise Refused(316, "Market depth data has been HALTED. Please re-subscribe.")
    session.run(
        KIND, request.request_id, lambda: DepthFlow(session, request.request_id, listing, form, request.rows)
    )


def _cancel(session: "Session", request: Request) -> None:
    if not session.stop(KIND, request.request_id):
        raise Refused(310, f"Can't find the subscribed market depth with tickerId:{request.request_id}")


def _exchanges(session: "Session", request: Request) -> None:
    session.send(depth_messages.depth_exchanges(session.version, depth_markets.MARKETS))


ROUTES: Routes = {
    Ask.MARKET_DEPTH: Route(market_requests.market_depth, _subscribe),
    Ask.CANCEL_MARKET_DEPTH: Route(requests.versioned_with_id, _cancel),
    Ask.DEPTH_EXCHANGES: Route(requests.plain, _exchanges),
}
