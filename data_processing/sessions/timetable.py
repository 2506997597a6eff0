"""The hours of one contract at any time, past and to come."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from data_processing.coverage import Range, missing
from data_processing.ranges import EVER, intersect
from data_processing.sessions.rules import Rule, local
from data_processing.sessions.told import Told, settled, telling_of
from data_processing.sessions.venues import rule_of
from data_processing.timeseries_db import TimeseriesDB
from data_storage.evidence import Evidence, Session, Telling
from market.events import Hours
from market.instrument import Instrument
from market.times import DAY, SECOND

_WEEKEND = 5
# No market with sessions stays shut longer: a week of holidays between two weekends, and some.
_LONGEST_REST = 16 * DAY


class Timetable:
    """When a contract trades: what was told first, its rule else; after its `last` day, at `end`, not at all.

    >>> Timetable(None).unknown("all", 0, 9)
    [(0, 9)]
    """

    def __init__(
        self,
        rule: Rule | None,
        tellings: Mapping[Hours, Sequence[Telling]] | None = None,
        last: date = date.max,
        end: int = EVER[1],
    ) -> None:
        self._rule = rule
        self._told = {hours: settled(told) for hours, told in (tellings or {}).items()}
        self._last, self._end = last, end

    @classmethod
    def of(cls, db: TimeseriesDB, contract_id: int, exchange: str) -> Self:
        """By all that `db` knows of the contract; of one that it does not know nothing is known."""
        route = contract_id, exchange
        found = [each for each in db.instruments() if (each.contract_id, each.exchange) == route]
        if not found:
            return cls(None)
        evidence, instrument = Evidence(db.folder), found[0]
        both: tuple[Hours, ...] = ("all", "rth")
        tellings = {
            hours: [*_current(instrument, hours), *evidence.tellings(*route, hours)] for hours in both
        }
        return cls(rule_of(instrument, db.source), tellings, *_expiry(instrument))

    def sessions(self, hours: Hours, start: int, end: int) -> list[Session]:
        """The sessions that overlap [start, end), in order; one told in part may come in pieces."""
        told = self._of(hours)
        found = [each for each in told.sessions if each.start < end and start < each.end]
        for piece in missing(told.known, start, end):
            ruled = [each for each in self._by_rule(hours, *piece) if each.day not in told.days]
            found += _clipped(ruled, missing(told.known, *EVER))
        return sorted({each for each in found if each.day <= self._last})

    def open(self, hours: Hours, start: int, end: int) -> list[Range]:
        """When it trades within [start, end), as disjoint ranges in order."""
        return intersect(
            [(each.start, each.end) for each in self.sessions(hours, start, end)], [(start, end)]
        )

    def unknown(self, hours: Hours, start: int, end: int) -> list[Range]:
        """The parts of [start, end) of which nobody knows whether it trades."""
        return missing([*self._of(hours).known, *self._ruled(hours), (self._end, EVER[1])], start, end)

    def why_closed(self, hours: Hours, start: int, end: int) -> str:
        """In words why it does not trade in [start, end), which lies between two sessions."""
        if start >= self._end:
            return "expired"
        before = [each for each in self.sessions(hours, start - _LONGEST_REST, start) if each.end <= start]
        after = [each for each in self.sessions(hours, end, end + _LONGEST_REST) if each.start >= end]
        if not (before and after):
            return "closed"
        first, last = before[-1].day, after[0].day
        between = [first + timedelta(n) for n in range(1, (last - first).days)]
        holidays = [f"{day:%Y-%m-%d}" for day in between if day.weekday() < _WEEKEND]
        if holidays:
            return f"holiday: {', '.join(holidays)}"
        return "weekend" if between else "between sessions"

    def _of(self, hours: Hours) -> Told:
        return self._told.get(hours, Told())

    def _by_rule(self, hours: Hours, start: int, end: int) -> list[Session]:
        if not self._ruled(hours):
            return []
        assert self._rule is not None
        zone = ZoneInfo(self._rule.zone)
        # An evening session belongs to the next day, and over a long weekend the next day is far.
        day, last = _date(start, zone) - timedelta(1), _date(end, zone) + timedelta(2)
        first_known, last_known = self._rule.bounds
        day, last = max(day, first_known), min(last, last_known)
        days = [day + timedelta(n) for n in range((last - day).days + 1)]
        found = [Session(*span, each) for each in days for span in self._rule.on(each, hours) or ()]
        return [each for each in found if each.start < end and start < each.end]

    def _ruled(self, hours: Hours) -> list[Range]:
        """The range that the rule speaks of, if it does."""
        if self._rule is None:
            return []
        first, last = self._rule.bounds
        if self._rule.on(first, hours) is None:
            return []
        return [(local(self._rule.zone, first, 0), local(self._rule.zone, last, 0))]


def _clipped(sessions: Sequence[Session], ranges: Sequence[Range]) -> list[Session]:
    return [
        Session(start, end, each.day)
        for each in sessions
        for start, end in intersect([(each.start, each.end)], ranges)
    ]


def _current(instrument: Instrument, hours: Hours) -> list[Telling]:
    """What the latest texts tell, for a store whose writers have not kept it; it yields to what they kept."""
    telling = telling_of(instrument, hours, 0)
    return [] if telling is None else [telling]


def _expiry(instrument: Instrument) -> tuple[date, int]:
    """The last day and its end, where the broker gave it in full."""
    if len(instrument.expiry) != len("20260101"):
        return date.max, EVER[1]
    day = datetime.strptime(instrument.expiry, "%Y%m%d").date()  # noqa: DTZ007  # a date, in no zone
    return day, local(instrument.time_zone or "UTC", day + timedelta(1), 0)


def _date(time: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(time // SECOND, zone).date()
