"""IB's schedule of a contract as sessions of ours: pure functions, no state."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ib_api.zones import iana
from market.session import Session
from market.times import DAY, from_datetime

_MOST = 363 * DAY
"""IB takes 365 days at most in one request."""


def sessions_of(zone: str, rows: Sequence[Any]) -> list[Session]:
    """The rows of a schedule, whose times are ``20260105-09:30:00`` in `zone`, whatever their dash says.

    Raise `ValueError` for a zone or a time that cannot be read.
    """
    place = iana(zone)
    if not place:
        raise ValueError(f"zone {zone!r} is not known")
    return [_session(each, ZoneInfo(place)) for each in rows]


def years(start: int, end: int) -> Iterator[tuple[int, int]]:
    """[start, end) in pieces for which IB tells a schedule at once, the latest first.

    >>> [days_of(*piece) for piece in years(0, 400 * DAY)]
    [365, 39]
    """
    while start < end:
        yield max(start, end - _MOST), end
        end -= _MOST


def days_of(start: int, end: int) -> int:
    """How many days to ask for: one more than begin in the range, and one for the session of the end."""
    return -(-(end - start) // DAY) + 2


def _session(row: Any, zone: ZoneInfo) -> Session:  # the library's HistoricalSession, which has no types
    start, end = (_moment(text, zone) for text in (row.startDateTime, row.endDateTime))
    return Session(start, end, datetime.strptime(row.refDate, "%Y%m%d").date())  # noqa: DTZ007  # a date


def _moment(text: str, zone: ZoneInfo) -> int:
    return from_datetime(datetime.strptime(text, "%Y%m%d-%H:%M:%S").replace(tzinfo=zone))
