"""Bars made of parts: whatever pieces they came in, put together and judged final or not.

A bar is final when all that it is made of is (whole seconds of ticks, final bars) and it does not lie at the
edge of what is stored: something is known at or after its end, and at or before its beginning.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import msgspec
import numpy as np

from data_processing.contracts import Route
from data_processing.queries.bar_grid import Grid
from data_processing.queries.bar_rows import Rows, gather, join, runs
from market.times import DAY


class Part(NamedTuple):
    """Rows of one contract put together to bars as far as they go; times of the first and the last row."""

    bars: Rows
    first: int
    last: int


def part_of(grid: Grid, rows: Rows, *, dates: bool = False) -> Part:
    """Put together sorted rows, at least one; with `dates` they are bars of a day and longer."""
    inside, start = grid.place(rows.time, dates=dates)
    bars = gather(rows if inside.all() else rows.select(inside), runs(start))
    return Part(bars, int(rows.time[0]), int(rows.time[-1]))


class Resampler:
    """Parts of one contract in order of time; the bars that they complete.

    `begun` says that something is known from before the first row, `dates` is that of `part_of`.
    """

    def __init__(self, grid: Grid, *, begun: bool = True, dates: bool = False) -> None:
        self._grid = grid
        self._begun = begun
        self._dates = dates
        self._running: Rows | None = None

    def add(self, part: Part) -> Rows:
        """All bars that are over now that this is known."""
        bars = part.bars
        if not len(bars):
            return bars
        if self._running is None:
            # Of a first bar that begins before all that is known something may be missing.
            opening = self._grid.opening(int(bars.time[0]), dates=self._dates)
            bars.final[0] &= self._begun or part.first <= opening
        else:
            bars = join([self._running, bars])
            bars = gather(bars, runs(bars.time)) if bars.time[0] == bars.time[1] else bars
        self._running = bars.select(slice(-1, None))
        return bars.select(slice(0, -1))

    def finish(self, until: int) -> Rows | None:
        """The running bar, if any: final only if it ends by `until`, the time up to which all is known."""
        if self._running is None:
            return None
        over = self._grid.end(int(self._running.time[0])) <= until
        return msgspec.structs.replace(self._running, final=self._running.final & over)


class Made(NamedTuple):
    """Bars of one contract and data type."""

    route: Route
    data_type: int
    rows: Rows


class ContractBars:
    """The bars of one contract that start in `span`, of each data type in order of time.

    Each row lasts for `length`, so that the end of the last one is known. `around` says whether something is
    known before the first row, and after the last.
    """

    def __init__(
        self, route: Route, grid: Grid, span: tuple[int, int], around: tuple[bool, bool], length: int = 0
    ) -> None:
        self._route = route
        self._span = span
        self._length = length
        self._begun, self._goes_on = around
        self._new = partial(Resampler, grid, begun=self._begun, dates=length >= DAY)
        self._makers = dict[int, Resampler]()
        self._known = span[0]

    def add(self, data_type: int, part: Part) -> Iterator[Made]:
        """All bars that are over now that this is known."""
        if data_type not in self._makers:
            self._makers[data_type] = self._new()
        self._known = max(self._known, part.last + self._length)
        yield from self._within(self._makers[data_type].add(part), data_type)

    def finish(self, last: int) -> Iterator[Made]:
        """The running bars, nothing more coming before `last`."""
        for data_type, maker in self._makers.items():
            running = maker.finish(last if self._goes_on else self._known)
            if running is not None:
                yield from self._within(running, data_type)

    def _within(self, bars: Rows, data_type: int) -> Iterator[Made]:
        first, last = np.searchsorted(bars.time, self._span)
        if first < last:
            yield Made(self._route, data_type, bars.select(slice(int(first), int(last))))
