"""Past ticks: up to a thousand, and then to the end of the second."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from market.events import Hours
from simulator.gateway import refusals, ticks
from simulator.gateway.handlers.moments import moment as read_moment
from simulator.gateway.handlers.permissions import listing_for, need_historical_ticks
from simulator.gateway.handlers.route import Route, Routes
from simulator.model import lookup
from simulator.model.api import Listing
from simulator.model.calendar import last_session, next_session
from simulator.wire import requests
from simulator.wire.asks import Ask
from simulator.wire.requests import HistoricalTicksRequest

if TYPE_CHECKING:
    from simulator.gateway.session import Session

_WHAT = ("TRADES", "BID_ASK", "MIDPOINT")


def _serve(session: "Session", request: HistoricalTicksRequest) -> None:
    _validate(request)
    listing = listing_for(session, request.query)
    need_historical_ticks(listing)
    if request.what not in listing.what:
        name = f"{listing.instrument.symbol}/{listing.instrument.sec_type}"
        raise refusals.history(f"No historical ticks of {request.what} for {name}")
    found = _find(session, request, listing)
    session.send(ticks.encode(session.version, request.request_id, request.what, found))


def _validate(request: HistoricalTicksRequest) -> None:
    if request.what not in _WHAT:
        raise refusals.invalid("What to show field is missing or incorrect.")
    if bool(request.start) == bool(request.end):
        raise refusals.invalid("Please specify only one of start time or end time.")
    if request.number_of_ticks < 1:
        raise refusals.invalid("Number of ticks must be greater than zero.")


def _find(session: "Session", request: HistoricalTicksRequest, listing: Listing) -> "Sequence[lookup.Tick]":
    """Ticks of one session: the one that runs at the moment asked for, else the next or the last one."""
    model, contract_id = session.services.model, listing.instrument.contract_id
    count = min(request.number_of_ticks, ticks.MOST)
    moment = read_moment(session, request.request_id, request.start or request.end)
    if request.start:
        moment = max(moment, listing.head)
    if moment < listing.head:
        return ()
    hours: Hours = "rth" if request.regular_hours else "all"
    nearest = (next_session if request.start else last_session)(model, contract_id, moment, hours)
    if nearest is None:
        return ()
    opened, closed = nearest.bounds(hours)
    closed = min(closed, session.now)
    fetch = lookup.fetcher(
        model, contract_id, request.what, since=nearest.open, ignore_size=request.ignore_size
    )
    if request.start:
        return lookup.first_ticks(fetch, max(moment, opened), closed, count)
    return lookup.last_ticks(fetch, opened, min(moment, closed), count)


ROUTES: Routes = {Ask.HISTORICAL_TICKS: Route(requests.historical_ticks, _serve)}
