"""How a market's sessions follow from a calendar day.

A rule errs on the side of open: what is wrongly taken for open is asked for once and then confirmed to be
empty, but what is wrongly taken for closed would never be missed.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from data_processing.coverage import Range
from data_processing.sessions import calendars
from market.events import Hours
from market.times import MINUTE, from_datetime


class Rule(Protocol):
    """Sessions by trading date; `zone` is where its day begins and ends."""

    @property
    def zone(self) -> str: ...
    @property
    def bounds(self) -> tuple[date, date]:
        """The first and the last date of which it knows."""
        ...

    def on(self, day: date, hours: Hours) -> Sequence[Range] | None:
        """The sessions of a trading date, in order; `None` where it does not know these hours at all."""
        ...


class Exchange(msgspec.Struct, frozen=True):
    """The regular hours of a `calendar`; all hours begin and end so many minutes earlier and later.

    A half day's extended hours end as long after its close as on any day (New York: 13:00 and 17:00).
    """

    calendar: str
    before: int = 0
    after: int = 0

    @property
    def zone(self) -> str:
        return calendars.table(self.calendar).zone

    @property
    def bounds(self) -> tuple[date, date]:
        return calendars.FIRST, calendars.LAST

    def on(self, day: date, hours: Hours) -> Sequence[Range] | None:
        spans = calendars.table(self.calendar).days.get(day, ())
        if hours == "rth" or not spans or not (self.before or self.after):
            return spans
        return ((spans[0][0] - self.before * MINUTE, spans[-1][1] + self.after * MINUTE),)


class Daily(msgspec.Struct, frozen=True):
    """From `open` to `close` in minutes after midnight of the trading date; below 0 is the evening before.

    A trading date is one of the first `weekdays` of the week, in the `calendar` where one is named, and none
    of `holidays`, (month, day). With `half_days` the calendar's early closes hold. `regular` are the minutes
    of regular hours; they are all hours where it is `None`, and nobody knows them where it is empty.
    """

    zone: str
    open: int
    close: int
    weekdays: int = 5
    calendar: str = ""
    half_days: bool = False
    holidays: tuple[tuple[int, int], ...] = ()
    regular: tuple[int, int] | tuple[()] | None = None

    @property
    def bounds(self) -> tuple[date, date]:
        return (calendars.FIRST, calendars.LAST) if self.calendar else (date(1970, 1, 2), date(2200, 1, 1))

    def on(self, day: date, hours: Hours) -> Sequence[Range] | None:
        if hours == "rth" and self.regular == ():
            return None
        known = calendars.table(self.calendar).days if self.calendar else None
        if day.weekday() >= self.weekdays or (day.month, day.day) in self.holidays:
            return ()
        if known is not None and day not in known:
            return ()
        first, last = self.regular if hours == "rth" and self.regular else (self.open, self.close)
        start, end = local(self.zone, day, first), local(self.zone, day, last)
        if known is not None and self.half_days:
            end = min(end, known[day][-1][1])
        return ((start, end),) if start < end else ()


@lru_cache(65_536)
def local(zone: str, day: date, minute: int) -> int:
    """The time when clocks in `zone` show `minute` minutes after midnight of `day`, whatever DST does.

    >>> local("America/New_York", date(2026, 3, 9), 0) - local("America/New_York", date(2026, 3, 8), 0)
    82800000000000
    """
    wall = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) + timedelta(minutes=minute)
    return from_datetime(wall)
