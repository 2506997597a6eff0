"""Historical bars, once or kept up to date."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Hours
from market.times import DAY
from simulator.gateway import refusals
from simulator.gateway.bar_query import BarQuery
from simulator.gateway.contracts import CONTINUOUS, expired_since
from simulator.gateway.dates import GATEWAY_ZONE, Duration, write_moment
from simulator.gateway.handlers import schedule
from simulator.gateway.handlers.keep_up_to_date import follow
from simulator.gateway.handlers.moments import moment
from simulator.gateway.handlers.permissions import listing_for, need_history
from simulator.gateway.handlers.route import Route, Routes
from simulator.gateway.spans import Span, span
from simulator.model.api import BarData
from simulator.refused import Refused
from simulator.wire import market_messages, requests
from simulator.wire.asks import Ask
from simulator.wire.requests import HistoricalDataRequest, Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

_KIND = "history"
_AS_TRADES = ("ADJUSTED_LAST", "AGGTRADES")
_NEVER_SERVED = (
    *("HISTORICAL_VOLATILITY", "OPTION_IMPLIED_VOLATILITY", "FEE_RATE", "REBATE_RATE"),
    *("YIELD_BID", "YIELD_ASK", "YIELD_BID_ASK", "YIELD_LAST"),
)
_KNOWN = ("TRADES", "MIDPOINT", "BID", "ASK", "BID_ASK", *_AS_TRADES, *_NEVER_SERVED)
SMALL_BAR = 30
SMALL_BARS_REACH = 183 * DAY
"""How far back IB keeps bars of 30 seconds and less: six months."""

EXPIRED_REACH = 730 * DAY
"""How long IB keeps the history of an expired contract: two years."""

MOST_BARS = 150_000
"""More, at about a hundred bytes each, would not fit into the longest message that clients accept."""


def _serve(session: "Session", request: HistoricalDataRequest) -> None:
    if request.what == "SCHEDULE":
        schedule.serve(session, request)
        return
    duration = Duration.parse(request.duration)
    query = _understand(session, request)
    if request.keep_up_to_date:
        _can_be_kept(request, query)
    end = min(moment(session, request.request_id, request.end), session.now) if request.end else session.now
    _pace(session, request, query)
    wanted = _span(session, query, duration, end)
    bars = _bars(session, query, wanted)
    if not request.keep_up_to_date:
        _send(session, query, wanted, bars)
        return
    session.run(_KIND, request.request_id, lambda: follow(session, query, bars[-1]))
    _send(session, query, wanted, bars)


def _can_be_kept(request: HistoricalDataRequest, query: BarQuery) -> None:
    """IB's page on historical bars: trades and the three prices of quotes, from bars of 5 seconds on."""
    if request.end or query.size.seconds < 5:
        raise refusals.invalid("keepUpToDate takes no end date, and bars of 5 seconds and more")
    if request.what not in ("TRADES", "AGGTRADES", "MIDPOINT", "BID", "ASK"):
        raise refusals.invalid(f"keepUpToDate is not supported for {request.what}")


def _understand(session: "Session", request: HistoricalDataRequest) -> BarQuery:
    if request.what not in _KNOWN:
        raise refusals.invalid("What to show field is missing or incorrect.")
    if request.what == "ADJUSTED_LAST" and request.end:
        raise refusals.invalid("End date not supported with adjusted last")
    try:
        size = BarSize.parse(request.bar_size)
    except BadRequest:
        cause = (
            "Historical data bar size setting is invalid. Legal ones are: 1 secs, 5 secs, 10 secs, 15 secs, "
        )
        cause += (
            "30 secs, 1 min, 2 mins, 3 mins, 5 mins, 10 mins, 15 mins, 20 mins, 30 mins, 1 hour, 2 hours, "
        )
        raise refusals.invalid(cause + "3 hours, 4 hours, 8 hours, 1 day, 1 week, 1 month") from None
    listing = listing_for(session, request.query, continuous=True)
    if listing.instrument.sec_type == CONTINUOUS and request.end:
        raise Refused(10339, "Setting end date/time for continuous future security type is not allowed.")
    need_history(listing)
    # No split happens in this market, so that adjusted and plain trades are the same.
    what = "TRADES" if request.what in _AS_TRADES else request.what
    aggregated = request.what == "AGGTRADES" and listing.instrument.sec_type != "CRYPTO"
    if what not in listing.what or aggregated:
        it = listing.instrument
        raise refusals.history(
            f"No historical market data for {it.symbol}/{it.sec_type}@{it.exchange} {request.what}"
        )
    hours: Hours = "rth" if request.regular_hours else "all"
    return BarQuery(request.request_id, listing, size, what, hours, request.format_date)


def _pace(session: "Session", request: HistoricalDataRequest, query: BarQuery) -> None:
    if query.size.seconds > SMALL_BAR:
        return
    market = (query.contract_id, request.query.exchange, request.what)
    same = msgspec.structs.replace(request, request_id=0)
    weight = 2 if request.what == "BID_ASK" else 1
    services = session.services
    if not services.options.lenient and not services.pacing.admits(session.now, market, same, weight):
        raise refusals.history("Historical data request pacing violation")


def _span(session: "Session", query: BarQuery, duration: Duration, end: int) -> Span:
    """Where the bars lie; refuse what IB no longer keeps or could not send."""
    model, listing = session.services.model, query.listing
    wanted = span(model, listing, query.size, query.hours, duration, end)
    if wanted is None or expired_since(listing.instrument, session.now - EXPIRED_REACH):
        raise _no_data(query)
    start, end = max(wanted[0], listing.head if query.size.intraday else 0), wanted[1]
    if query.size.seconds <= SMALL_BAR:
        if end <= session.now - SMALL_BARS_REACH:
            raise _no_data(query)
        start = max(start, session.now - SMALL_BARS_REACH)
    if (end - start) // query.size.nanoseconds > MOST_BARS:
        raise refusals.history("Time length exceed max.")
    return start, end


def _bars(session: "Session", query: BarQuery, wanted: Span) -> Sequence[BarData]:
    model, contract_id = session.services.model, query.contract_id
    bars = model.bars(contract_id, query.size, query.what, query.hours, *wanted, now=session.now)
    if not bars:
        raise _no_data(query)
    return bars


def _no_data(query: BarQuery) -> Refused:
    it = query.listing.instrument
    return refusals.history(
        f"HMDS query returned no data: {it.local_symbol or it.symbol}@{it.exchange} {query.what}"
    )


def _send(session: "Session", query: BarQuery, wanted: Span, bars: Sequence[BarData]) -> None:
    version = session.version
    start, end = (write_moment(each, GATEWAY_ZONE, version) for each in wanted)
    dated = [(query.date_text(bar.start, version), bar) for bar in bars]
    session.send(*market_messages.historical_data(version, query.request_id, (start, end), dated))


def _cancel(session: "Session", request: Request) -> None:
    """TWS confirms the end of a running query with 162, and knows no query that is done."""
    request_id = request.request_id
    if session.stop(_KIND, request_id):
        raise refusals.history(f"API historical data query cancelled: {request_id}")
    raise Refused(366, f"No historical data query found for ticker id:{request_id}")


ROUTES: Routes = {
    Ask.HISTORICAL_DATA: Route(requests.historical_data, _serve),
    Ask.CANCEL_HISTORICAL_DATA: Route(requests.versioned_with_id, _cancel),
}
