"""Bars of any size from ticks or smaller bars, by the rules of `data_processing.candles`.

A bar is final when all that it is made of is (whole seconds of ticks, final bars) and it does not lie at the
edge of what is stored: something is known at or after its end, and at or before its beginning. Rows are read
in pieces and each becomes part of a bar at once, so years need little memory.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import accumulate, islice, pairwise
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_processing.contracts import Route
from data_processing.queries.bar_grid import Grid, Sessions, parse_size
from data_processing.queries.bar_rows import (
    TICK_COLUMNS,
    Rows,
    Runs,
    gather,
    join,
    of_bars,
    of_ticks,
    table,
)
from data_processing.queries.contract_hours import sessions_of
from data_processing.queries.resampler import ContractBars, Made, Part, part_of
from data_processing.queries.scan import Piece, Stretch, is_known, routes_between, scan_ticks
from data_processing.reading import Readings
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries, TickSeries, series_in
from data_storage.tables import BARS, with_ids
from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Hours, TickType
from market.times import DAY

BATCH_ROWS = 65_536
# One reads while the other counts.
_THREADS = 2
T = TypeVar("T")
# Whether a range lies amid what is stored is seen by looking so far around it: over a long weekend.
_NEAR, _NEAR_BARS = 5 * DAY, 5


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

    `Last` and `AllLast` make TRADES bars, `BidAsk` and `MidPoint` MIDPOINT bars without volume. `db` may be
    ``as_known_at`` a time. `size` is any below a day, or ``1D``, ``1W``, ``1M``. Only ticks within `sessions`
    count where those are given; a day and longer need them. `zone` is the exchange's, for bars of an hour and
    longer. Raise `BadRequest` for a size that cannot be made. ``read_all()`` of the answer gives a table.
    """
    grids = {(series.contract_id, series.exchange): Grid(parse_size(size), zone, sessions)}
    return _reader(_of_ticks(db, series.kind, grids, (start, end)), BARS)


def resample_all(
    db: TimeseriesDB, kind: TickType, size: str, start: int, end: int, *, hours: Hours = "all"
) -> pa.RecordBatchReader:
    """As `resample`, of all contracts at once, with the columns `contract_id` and `exchange`.

    Zones are those of the instruments. The sessions of regular `hours`, and those of a day and longer, are
    what the store knows of each contract. The bars of a contract are in order of time.
    """
    wanted, zones = parse_size(size), {(i.contract_id, i.exchange): i.time_zone for i in db.instruments()}
    of_sessions, grids = hours == "rth" or not wanted.intraday, dict[Route, Grid]()
    for each in db.series():
        if isinstance(each, TickSeries) and each.kind == kind:
            route = each.contract_id, each.exchange
            sessions = sessions_of(db, *route, hours, start, end) if of_sessions else None
            grids[route] = Grid(wanted, zones.get(route, ""), sessions)
    return _reader(_of_ticks(db, kind, grids, (start, end)), with_ids(BARS))


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
    return _reader(_of_bars(db, series, Grid(whole, zone, sessions), (start, end)), BARS)


def _of_ticks(
    db: Readings, kind: TickType, grids: Mapping[Route, Grid], span: tuple[int, int]
) -> Iterator[Made]:
    contracts = dict[Route, ContractBars]()
    reaches = [grid.reach(*span) for grid in grids.values()]
    first = min((start for start, _ in reaches), default=span[0])
    last = max((end for _, end in reaches), default=span[0])
    only = next(iter(grids)) if len(grids) == 1 else None
    before, after = _around(db, f"ticks/{kind}", only, first, last, _NEAR)
    reads = scan_ticks(db, kind, first, last, TICK_COLUMNS[kind], only)
    for found in _ahead(partial(_parts, read, kind, grids) for read in reads):
        for route, data_type, part in found:
            if route not in contracts:
                around = route in before, route in after
                contracts[route] = ContractBars(route, grids[route], span, around)
            yield from contracts[route].add(data_type, part)
    for contract in contracts.values():
        yield from contract.finish(last)


def _parts(
    read: Callable[[], Piece], kind: TickType, grids: Mapping[Route, Grid]
) -> list[tuple[Route, int, Part]]:
    """The bars of a piece by contract and data type, as far as it goes."""
    rows, stretches = read()
    known = [each for each in stretches if each.rows and each.route in grids]
    # One grid for all: they are of one size, and a plain one follows from the size.
    grid = next(iter(grids.values()), None)
    data_type = _only_data_type(rows)
    if grid is not None and grid.plain and data_type is not None and _adjoin(known):
        rows = rows.slice(known[0].offset, sum(each.rows for each in known))
        ticks = of_ticks(rows, kind)
        if len(ticks) == rows.num_rows:
            return [
                (each.route, data_type, part)
                for each, part in zip(known, _at_once(ticks, known, grid), strict=True)
            ]
        known = [each._replace(offset=each.offset - known[0].offset) for each in known]
    found = list[tuple[Route, int, Part]]()
    for each in known:
        for data_type, part in _by_data_type(rows.slice(each.offset, each.rows)):
            ticks = of_ticks(part, kind)
            if len(ticks):
                found.append((each.route, data_type, part_of(grids[each.route], ticks)))
    return found


def _at_once(ticks: Rows, stretches: Sequence[Stretch], grid: Grid) -> Iterator[Part]:
    """The parts of many contracts, one after the other among the rows: few long arrays cost least."""
    offsets = [each.offset - stretches[0].offset for each in stretches]
    times = [ticks.time[at : at + each.rows] for at, each in zip(offsets, stretches, strict=True)]
    found = [grid.runs(each) for each in times]
    first = np.concatenate([each.first + at for each, at in zip(found, offsets, strict=True)])
    bars = gather(ticks, Runs(first, np.concatenate([each.time for each in found])))
    ends = accumulate(len(each.first) for each in found)
    for of, end, each in zip(times, ends, found, strict=True):
        yield Part(bars.select(slice(end - len(each.first), end)), int(of[0]), int(of[-1]))


def _adjoin(stretches: Sequence[Stretch]) -> bool:
    """Whether there are any, each right behind the one before."""
    return bool(stretches) and all(a.offset + a.rows == b.offset for a, b in pairwise(stretches))


def _ahead(tasks: Iterator[Callable[[], T]]) -> Iterator[T]:
    """The results of `tasks` in their order, some being worked on while one is used."""
    with ThreadPoolExecutor(_THREADS, "truetick-resample") as pool:
        waiting = deque(pool.submit(task) for task in islice(tasks, _THREADS))
        while waiting:
            done = waiting.popleft()
            waiting.extend(pool.submit(task) for task in islice(tasks, 1))
            yield done.result()


def _of_bars(db: Readings, series: BarSeries, grid: Grid, span: tuple[int, int]) -> Iterator[Made]:
    route, size = (series.contract_id, series.exchange), BarSize.parse(series.size)
    first, last = grid.reach(*span, dates=not size.intraday)
    near = max(_NEAR, _NEAR_BARS * size.nanoseconds)
    before, after = _around(db, series.section, route, first, last, near)
    contract = ContractBars(route, grid, span, (route in before, route in after), size.nanoseconds)
    for batch in db.bar_batches(*route, series.size, first, last, what=series.what, hours=series.hours):
        for data_type, piece in _by_data_type(batch):
            yield from contract.add(data_type, part_of(grid, of_bars(piece), dates=not size.intraday))
    yield from contract.finish(last)


def _around(
    db: Readings, section: str, only: Route | None, first: int, last: int, near: int
) -> tuple[set[Route], set[Route]]:
    """The contracts of which something is known near before `first`, and near after `last`."""

    def known(start: int, end: int) -> set[Route]:
        if isinstance(db, TimeseriesDB):
            return routes_between(db, section, start, end)
        return {only} if only and is_known(db, series_in(section, *only), start, end) else set()

    return known(first - near, first), known(last, last + near)


def _reader(made: Iterator[Made], schema: pa.Schema) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(schema, _batches(made, schema))


def _batches(made: Iterator[Made], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The bars in batches of some size, since a batch has its own cost."""
    held, count = list[Made](), 0
    for each in made:
        held.append(each)
        count += len(each.rows)
        if count >= BATCH_ROWS:
            yield _batch(held, schema)
            held, count = [], 0
    if held:
        yield _batch(held, schema)


def _batch(made: Sequence[Made], schema: pa.Schema) -> pa.RecordBatch:
    lengths = [len(each.rows) for each in made]
    data_types = np.repeat(np.array([each.data_type for each in made], np.int64), lengths)
    bars = table(join([each.rows for each in made]), data_types)
    if schema != BARS:
        ids = np.repeat([each.route[0] for each in made], lengths)
        exchanges = pa.array([each.route[1] for each in made]).take(
            pa.array(np.arange(len(made)).repeat(lengths))
        )
        bars = pa.table([pa.array(ids), exchanges, *bars.columns], schema=schema)
    return bars.combine_chunks().to_batches()[0]


def _only_data_type(piece: pa.Table) -> int | None:
    found = pc.min_max(piece.column("data_type")).as_py()
    return found["min"] if found["min"] == found["max"] else None


def _by_data_type(piece: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    only = _only_data_type(piece)
    if only is not None:
        yield only, piece
    else:
        for each in sorted(pc.unique(piece.column("data_type")).to_pylist()):
            yield each, piece.filter(pc.equal(piece.column("data_type"), each))
