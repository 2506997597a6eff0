"""Bars of every IB size out of minutes and ticks.

* Sizes below a minute are made of ticks, all others of minutes; the minute in which `now` falls is made of
  its ticks before `now`.
* Intraday bars keep to the exchange's wall clock and never span two sessions: with regular hours the first
  1-hour bar of a US stock is 09:30-10:00, and the bars of 2, 3, 4 and 8 hours count from midnight.
* A time without a trade has no TRADES bar (quotes stand, so the other kinds have one).
* A day is a trading date. A week and a month are dated by their last scheduled trading date, also while they
  run, so that the running bar keeps its identity; they are in a range when one of their dates is.
* BID_ASK, by IB's rule: open and close are the averages over time of bid and ask, high the highest ask and
  low the lowest bid.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Hours
from market.times import DAY, MINUTE, trading_date
from simulator.kept import Kept
from simulator.model.api import BarData, Session
from simulator.model.chance import Ints
from simulator.model.columns import Grid, Rows, join
from simulator.model.series import Series, minutes_between
from simulator.model.sessions import wall_clock_hours
from simulator.model.window import rows_of, window

DAYS_KEPT = 20_000
"""How many daily bars a market keeps of all its contracts; each takes about a kilobyte."""

_HOUR = 60 * MINUTE


class _Columns(NamedTuple):
    """Bars in the making. Prices are steps (half steps of a MIDPOINT, averages of a BID_ASK)."""

    start: Ints
    open: NDArray[Any]  # whole steps, or floats where it is an average
    high: Ints
    low: Ints
    close: NDArray[Any]
    volume: Ints
    turnover: Ints
    prints: Ints
    span: NDArray[np.float64]


def day_memory() -> Kept[_Columns]:
    """Daily bars, for the makers of one market to share."""
    return Kept[_Columns](DAYS_KEPT, lambda day: 1)


class BarMaker:
    """Makes the bars of one contract."""

    def __init__(self, series: Series, kept: Kept[_Columns] | None = None) -> None:
        self._series = series
        self._number = series.listing.instrument.contract_id
        self._kept = day_memory() if kept is None else kept

    def bars(
        self, size: BarSize, what: str, hours: Hours, start: int, end: int, now: int
    ) -> Sequence[BarData]:
        """See `MarketModel.bars`; raise `BadRequest` for data the contract does not have."""
        if what not in self._series.listing.what:
            have = " ".join(self._series.listing.what)
            raise BadRequest(f"{self._series.listing.instrument.symbol} has no {what} data; it has: {have}")
        if size.seconds < 60:
            parts = self._of_seconds(size, what, hours, start, min(end, now), now)
        elif size.intraday:
            parts = self._of_minutes(size, what, hours, start, end, now)
        else:
            parts = self._of_days(size, what, hours, start, end, now)
        return [bar for part in parts for bar in _written(part, self._series.grid, what)]

    def _of_seconds(
        self, size: BarSize, what: str, hours: Hours, start: int, end: int, now: int
    ) -> Sequence[_Columns]:
        parts = []
        for session in self._series.sessions(start, end):
            opened, closed = session.bounds(hours)
            opened, closed = max(opened, start), min(closed, end)
            for minute in minutes_between(session, opened, closed):
                every = range(minute, minute + MINUTE, size.nanoseconds)
                starts = [at for at in every if opened <= at < closed]
                if not starts:
                    continue
                ticks = self._series.ticks(session, minute)
                rows = rows_of(minute, [window(ticks, at, min(at + size.nanoseconds, now)) for at in starts])
                parts.append(_picked(rows, np.array(starts, np.int64), what))
        return parts

    def _of_minutes(
        self, size: BarSize, what: str, hours: Hours, start: int, end: int, now: int
    ) -> Sequence[_Columns]:
        parts = []
        # A bar that starts before `end` may last until well after it.
        for session in self._series.sessions(start, min(end, now)):
            opened, closed = session.bounds(hours)
            if opened >= min(closed, now, end) or closed <= start:
                continue
            starts = bar_starts(opened, closed, size, self._series.listing.instrument.time_zone)
            first = bisect_left(starts, start)
            beyond = bisect_left(starts, min(end, now))
            if first == beyond:
                continue
            until = starts[beyond] if beyond < len(starts) else closed
            rows = self._rows(session, starts[first], min(until, now))
            times = rows.start + MINUTE * np.arange(len(rows.prints))
            picked = _picked(rows, times, what)
            edges = np.array(starts[first:beyond], np.int64)
            place = np.searchsorted(edges, picked.start, "right") - 1
            parts.append(_grouped(picked, edges[place], what))
        return parts

    def _rows(self, session: Session, start: int, end: int) -> Rows:
        """The minutes of [start, end); the last one is of the ticks before `end` where that cuts it."""
        whole = end - end % MINUTE
        rows = self._series.minutes(session).cut(start, whole)
        if whole == end:
            return rows
        part = rows_of(whole, [window(self._series.ticks(session, whole), whole, end)])
        return join([rows, part]) if len(rows.prints) else part

    def _of_days(
        self, size: BarSize, what: str, hours: Hours, start: int, end: int, now: int
    ) -> Sequence[_Columns]:
        period = _PERIODS[size.name]
        reach = size.nanoseconds + 2 * DAY
        sessions = self._series.sessions(start - reach, end + reach)
        wanted = {period(s.date) for s in sessions if start <= trading_date(s.date) < end}
        dates = {period(s.date): trading_date(s.date) for s in sessions}
        days = [
            (day, dates[period(session.date)])
            for session in sessions
            if session.open < now and period(session.date) in wanted
            for day in [self._day(session, what, hours, now)]
            if len(day.start)
        ]
        if not days:
            return []
        columns: Iterator[Any] = (np.concatenate([day[n] for day, _ in days]) for n in range(9))
        merged = _Columns(*columns)
        return [_grouped(merged, np.array([date for _, date in days], np.int64), what)]

    def _day(self, session: Session, what: str, hours: Hours, now: int) -> _Columns:
        if session.close <= now:
            key = (self._number, session.open, what, hours)
            return self._kept.get(key, lambda: self._make_day(session, what, hours))
        return self._make_day(session, what, hours, now)

    def _make_day(self, session: Session, what: str, hours: Hours, now: int | None = None) -> _Columns:
        opened, closed = session.bounds(hours)
        closed = closed if now is None else min(closed, now)
        rows = self._rows(session, opened, max(opened, closed))
        day = np.full(len(rows.prints), trading_date(session.date))
        picked = _picked(rows, day, what)
        return _grouped(picked, picked.start, what)


def bar_starts(opened: int, closed: int, size: BarSize, zone: str) -> Sequence[int]:
    """Where intraday bars of a minute or longer begin within [opened, closed)."""
    length = size.nanoseconds
    if length > _HOUR:
        return [opened, *wall_clock_hours(zone, opened, closed, size.seconds // 3600)]
    # Every zone of the universe is whole hours from UTC, so these wall clocks agree with UTC's.
    return [opened, *range(opened - opened % length + length, closed, length)]


_PERIODS: dict[str, Callable[[date], tuple[int, ...]]] = {
    "1D": lambda day: (day.toordinal(),),
    "1W": lambda day: tuple(day.isocalendar()[:2]),
    "1M": lambda day: (day.year, day.month),
}


def _picked(rows: Rows, start: Ints, what: str) -> _Columns:
    """The columns of one data type; rows without a print, or without a quote, are left out."""
    nothing = (rows.volume, rows.turnover, rows.prints, rows.span)
    if what == "TRADES":
        traded: Sequence[Any] = (start, *rows.trade, *nothing)
        return _Columns(*(column[rows.prints > 0] for column in traded))
    if what == "BID_ASK":
        four: Sequence[Any] = (rows.bid_average, rows.ask.high, rows.bid.low, rows.ask_average)
    else:
        four = {"MIDPOINT": rows.mid, "BID": rows.bid, "ASK": rows.ask}[what]
    quoted: Sequence[Any] = (start, *four, *nothing)
    return _Columns(*(column[rows.span > 0] for column in quoted))


def _grouped(columns: _Columns, group: Ints, what: str) -> _Columns:
    """One row for each run of equal `group`, which becomes its start."""
    if not len(group):
        return columns
    first = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
    last = np.concatenate([first[1:], [len(group)]]) - 1
    length = np.add.reduceat(columns.span, first)

    def averaged(column: NDArray[Any]) -> NDArray[Any]:
        return np.add.reduceat(column * columns.span, first) / length

    of_quotes = what == "BID_ASK"
    return _Columns(
        group[first],
        averaged(columns.open) if of_quotes else columns.open[first],
        np.maximum.reduceat(columns.high, first),
        np.minimum.reduceat(columns.low, first),
        averaged(columns.close) if of_quotes else columns.close[last],
        np.add.reduceat(columns.volume, first),
        np.add.reduceat(columns.turnover, first),
        np.add.reduceat(columns.prints, first),
        length,
    )


def _written(columns: _Columns, grid: Grid, what: str) -> Sequence[BarData]:
    """Floats at last, each rounded once."""
    price = grid.half if what == "MIDPOINT" else grid.price
    rows = zip(*(column.tolist() for column in columns), strict=True)
    if what != "TRADES":
        return [
            BarData(start, price(o), price(h), price(low), price(c), -1.0, -1.0, -1)
            for start, o, h, low, c, *_ in rows
        ]
    return [
        BarData(start, price(o), price(h), price(low), price(c), grid.size(v), grid.mean(t, v), n)
        for start, o, h, low, c, v, t, n, _ in rows
    ]
