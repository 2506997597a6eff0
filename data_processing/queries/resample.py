"""Bars of any size from ticks or smaller bars, by the rules of `data_processing.candles`.

A bar is final when all that it is made of is (whole seconds of ticks, final bars) and something is known at
or after its end. Rows are read in batches and each becomes part of a bar at once, so years need little
memory.
"""

from collections.abc import Callable, Iterator
from functools import partial

import msgspec
import numpy as np
import pyarrow as pa

from data_processing.queries.bar_grid import Grid, Sessions, parse_size
from data_processing.queries.bar_rows import Rows, gather, join, of_bars, of_ticks, table
from data_processing.reading import Readings
from data_storage.layout import FOREVER, BarSeries, TickSeries
from data_storage.tables import BARS
from market.bar_size import BarSize
from market.errors import BadRequest
from market.times import DAY

# Whether a range lies amid what is stored is seen by looking so far around it: over a long weekend.
_NEAR, _NEAR_BARS = 5 * DAY, 5


class Resampler:
    """Sorted rows of one contract in, batch after batch; the bars that they complete out.

    `begun` says that something is known from before the first row. `dates` says that the rows are bars of a
    day and longer.
    """

    def __init__(self, grid: Grid, *, begun: bool = True, dates: bool = False) -> None:
        self._grid = grid
        self._begun = begun
        self._dates = dates
        self._running: Rows | None = None

    def add(self, rows: Rows) -> Rows:
        """All bars that are over now that these rows are known."""
        inside, start = self._grid.place(rows.time, dates=self._dates)
        bars = gather(rows if inside.all() else rows.select(inside), start)
        if self._running is not None:
            bars = join([self._running, bars])
            bars = gather(bars, bars.time)
        elif len(bars):
            # Of a first bar that begins before all that is known something may be missing.
            opening = self._grid.opening(int(bars.time[0]), dates=self._dates)
            bars.final[0] &= self._begun or int(rows.time[0]) <= opening
        if len(bars):
            self._running = bars.select(slice(-1, None))
        return bars.select(slice(0, -1))

    def finish(self, until: int) -> Rows | None:
        """The running bar, if any: final only if it ends by `until`, the time up to which all is known."""
        if self._running is None:
            return None
        over = self._grid.end(int(self._running.time[0])) <= until
        return msgspec.structs.replace(self._running, final=self._running.final & over)


class _Parts(msgspec.Struct, frozen=True):
    """What bars are made of: how to read it, and for how long each row lasts; `dates` as in `Resampler`."""

    read: Callable[[int, int], Iterator[pa.RecordBatch]]
    rows_of: Callable[[pa.RecordBatch], Rows]
    length: int = 0
    dates: bool = False

    def any(self, start: int, end: int) -> bool:
        """Whether there is anything in [start, end)."""
        return any(batch.num_rows for batch in self.read(max(start, FOREVER[0]), min(end, FOREVER[1])))


def resample(
    db: Readings,
    series: TickSeries,
    size: str,
    start: int,
    end: int,
    *,
    zone: str = "",
    sessions: Sessions | None = None,
) -> pa.RecordBatchReader:
    """The bars of `size` that start in [start, end), made of ticks, as `data_storage.tables.BARS`.

    `Last` and `AllLast` make TRADES bars, `BidAsk` and `MidPoint` MIDPOINT bars without volume. `size` is any
    below a day, or ``1D``, ``1W``, ``1M``. Only ticks within `sessions` count where those are given; a day
    and longer need them. `zone` is the exchange's, for bars of an hour and longer. Raise `BadRequest` for a
    size that cannot be made. ``read_all()`` of the answer gives a table.
    """
    grid = Grid(parse_size(size), zone, sessions)
    read = partial(db.tick_batches, series.contract_id, series.exchange, series.kind)
    parts = _Parts(read, partial(of_ticks, kind=series.kind))
    return pa.RecordBatchReader.from_batches(BARS, _bars(parts, grid, (start, end)))


def regroup(
    db: Readings,
    series: BarSeries,
    size: str,
    start: int,
    end: int,
    *,
    zone: str = "",
    sessions: Sessions | None = None,
) -> pa.RecordBatchReader:
    """As `resample`, made of the stored bars of a smaller size.

    Raise `BadRequest` where those do not fit into bars of `size`, and for BID_ASK, whose opens and closes are
    averages.
    """
    part, whole = BarSize.parse(series.size), parse_size(size)
    fits = part.seconds < whole.seconds and (not whole.intraday or whole.seconds % part.seconds == 0)
    if not fits or (part.name, whole.name) == ("1W", "1M"):
        raise BadRequest(
            f"bars of {size} cannot be made of bars of {part}; choose a size that {part} divides"
        )
    if series.what == "BID_ASK":
        raise BadRequest("BID_ASK bars hold averages, which cannot be put together; fetch that size instead")
    route = series.contract_id, series.exchange, series.size
    read = partial(db.bar_batches, *route, what=series.what, hours=series.hours)
    parts = _Parts(read, of_bars, length=part.nanoseconds, dates=not part.intraday)
    return pa.RecordBatchReader.from_batches(BARS, _bars(parts, Grid(whole, zone, sessions), (start, end)))


def _bars(parts: _Parts, grid: Grid, span: tuple[int, int]) -> Iterator[pa.RecordBatch]:
    """The bars that start in `span`."""
    first, last = grid.reach(*span, dates=parts.dates)
    near = max(_NEAR, _NEAR_BARS * parts.length)
    begun, known = parts.any(first - near, first), first
    makers = dict[int, Resampler]()
    for batch in parts.read(first, last):
        for data_type, part in _by_data_type(batch):
            rows = parts.rows_of(part)
            if len(rows):
                maker = makers.setdefault(data_type, Resampler(grid, begun=begun, dates=parts.dates))
                yield from _within(maker.add(rows), data_type, span)
                known = max(known, int(rows.time[-1]) + parts.length)
    if makers and parts.any(last, last + near):
        known = last
    for data_type, maker in makers.items():
        if (running := maker.finish(known)) is not None:
            yield from _within(running, data_type, span)


def _by_data_type(batch: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
    values = batch.column("data_type").to_numpy()
    for data_type in np.unique(values):
        which = values == data_type
        yield int(data_type), batch if which.all() else batch.filter(pa.array(which))


def _within(bars: Rows, data_type: int, span: tuple[int, int]) -> Iterator[pa.RecordBatch]:
    first, last = np.searchsorted(bars.time, span)
    if first < last:
        yield from table(bars.select(slice(int(first), int(last))), data_type).to_batches()
