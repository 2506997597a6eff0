"""How much traded at which price, over the last days: made of the bars."""

import re
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from market.bar_size import BarSize
from market.events import Hours
from simulator.gateway import refusals
from simulator.gateway.dates import Duration
from simulator.gateway.handlers.permissions import listing_for, need_history
from simulator.gateway.handlers.route import Route, Routes
from simulator.gateway.spans import span
from simulator.model.api import Listing
from simulator.wire import reference_messages, reference_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.reference_requests import HistogramRequest
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

_PERIOD = re.compile(r"(\d{1,4}) *(second|minute|hour|day|week|month|year)s?", re.IGNORECASE)
_UNITS = {"second": (1, "S"), "minute": (60, "S"), "hour": (3_600, "S"), "day": (1, "D"), "week": (1, "W")}
_UNITS |= {"month": (1, "M"), "year": (1, "Y")}
_MINUTE, _HOUR = BarSize.parse("1m"), BarSize.parse("1h")
# Minutes of a longer period would be counted for too long; an hour's average is near enough.
_MOST_DAYS_OF_MINUTES = 31


def _serve(session: "Session", request: HistogramRequest) -> None:
    duration = parse_period(request.period)
    listing = listing_for(session, request.query)
    need_history(listing)
    if "TRADES" not in listing.what:
        raise refusals.history(f"No histogram data for {listing.instrument.symbol}: it has no trades")
    hours: Hours = "rth" if request.regular_hours else "all"
    rows = sorted(_count(session, listing, duration, hours).items())
    session.send(reference_messages.histogram(session.version, request.request_id, rows))


def parse_period(text: str) -> Duration:
    """Read ``3 days``; refuse with 321 what is no such period."""
    match = _PERIOD.fullmatch(text.strip())
    if match is None:
        raise refusals.invalid("Histogram period is invalid: write a number and days, weeks, months ...")
    factor, unit = _UNITS[match[2].lower()]
    return Duration.parse(f"{int(match[1]) * factor} {unit}")


def _count(session: "Session", listing: Listing, duration: Duration, hours: Hours) -> dict[Decimal, float]:
    """The volume of every bar, at its average price put on the tick."""
    model, now = session.services.model, session.now
    short = duration.unit == "S" or (duration.unit == "D" and duration.count <= _MOST_DAYS_OF_MINUTES)
    size = _MINUTE if short or (duration.unit == "W" and duration.count == 1) else _HOUR
    wanted = span(model, listing, size, hours, duration, now)
    tick = Decimal(repr(listing.instrument.min_tick))
    volumes: dict[Decimal, float] = defaultdict(float)
    if wanted is not None:
        for bar in model.bars(listing.instrument.contract_id, size, "TRADES", hours, *wanted, now=now):
            volumes[round(Decimal(repr(bar.average)) / tick) * tick] += bar.volume
    return volumes


def _cancel(session: "Session", request: Request) -> None:
    """The answer was sent at once; clients cancel after it all the same, and TWS says nothing."""


ROUTES: Routes = {
    Ask.HISTOGRAM: Route(reference_requests.histogram, _serve),
    Ask.CANCEL_HISTOGRAM: Route(requests.with_id, _cancel),
}
