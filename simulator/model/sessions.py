"""When each kind of contract trades, in its exchange's own zone.

============  =================================================  ===============================  ========
kind          anything trades                                    regular                          holidays
============  =================================================  ===============================  ========
``us``        04:00-20:00 New York (17:00 on half days)          09:30-16:00 (13:00)              XNYS
``index``     as the regular part                                09:30-16:00 New York (13:00)     XNYS
``xetra``     as the regular part                                09:00-17:30 Berlin               XETR
``cme``       17:00 the evening before to 16:00 Chicago          08:30-15:00 Chicago              CMES
``forex``     17:15 the evening before to 17:00 New York         all of it                        none
``crypto``    00:00-24:00, every day                             all of it                        none
============  =================================================  ===============================  ========

A session belongs to its trading date: the evening part of a future or a currency counts to the next day.
With `always_open` every contract has one session a day, 00:00-24:00 in its own zone, all of it regular.
"""

import warnings
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from market.times import SECOND
from simulator.model.api import Session
from simulator.model.universe import Kind, Member

CALENDAR_FIRST, CALENDAR_LAST = date(1999, 12, 1), date(2041, 12, 31)


class _Rule(NamedTuple):
    """Minutes from midnight of the trading date; after a half day's bell trading lasts `after_early`."""

    zone: str
    open: int
    close: int
    regular_open: int
    regular_close: int
    calendar: str = ""
    weekdays: int = 5
    after_early: int = 0


_RULES: dict[Kind, _Rule] = {
    "us": _Rule("America/New_York", 240, 1200, 570, 960, "XNYS", after_early=240),
    "index": _Rule("America/New_York", 570, 960, 570, 960, "XNYS"),
    "xetra": _Rule("Europe/Berlin", 540, 1050, 540, 1050, "XETR"),
    "cme": _Rule("America/Chicago", -420, 960, 510, 900, "CMES"),
    "forex": _Rule("America/New_York", -405, 1020, -405, 1020),
    "crypto": _Rule("America/New_York", 0, 1440, 0, 1440, weekdays=7),
}
_WHOLE_DAY = (0, 1440, 0, 1440)


class Schedule(msgspec.Struct, frozen=True):
    """The sessions of one contract; `zone` is where its day begins, `first` and `last` its trading dates."""

    kind: Kind
    zone: str
    first: date = date.min
    last: date = date.max
    always_open: bool = False

    @classmethod
    def of(cls, member: Member, always_open: bool = False) -> "Schedule":
        instrument = member.listing.instrument
        zone = instrument.time_zone
        first = datetime.fromtimestamp(member.listing.head // SECOND, ZoneInfo(zone)).date()
        last = datetime.strptime(instrument.expiry, "%Y%m%d").date() if instrument.expiry else date.max  # noqa: DTZ007
        return cls(member.profile.kind, zone, first, last, always_open)

    def on(self, day: date) -> Session | None:
        """The session of a trading date; `None` when there is none that day."""
        if not self.first <= day <= self.last:
            return None
        if self.always_open:
            return _whole_day(self.zone, day)
        session = _session(self.kind, day)
        # A future settles at the opening of its last day (CME: 08:30 Chicago).
        if session is not None and self.kind == "cme" and day == self.last:
            end = session.regular_open
            return Session(day, session.open, end, end, end)
        return session

    def between(self, start: int, end: int) -> Sequence[Session]:
        """Every session that overlaps [start, end), in order."""
        if end <= start:
            return []
        day, last = self.date_at(start) - timedelta(1), self.date_at(end) + timedelta(2)
        # Contracts live in a part of the calendar only: do not walk the rest of it.
        day, last = max(day, self.first), min(last, self.last)
        days = (day + timedelta(n) for n in range((last - day).days + 1))
        return [s for s in map(self.on, days) if s is not None and s.open < end and s.close > start]

    def date_at(self, time: int) -> date:
        """The local calendar date at `time`."""
        return datetime.fromtimestamp(time // SECOND, ZoneInfo(self.zone)).date()


@lru_cache(8192)
def _session(kind: Kind, day: date) -> Session | None:
    rule = _RULES[kind]
    if not rule.calendar:
        return _at(rule.zone, day, rule[1:5]) if day.weekday() < rule.weekdays else None
    if not _trades(rule.calendar, day):
        return None
    early = _early_closes(rule.calendar, rule.zone).get(day)
    if early is None:
        return _at(rule.zone, day, rule[1:5])
    return _at(rule.zone, day, (rule.open, early + rule.after_early, rule.regular_open, early))


@lru_cache(8192)
def _whole_day(zone: str, day: date) -> Session:
    return _at(zone, day, _WHOLE_DAY)


def _at(zone: str, day: date, minutes: tuple[int, ...]) -> Session:
    times = [local(zone, day, each) for each in minutes]
    return Session(day, times[0], times[1], max(times[2], times[0]), min(times[3], times[1]))


def local(zone: str, day: date, minute: int) -> int:
    """The time when clocks in `zone` show `minute` minutes after midnight of `day`, whatever DST does."""
    wall = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) + timedelta(minutes=minute)
    return int(wall.timestamp()) * SECOND


def trading_date_at(kind: Kind, time: int) -> date:
    """The trading date that a moment counts to: an evening session's is the next day's."""
    rule = _RULES[kind]
    wall = datetime.fromtimestamp(time // SECOND, ZoneInfo(rule.zone))
    return (wall + timedelta(minutes=max(0, -rule.open))).date()


def regular_hours(kind: Kind, day: date) -> tuple[int, int]:
    """When regular trading begins and ends on an ordinary day, whatever the calendar says."""
    rule = _RULES[kind]
    return local(rule.zone, day, rule.regular_open), local(rule.zone, day, rule.regular_close)


def wall_clock_hours(zone: str, start: int, end: int, hours: int) -> list[int]:
    """The times within (start, end) when the wall clock shows a multiple of `hours`, in order."""
    schedule = Schedule("crypto", zone)
    day, last = schedule.date_at(start), schedule.date_at(end)
    days = (day + timedelta(n) for n in range((last - day).days + 1))
    times = [local(zone, each, 60 * hour) for each in days for hour in range(0, 24, hours)]
    # The hour that clocks show twice, or never, would give a time twice or out of order.
    return sorted({each for each in times if start < each < end})


def _trades(calendar: str, day: date) -> bool:
    if not CALENDAR_FIRST <= day <= CALENDAR_LAST:
        return day.weekday() < 5
    return day in _trading_dates(calendar)


@lru_cache(4)
def _trading_dates(calendar: str) -> frozenset[date]:
    return frozenset(each.date() for each in _calendar(calendar).sessions)


@lru_cache(4)
def _early_closes(calendar: str, zone: str) -> dict[date, int]:
    table = _calendar(calendar)
    closes = {each.date(): table.closes[each].tz_convert(zone) for each in table.early_closes}
    return {day: close.hour * 60 + close.minute for day, close in closes.items()}


@lru_cache(4)
def _calendar(name: str) -> Any:  # the library has no type information
    # It and pandas take more than a second to import: only who needs holidays pays. The bounds are given
    # because the library's own default depends on the day it runs.
    with warnings.catch_warnings():
        # exchange_calendars 4.13 still uses Series.values, which pandas 3.1 announces to change.
        warnings.filterwarnings("ignore", message="Series.values returning an ndarray")
        from exchange_calendars import get_calendar

        return get_calendar(name, start=str(CALENDAR_FIRST), end=str(CALENDAR_LAST))
