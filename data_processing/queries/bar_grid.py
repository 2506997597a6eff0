"""Where the bars of any size begin: on the clock of `data_processing.alignment`, and within sessions.

Sizes that divide an hour, and whole hours that divide a day, lie where IB's do. Other sizes are counted from
the opening of each session (the 65 minutes of a stock's regular day), or from local midnight where no
sessions are given. A bar never reaches beyond its session: the first begins at the opening, the last ends at
the close.

A day is a trading date and has 00:00 UTC of it for its time; a week and a month have the last scheduled
trading date in them, as IB's do.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from data_processing.alignment import bounds
from data_processing.queries.bar_rows import Bools, Ints, Runs, runs
from data_processing.ranges import EVER
from market.bar_size import DAY, HOUR, BarSize
from market.errors import BadRequest
from market.times import SECOND, from_datetime, to_datetime

_UNITS = {"s": 1, "m": 60, "h": HOUR}
_SPARSE = 8
_LONG = {"1D": "D", "1W": "W", "1M": "M"}


def parse_size(text: str) -> BarSize:
    """A size of IB's, or any number of seconds, minutes or hours below a day: ``7m``, ``65m``, ``90s``.

    >>> parse_size("65m").seconds, parse_size("60m").name, parse_size("5 mins").name
    (3900, '1h', '5m')
    """
    match = re.fullmatch(r"(\d{1,5})([smh])", text.strip())
    if match is None:
        try:
            return BarSize.parse(text)
        except BadRequest:
            raise BadRequest(
                f"bar size {text!r} is not understood; write it like 90s, 65m or 2h, or 1D, 1W, 1M"
            ) from None
    seconds = int(match[1]) * _UNITS[match[2]]
    if not 0 < seconds < DAY:
        raise BadRequest(f"bar size {text!r} must lie between a second and a day; or choose 1D, 1W, 1M")
    unit = next(unit for unit in "hms" if seconds % _UNITS[unit] == 0)
    return BarSize(f"{seconds // _UNITS[unit]}{unit}", "", seconds)


class Sessions:
    """When a market is open: sessions [open, close) with their trading dates, sorted and apart.

    >>> sessions = Sessions([(0, 10, 100), (20, 30, 200)])
    >>> sessions.index(np.array([0, 9, 10, 25])).tolist()
    [0, 0, -1, 1]
    """

    def __init__(self, sessions: Iterable[tuple[int, int, int]]) -> None:
        rows = np.array(sorted(sessions), np.int64).reshape(-1, 3)
        self.open, self.close, self.date = rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy()

    def index(self, times: Ints) -> Ints:
        """Which session each time lies in; -1 for none."""
        place = np.searchsorted(self.open, times, side="right") - 1
        inside = (place >= 0) & (times < np.append(self.close, 0)[place])
        return np.where(inside, place, -1)

    def index_of_date(self, dates: Ints) -> Ints:
        """Which session has each trading date; -1 for none."""
        place = np.minimum(np.searchsorted(self.date, dates), max(0, len(self.date) - 1))
        found = self.date[place] == dates if len(self.date) else np.zeros(len(dates), np.bool_)
        return np.where(found, place, -1)


class Grid:
    """The bars of one size and contract; `zone` is the exchange's, IANA.

    Raise `BadRequest` for a day and longer without sessions.
    """

    def __init__(self, size: BarSize, zone: str = "", sessions: Sessions | None = None) -> None:
        if not size.intraday and sessions is None:
            raise BadRequest(f"bars of {size} follow trading days; give the sessions of the contract")
        self.size = size
        self._zone = ZoneInfo(zone or "UTC")
        self._sessions = sessions
        self._on_clock = HOUR % size.seconds == 0 or (size.seconds % HOUR == 0 and DAY % size.seconds == 0)
        self._label = None if size.intraday or sessions is None else _labels(sessions.date, _LONG[size.name])

    def place(self, times: Ints, *, dates: bool = False) -> tuple[Bools, Ints]:
        """Which of the sorted `times` lie in a session, and for those where their bar begins.

        With `dates` the times are those of bars of a day and longer: trading dates.
        """
        if not len(times):
            return np.zeros(0, np.bool_), times
        sessions = self._sessions or (None if self._on_clock else self._local_days(times))
        if sessions is None:
            return np.ones(len(times), np.bool_), self._clock(times)
        index = sessions.index_of_date(times) if dates else sessions.index(times)
        inside = index >= 0
        times, index = times[inside], index[inside]
        if not len(times):
            return inside, times
        if self._label is not None:
            return inside, self._label[index]
        opening = sessions.open[index]
        if self._on_clock:
            return inside, np.maximum(self._clock(times), opening)
        return inside, times - (times - opening) % self.size.nanoseconds

    @property
    def plain(self) -> bool:
        """Whether a bar's start follows from a time alone: below an hour on the clock, without sessions."""
        return self._sessions is None and self._on_clock and self.size.seconds < HOUR

    def runs(self, times: Ints) -> Runs:
        """The bars of sorted times, of a `plain` grid."""
        return _floored(times, self.size.nanoseconds)

    def reach(self, start: int, end: int, *, dates: bool = False) -> tuple[int, int]:
        """The range of time that holds all of the bars that start in [start, end); `dates` as in `place`."""
        # Room to add a bar's length at either end of time.
        start, end = max(start, EVER[0]), min(end, EVER[1])
        if self._label is None:
            inside, last = self.place(np.array([end - 1]))
            return start, max(end, self.end(int(last[0]))) if inside.any() else end
        assert self._sessions is not None
        wanted = (self._label >= start) & (self._label < end)
        if not wanted.any():
            return start, start
        if dates:
            return int(self._sessions.date[wanted][0]), int(self._sessions.date[wanted][-1]) + 1
        return int(self._sessions.open[wanted][0]), int(self._sessions.close[wanted][-1])

    def opening(self, start: int, *, dates: bool = False) -> int:
        """When the bar at `start` begins, or, with `dates`, the first trading date in it."""
        if self._label is None:
            return start
        assert self._sessions is not None
        first = int(np.flatnonzero(self._label == start)[0])
        return int((self._sessions.date if dates else self._sessions.open)[first])

    def end(self, start: int) -> int:
        """When the bar that begins at `start` is over."""
        if self._label is not None:
            assert self._sessions is not None
            return int(self._sessions.close[self._label == start][-1])
        at = np.array([start])
        sessions = self._sessions or (None if self._on_clock else self._local_days(at))
        end = bounds(self.size, self._zone, start)[1] if self._on_clock else start + self.size.nanoseconds
        return end if sessions is None else min(end, int(sessions.close[sessions.index(at)[0]]))

    def _clock(self, times: Ints) -> Ints:
        length = self.size.nanoseconds
        if self.size.seconds < HOUR:
            found = _floored(times, length)
            return np.repeat(found.time, np.diff(np.append(found.first, len(times))))
        starts, done = np.empty_like(times), 0
        while done < len(times):
            first, end = bounds(self.size, self._zone, int(times[done]))
            until = int(np.searchsorted(times, end))
            starts[done:until] = first
            done = until
        return starts

    def _local_days(self, times: Ints) -> Sessions:
        first, last = (to_datetime(int(times[i])).astimezone(self._zone).date() for i in (0, -1))
        days = (first + timedelta(n) for n in range((last - first).days + 2))
        edges = [from_datetime(datetime(d.year, d.month, d.day, tzinfo=self._zone)) for d in days]
        return Sessions(zip(edges, edges[1:], edges, strict=False))


def _floored(times: Ints, length: int) -> Runs:
    """The runs of sorted times between two multiples of `length`."""
    first, last = (int(times[i]) // length for i in (0, -1))
    if (last - first) * _SPARSE > len(times):
        return runs(times - times % length)
    # Finding the few edges among the many times is far cheaper than a division for each.
    edges = np.arange(first, last + 1) * length
    place = np.searchsorted(times, edges)
    some = np.diff(np.append(place, len(times))) > 0
    return Runs(place[some], edges[some])


def _labels(dates: Ints, unit: str) -> Ints:
    """For each trading date the last one of its day, week or month."""
    days = dates // (DAY * SECOND)
    if unit == "W":
        # Day 0 of 1970 was a Thursday; ISO weeks begin on Monday.
        period = (days + 3) // 7
    else:
        period = days.astype("datetime64[D]").astype(f"datetime64[{unit}]").astype(np.int64)
    last = np.searchsorted(period, period, side="right") - 1
    return np.asarray(dates[last], np.int64)
