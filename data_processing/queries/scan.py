"""The ticks of one contract or of all, and of their columns only those that are asked for.

What is settled in files is read there, many contracts at a time; what the log changes, and what is damaged,
is left to the store. Pieces are given as work to do, so that several may be read at once.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from data_processing.contracts import Route, coded
from data_processing.reading import Readings
from data_processing.settling import with_whole
from data_processing.timeseries_db import TimeseriesDB
from data_storage.columns import column, ints
from data_storage.errors import DamagedFile
from data_storage.file_index import Entry, Footer
from data_storage.layout import BarSeries, Series
from data_storage.manifest import StoreFile
from data_storage.row_groups import Part, read_groups
from market.events import TickType
from market.times import DAY

# So many rows are read at a time.
_ROWS = 524_288


class Stretch(NamedTuple):
    """The rows of one contract in a piece: `rows` of them, from `offset` on."""

    route: Route
    offset: int
    rows: int


class Piece(NamedTuple):
    """Ticks, those of a contract together and in order."""

    rows: pa.Table
    stretches: Sequence[Stretch]


class _Wanted(NamedTuple):
    """What to read: these columns of one contract, or of all, in [start, end)."""

    kind: TickType
    columns: Sequence[str]
    start: int
    end: int
    route: Route | None


def scan_ticks(
    db: Readings,
    kind: TickType,
    start: int,
    end: int,
    columns: Sequence[str],
    route: Route | None = None,
) -> Iterator[Callable[[], Piece]]:
    """The ticks of [start, end), day by day; `columns` are those of `db.ticks`, the time among them.

    Without a `route` of all contracts, which only a store has, not what was known of it at a time. Each item
    reads its piece when it is called, on any thread.
    """
    wanted = _Wanted(kind, columns, start, end, route)
    if not isinstance(db, TimeseriesDB):
        yield from _as_known(db, wanted)
        return
    with db.frozen():
        look = db.look(f"ticks/{kind}")
        told = {pair for tail in look.tail for pair in _days(tail) if route in (None, pair[1])}
        files = {file.span[0]: file for file in look.files if file.first < end and start <= file.last}
        for day in sorted({*files, *(day for day, _ in told)}):
            changed = {of for at, of in told if at == day}
            if day in files:
                yield from _filed(db, files[day], wanted, changed)
            if day < end and start < day + DAY and changed:
                yield partial(_settled, db, wanted, (day, day + DAY), changed)


def _as_known(db: Readings, wanted: _Wanted) -> Iterator[Callable[[], Piece]]:
    assert wanted.route is not None
    span = wanted.start, wanted.end
    for batch in db.tick_batches(*wanted.route, wanted.kind, *span, columns=wanted.columns):
        yield partial(Piece, pa.Table.from_batches([batch]), [Stretch(wanted.route, 0, batch.num_rows)])


def is_known(db: Readings, series: Series, start: int, end: int) -> bool:
    """Whether there is anything of a series in [start, end)."""
    route = series.contract_id, series.exchange
    if isinstance(series, BarSeries):
        found = db.bar_batches(*route, series.size, start, end, what=series.what, hours=series.hours)
    else:
        found = db.tick_batches(*route, series.kind, start, end, columns=["time"])
    return any(batch.num_rows for batch in found)


def routes_between(db: TimeseriesDB, section: str, start: int, end: int) -> set[Route]:
    """The contracts that have rows in [start, end), or on both sides of it, as far as files can be read."""
    look, found = db.look(section), set[Route]()
    for file in look.files:
        if file.first < end and start <= file.last:
            with suppress(DamagedFile):
                found |= {
                    _route_of(each)
                    for each in db.footer(file).entries
                    if each.first < end and start <= each.last
                }
    for tail in look.tail:
        times = ints(tail, "time")
        found |= set(coded(tail.filter(column((times >= start) & (times < end)))).routes)
    return found


def _days(tail: pa.Table) -> set[tuple[int, Route]]:
    codes, routes = coded(tail)
    pairs = np.unique(np.stack((ints(tail, "time") // DAY * DAY, codes)), axis=1).T
    return {(day, routes[code]) for day, code in pairs.tolist()}


def _filed(
    db: TimeseriesDB, file: StoreFile, wanted: _Wanted, changed: set[Route]
) -> Iterator[Callable[[], Piece]]:
    """The ticks of a file, but for those of contracts that the log changes."""
    try:
        footer = db.footer(file)
    except DamagedFile:
        if routes := _routes(db, file, wanted) - changed:
            yield partial(_settled, db, wanted, file.span, routes)
        return
    for entries in _chunks(footer, wanted, changed):
        yield partial(_read, db, file, footer, entries, wanted)


def _settled(db: TimeseriesDB, wanted: _Wanted, span: tuple[int, int], routes: Collection[Route]) -> Piece:
    """What the store says of a day, which reports damage and gives the rest."""
    start, end = max(wanted.start, span[0]), min(wanted.end, span[1])
    order = sorted(routes)
    tables = [db.ticks(*route, wanted.kind, start, end).select(wanted.columns) for route in order]
    counts = [table.num_rows for table in tables]
    offsets = [0, *accumulate(counts)]
    return Piece(
        pa.concat_tables(tables), [Stretch(*each) for each in zip(order, offsets, counts, strict=False)]
    )


def _routes(db: TimeseriesDB, file: StoreFile, wanted: _Wanted) -> set[Route]:
    if wanted.route is not None:
        return {wanted.route}
    return {(each.contract_id, each.exchange) for each in db.series() if each.section == file.section}


def _chunks(footer: Footer, wanted: _Wanted, changed: set[Route]) -> Iterator[list[Entry]]:
    """Contracts that lie together in a file, as many as are read at once."""
    chunk = list[Entry]()
    for each in footer.entries:
        asked = wanted.route in (None, _route_of(each)) and _route_of(each) not in changed
        asked = asked and each.first < wanted.end and wanted.start <= each.last
        if chunk and (not asked or each.offset + each.rows - chunk[0].offset > _ROWS):
            yield chunk
            chunk = []
        if asked:
            chunk.append(each)
    if chunk:
        yield chunk


def _read(
    db: TimeseriesDB, file: StoreFile, footer: Footer, entries: Sequence[Entry], wanted: _Wanted
) -> Piece:
    """The rows of neighbouring entries."""
    begin = entries[0].offset
    first = int(np.searchsorted(footer.starts, begin, side="right")) - 1
    last = int(np.searchsorted(footer.starts, entries[-1].offset + entries[-1].rows))
    stored = ["seen" if name == "whole" else name for name in wanted.columns]
    try:
        rows = read_groups([Part(db.folder / file.path, footer, range(first, last))], stored)
    except DamagedFile:
        return _settled(db, wanted, file.span, {_route_of(each) for each in entries})
    rows = rows.slice(begin - int(footer.starts[first]))
    if "whole" in wanted.columns:
        rows = with_whole(rows)
    return Piece(rows, [_stretch(rows, each, begin, wanted) for each in entries])


def _stretch(rows: pa.Table, entry: Entry, begin: int, wanted: _Wanted) -> Stretch:
    offset, count = entry.offset - begin, entry.rows
    if entry.first < wanted.start or entry.last >= wanted.end:
        times = ints(rows.slice(offset, count), "time")
        inner, outer = np.searchsorted(times, [wanted.start, wanted.end]).tolist()
        offset, count = offset + inner, outer - inner
    return Stretch(_route_of(entry), offset, count)


def _route_of(entry: Entry) -> Route:
    """The contract of an entry."""
    return entry.contract_id, entry.exchange
