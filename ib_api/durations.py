"""How much history one request may ask for, and how to say it to IB.

What is served for certain is IB's table of durations and step sizes (a floor: many accounts get more): 30
minutes for bars up to 30 s, a day for 1 and 2 minutes, a week from 3 minutes, a month from 30 minutes, a year
of days. Durations in days count trading days, back from the session of the end; one more is asked for, and
what lies outside the range is cut off. IB refuses more than 365 days and takes years instead.
"""

from msgspec.structs import replace

from market.bar_size import BarSize
from market.broker import BarRequest
from market.errors import BadRequest
from market.times import DAY, SECOND, iso

_SPANS = (
    (30, 1_800 * SECOND),
    (2 * 60, DAY),
    (20 * 60, 6 * DAY),
    (8 * 3_600, 29 * DAY),
    (31 * 86_400, 363 * DAY),
)
_MOST_BARS = 100_000
"""More, at a hundred bytes each, come near the 16 MiB that IB's own clients take for a message."""

_MOST_DAYS = 365
_CLOCKS = 10 * SECOND
"""How far our knowledge of IB's time may be off."""

_MARGIN = {"1D": 6 * DAY, "1W": 12 * DAY, "1M": 36 * DAY}
"""After this time a bar of a day and longer is final even if none follows: a long weekend lies between."""


def max_span(size: BarSize) -> int:
    """The range, in nanoseconds, that one request for bars of `size` covers for certain.

    >>> max_span(BarSize.parse("1m")) == DAY
    True
    """
    return next(span for seconds, span in _SPANS if size.seconds <= seconds)


def whole_seconds(request: BarRequest) -> BarRequest:
    """The same bars as a range of whole seconds, all that IB can be asked for: bars start at whole seconds.

    Raise `BadRequest` for a range that ends before it begins.
    """
    if request.end <= request.start:
        raise BadRequest(
            f"the range ends ({iso(request.end)}) before it begins ({iso(request.start)}); turn it round"
        )
    start, end = (-(-each // SECOND) * SECOND for each in (request.start, request.end))
    return replace(request, start=start, end=end)


def duration(request: BarRequest) -> str:
    """IB's text for the length of a range of whole seconds; raise `BadRequest` for one that is too long."""
    span, size = request.end - request.start, request.size
    most = max(max_span(size), _MOST_BARS * size.nanoseconds)
    if span > most:
        raise BadRequest(
            f"{size} bars over {span / DAY:.2f} days need more than one request; "
            f"one covers {most / DAY:.2f} days at most"
        )
    if size.intraday and span <= DAY:
        return f"{max(-(-span // SECOND), size.seconds)} S"
    days = -(-span // DAY) + (1 if size.intraday else 2)
    return f"{days} D" if days <= _MOST_DAYS else f"{-(-days // _MOST_DAYS)} Y"


def asked(request: BarRequest, now: int) -> tuple[str, int | None]:
    """The length and the end to ask for at `now`; the end is `None` for "now".

    From "now" IB counts back, so the range has to reach beyond it by more than clocks differ. ADJUSTED_LAST
    takes no end, so what lies behind the range comes along. The session of a daily bar may end a day after
    its date.
    """
    end = request.end if request.size.intraday else request.end + DAY
    if request.what == "ADJUSTED_LAST":
        return duration(replace(request, end=max(request.end, now + _CLOCKS))), None
    return duration(request), None if end > now + _CLOCKS else end


def is_final(time: int, size: BarSize, now: int, later_exists: bool) -> bool:
    """Whether a bar can no longer change: its end has passed; from a day on, the next session has opened.

    That has happened for certain when IB serves a later bar, or after the longest weekend.
    """
    if size.intraday:
        return time + size.nanoseconds <= now
    return later_exists or time + _MARGIN[size.name] <= now
