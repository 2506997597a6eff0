"""When a contract traded: the sessions of a stretch of days, asked for as history of SCHEDULE."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from market.events import Hours
from market.times import to_datetime
from simulator.gateway import refusals, spans
from simulator.gateway.dates import Duration, ib_zone
from simulator.gateway.handlers.moments import moment
from simulator.gateway.handlers.permissions import listing_for
from simulator.wire import reference_messages
from simulator.wire.requests import HistoricalDataRequest
from simulator.wire.versions import HISTORICAL_SCHEDULE

if TYPE_CHECKING:
    from simulator.gateway.session import Session


def serve(session: "Session", request: HistoricalDataRequest) -> None:
    """Send message 106. It needs no permission for data, and daily bars as IB has it."""
    if session.version < HISTORICAL_SCHEDULE:
        raise refusals.invalid("What to show field is missing or incorrect.")
    if request.bar_size != "1 day" or request.keep_up_to_date:
        raise refusals.invalid("A schedule is asked for with bars of 1 day, and is not kept up to date")
    listing = listing_for(session, request.query, continuous=True)
    end = moment(session, request.request_id, request.end) if request.end else session.now
    hours: Hours = "rth" if request.regular_hours else "all"
    duration = Duration.parse(request.duration)
    found = spans.sessions(session.services.model, listing, hours, duration, end)
    zone = listing.instrument.time_zone or "UTC"
    rows = [
        (_text(opened, zone), _text(closed, zone), f"{each.date:%Y%m%d}")
        for each in found
        for opened, closed in (each.bounds(hours),)
    ]
    if not rows:
        raise refusals.history(f"HMDS query returned no data: {listing.instrument.symbol} Schedule")
    span = (rows[0][0], rows[-1][1])
    session.send(
        reference_messages.historical_schedule(session.version, request.request_id, span, ib_zone(zone), rows)
    )


def _text(time: int, zone: str) -> str:
    return to_datetime(time).astimezone(ZoneInfo(zone)).strftime("%Y%m%d-%H:%M:%S")
