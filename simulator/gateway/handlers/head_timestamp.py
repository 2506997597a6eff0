"""When a contract's history begins."""

from typing import TYPE_CHECKING

from market.times import to_ib
from simulator.gateway import refusals
from simulator.gateway.dates import seconds
from simulator.gateway.handlers.permissions import listing_for, need_history
from simulator.gateway.handlers.route import Route, Routes
from simulator.model.calendar import next_session
from simulator.wire import market_messages, requests
from simulator.wire.asks import Ask
from simulator.wire.requests import HeadTimestampRequest, Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session


def _head(session: "Session", request: HeadTimestampRequest) -> None:
    """Format 1 is ``yyyymmdd-hh:mm:ss`` in UTC, format 2 seconds since 1970."""
    listing = listing_for(session, request.query, continuous=True)
    need_history(listing)
    if request.what not in listing.what:
        raise refusals.history(f"No head time stamp: no {request.what} data for {listing.instrument.symbol}")
    head = listing.head
    if request.regular_hours:
        first = next_session(session.services.model, listing.instrument.contract_id, head)
        head = max(head, first.regular_open) if first else head
    text = str(seconds(head)) if request.format_date == 2 else to_ib(head)
    session.send(market_messages.head_timestamp(session.version, request.request_id, text))


def _cancel(session: "Session", request: Request) -> None:
    """The answer was sent at once; clients cancel after it all the same, and TWS says nothing."""


ROUTES: Routes = {
    Ask.HEAD_TIMESTAMP: Route(requests.head_timestamp, _head),
    Ask.CANCEL_HEAD_TIMESTAMP: Route(requests.with_id, _cancel),
}
