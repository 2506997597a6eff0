"""Times as integers of UTC nanoseconds, and as the texts users and IB write.

A naive text is UTC: nothing in this project guesses a local zone.
"""

from datetime import UTC, date, datetime, timedelta

from market.errors import BadRequest

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_datetime(moment: datetime) -> int:
    """Exact nanoseconds of an aware datetime.

    >>> from_datetime(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000000
    """
    if moment.tzinfo is None:
        raise BadRequest(f"{moment} has no time zone; give it one, e.g. .replace(tzinfo=UTC)")
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000


def to_datetime(time: int) -> datetime:
    """The aware UTC datetime of `time`, to the microsecond below it."""
    return _EPOCH + timedelta(microseconds=time // 1_000)


def parse(text: str) -> int:
    """Nanoseconds of ``2026-01-09``, ``2026-01-09T14:30``, ``...Z`` or ``...+01:00``; naive means UTC.

    >>> parse("2026-01-09") == parse("2026-01-09T00:00:00Z")
    True
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadRequest(f"{text!r} is not a date; write 2026-01-09 or 2026-01-09T14:30:00 (UTC)") from None
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def iso(time: int) -> str:
    """The shortest exact ISO text, always with ``Z``.

    >>> iso(1_767_969_000_000_000_000)
    '2026-01-09T14:30:00Z'
    >>> iso(1_767_969_000_120_000_000)
    '2026-01-09T14:30:00.12Z'
    """
    seconds, rest = divmod(time, SECOND)
    text = to_datetime(seconds * SECOND).isoformat()[:19]
    return f"{text}.{rest:09d}".rstrip("0") + "Z" if rest else f"{text}Z"


def to_ib(time: int) -> str:
    """IB's ``yyyymmdd-hh:mm:ss``, which it reads as UTC whatever the gateway's own zone is.

    >>> to_ib(1_767_969_000_000_000_000)
    '20260109-14:30:00'
    """
    return to_datetime(time).strftime("%Y%m%d-%H:%M:%S")


def trading_date(day: date) -> int:
    """The time of a daily bar: 00:00 UTC of its trading date."""
    return from_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC))
