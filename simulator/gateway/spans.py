"""Which stretch of time a request for bars means.

* ``S`` is that much time back from the end; when the market is shut at the end, back from its last close.
* ``D`` is trading days: the sessions that had begun by the end, the last `count` of them, each from its
  opening, the last one up to the end.
* ``W``, ``M`` and ``Y`` are calendar time back from the trading date of the end: a week that ends on a
  Friday begins with the session of the Monday before.
"""

from market.bar_size import BarSize
from market.events import Hours
from market.times import DAY, SECOND, to_datetime, trading_date
from simulator.gateway.dates import Duration
from simulator.model.api import Listing, MarketModel, Session
from simulator.model.calendar import sessions_of

# Trading days per calendar day are five in seven less holidays; the slack covers the longest rest.
_CALENDAR_PER_TRADING_DAY = 1.6
_SLACK = 14 * DAY


Span = tuple[int, int]
"""[start, end) in which bars must start."""


def span(
    model: MarketModel, listing: Listing, size: BarSize, hours: Hours, duration: Duration, end: int
) -> Span | None:
    """The span that ends at `end`; None when nothing had traded by then."""
    begun = _begun(model, listing, hours, duration, end)
    if not begun:
        return None
    end = min(end, begun[-1].bounds(hours)[1])
    if duration.unit == "S":
        start = end - duration.count * SECOND
        return (start, end) if size.intraday else (trading_date(begun[-1].date), end)
    sessions = _wanted(begun, duration)
    if size.intraday:
        return sessions[0].bounds(hours)[0], end
    return trading_date(sessions[0].date), trading_date(sessions[-1].date) + DAY


def sessions(
    model: MarketModel, listing: Listing, hours: Hours, duration: Duration, end: int
) -> list[Session]:
    """The sessions of the span that ends at `end`: all of each that had begun by then."""
    begun = _begun(model, listing, hours, duration, end)
    if duration.unit == "S":
        return [each for each in begun if each.bounds(hours)[1] > end - duration.count * SECOND]
    return _wanted(begun, duration) if begun else []


def _begun(model: MarketModel, listing: Listing, hours: Hours, duration: Duration, end: int) -> list[Session]:
    """The sessions that had begun before `end`, far enough back for `duration`."""
    start = max(end - _reach(duration, end), listing.head)
    if end <= start:
        return []
    return sessions_of(model, listing.instrument.contract_id, start, end, hours)


def _reach(duration: Duration, end: int) -> int:
    if duration.unit == "S":
        return _SLACK
    if duration.unit == "D":
        return int(duration.count * _CALENDAR_PER_TRADING_DAY * DAY) + _SLACK
    return end - trading_date(duration.before(to_datetime(end).date())) + _SLACK


def _wanted(begun: list[Session], duration: Duration) -> list[Session]:
    if duration.unit == "D":
        return begun[-duration.count :]
    outside = duration.before(begun[-1].date)
    return [each for each in begun if each.date > outside]
