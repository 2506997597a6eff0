"""Is a market open? Read from the hours that a broker tells of the coming days.

IB writes ``20260105:0930-20260105:1600;20260106:CLOSED`` in the exchange's zone; older servers leave the
second date out and put several spans of a day behind a comma. A Sunday evening's session begins on the day
before its trading date, so a span is just from one moment to another.
"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from market.instrument import Instrument
from market.times import from_datetime, iso


def open_spans(hours: str, zone: str) -> list[tuple[int, int]]:
    """When a market is open: [start, end) in UTC nanoseconds, in order.

    >>> [(iso(a), iso(b)) for a, b in open_spans("20260105:0930-1600;20260106:CLOSED", "America/New_York")]
    [('2026-01-05T14:30:00Z', '2026-01-05T21:00:00Z')]
    """
    return sorted(_spans(hours, ZoneInfo(zone)))


def closed_note(instrument: Instrument, now: int) -> str:
    """A sentence that says that the market is closed at `now` and when it opens; empty when it is open.

    Empty too where the broker has told no hours: then nobody knows.
    """
    if not (instrument.trading_hours and instrument.time_zone):
        return ""
    spans = open_spans(instrument.trading_hours, instrument.time_zone)
    if any(start <= now < end for start, end in spans):
        return ""
    coming = [start for start, _ in spans if start > now]
    return f"the market is closed until {iso(coming[0])}" if coming else "the market is closed for days"


def _spans(hours: str, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    for day in filter(None, hours.split(";")):
        date = day.partition(":")[0]
        for span in day.split(","):
            if "-" in span:
                first, _, last = span.partition("-")
                yield _moment(first, date, zone), _moment(last, date, zone)


def _moment(text: str, date: str, zone: ZoneInfo) -> int:
    when = text if ":" in text else f"{date}:{text}"
    return from_datetime(datetime.strptime(when, "%Y%m%d:%H%M").replace(tzinfo=zone))
