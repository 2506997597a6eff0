"""Make new files of a section out of those it has and of rows that none has yet.

A file is made contract by contract, some at a time, so that memory is bounded by the largest contract of a
file and not by the file.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from data_processing import loading
from data_processing.contracts import Route, coded, grouped
from data_processing.given_tables import Given
from data_processing.settling import (
    distinct_bars,
    finished,
    ints,
    kind_in,
    numbered,
    settle_bars,
    settle_ticks,
    split,
)
from data_processing.shelf import Shelf
from data_processing.tick_merge import disputed_seconds
from data_storage.errors import DamagedFile
from data_storage.file_index import Entry
from data_storage.layout import RECENT_DAYS, file_name, span, stem, stem_of_day, unit
from data_storage.manifest import StoreFile
from data_storage.parquet_files import write
from data_storage.row_groups import Part, read_groups
from data_storage.tables import WHOLE, stored_schema
from market.times import DAY

# So many rows are in memory at once, more only where a single contract has more in one file.
_CHUNK_ROWS = 32_768


class Target(NamedTuple):
    """A file to be made, named after `stem`: the rows of [start, end) of `sources`, `rows` and `given`."""

    stem: str
    start: int
    end: int
    sources: Sequence[StoreFile]
    rows: pa.Table
    given: Given | None

    @property
    def size(self) -> int:
        """About how many bytes the file may need."""
        given = self.given.rows.nbytes if self.given else 0
        return int(self.rows.nbytes) + given + sum(file.size for file in self.sources)

    @property
    def lacking(self) -> set[str]:
        """The columns that are null somewhere in what is in no file yet."""
        found = _lacking(self.rows)
        if self.given:
            rows, constants = self.given.rows, self.given.constants
            absent = set(self.given.schema.names) - set(rows.column_names)
            found |= _lacking(rows) | {name for name in absent if constants.get(name) is None}
        return found

    @property
    def fresh(self) -> "_Fresh":
        """All that is in no file yet."""
        runs = [pa.Table.from_batches([run]) for run in self.rows.to_batches()]
        given = [self.given.numbered().complete()] if self.given else []
        return _Fresh([*runs, *given] or [self.rows])


class Lost(NamedTuple):
    """A damaged file, and the contracts of which something could not be read; empty when nobody knows."""

    file: StoreFile
    routes: list[Route]


def targets(
    section: str,
    files: Sequence[StoreFile],
    rows: pa.Table,
    given: Given | None = None,
    mend: Collection[str] = (),
) -> list[Target]:
    """The files to make so that every row of `files`, `rows` and `given` lies where it belongs.

    All that a source holds goes into targets, so that it can be removed. Files with the paths `mend` are made
    anew in any case.
    """
    new, more = _Timed(rows), _Timed(given.rows) if given else None
    days = sorted({*new.days, *(more.days if more else ())})
    newest = max([*days[-1:], *(file.last // DAY for file in files)], default=0)
    homes = {file.path: _homes(section, file, newest) for file in files}
    stems = {stem_of_day(section, day, newest) for day in days}
    for file in files:
        if file.path in mend or homes[file.path] != {stem(file.name)}:
            stems |= homes[file.path]
    while further := {each for home in homes.values() if home & stems for each in home} - stems:
        stems |= further
    found = list[Target]()
    for name in sorted(stems):
        start, end = _bounds(section, name, newest)
        sources = [file for file in files if name in homes[file.path]]
        part = given._replace(rows=more.within(start, end)) if given and more else None
        found.append(Target(name, start, end, sources, new.within(start, end), part))
    return found


def _lacking(rows: pa.Table) -> set[str]:
    return {name for name in rows.column_names if rows[name].null_count}


class _Timed:
    """Rows that are asked for by time."""

    def __init__(self, rows: pa.Table) -> None:
        self._rows = rows
        self._times = ints(rows, "time")
        self._rising = not (self._times[1:] < self._times[:-1]).any()
        self.days = self._days()

    def within(self, start: int, end: int) -> pa.Table:
        if self._rising:
            first, last = np.searchsorted(self._times, [start, end])
            return self._rows.slice(first, last - first)
        inside = (self._times >= start) & (self._times < end)
        return self._rows if inside.all() else self._rows.filter(pa.array(inside))

    def _days(self) -> list[int]:
        if not self._rising:
            days = self._times // DAY
            first = int(days.min())
            return (np.flatnonzero(np.bincount(days - first)) + first).tolist()
        found, place = list[int](), 0
        while place < len(self._times):
            found.append(int(self._times[place]) // DAY)
            place = int(np.searchsorted(self._times, (found[-1] + 1) * DAY))
        return found


def _homes(section: str, file: StoreFile, newest: int) -> set[str]:
    """The stems of the files in which the rows of `file` belong."""
    first, last = file.first // DAY, file.last // DAY
    ends = {stem_of_day(section, day, newest) for day in (first, last)}
    if len(ends) == 1 or unit(section) != "M":
        return ends
    return ends | {stem_of_day(section, day, newest) for day in range(max(first, newest - RECENT_DAYS), last)}


def _bounds(section: str, name: str, newest: int) -> tuple[int, int]:
    start, end = span(file_name(name, 0)) or (0, 0)
    if unit(section) == "M" and end - start > DAY:
        end = min(end, (newest - RECENT_DAYS + 1) * DAY)
    return start, end


class Rewriting:
    """Makes the targets of one section; `live` has the recordings of which more may come, and their last
    seconds. What comes may yet change what is believed of the rows in `undecided`, which no file gets."""

    def __init__(self, shelf: Shelf, section: str, generation: int, live: Mapping[int, int]) -> None:
        self._shelf = shelf
        self.section = section
        self._generation = generation
        self._live = live
        self._bars = section.startswith("bars/")
        self._running = set[str]()
        self.lost = list[Lost]()
        self.undecided = list[pa.Table]()

    def make(self, target: Target, without: Route | None = None) -> StoreFile | None:
        """Write one file; `None` when no row is left for it. Rows of the contract `without` are left out."""
        path = f"{self.section}/{file_name(target.stem, self._generation)}"
        schema = self._schema(target)
        loaded = None
        if target.given and not (target.sources or target.rows.num_rows):
            loaded = loading.chunks(target.given, bars=self._bars)
        chunks = loaded or self._chunks(target, without)
        file = write(self._shelf.root, path, schema, self._shelf.source, chunks)
        return msgspec.structs.replace(file, running=True) if file and target.stem in self._running else file

    def _schema(self, target: Target) -> pa.Schema:
        """The columns of a file; what none of its rows can lack is said to be never null.

        It may be found that a row that lacked something was replaced; see `write`.
        """
        lacking = target.lacking
        for source in target.sources:
            with suppress(DamagedFile, FileNotFoundError):
                lacking |= {each.name for each in self._shelf.footer(source).form if each.nullable}
        return pa.schema(
            [field.with_nullable(field.name in lacking) for field in stored_schema(self.section)]
        )

    def _chunks(self, target: Target, without: Route | None) -> Iterator[tuple[pa.Table, list[Entry]]]:
        new = target.fresh
        sources = [source for file in target.sources if (source := self._source(file))]
        for routes in _portions(new, sources, without):
            stored = [part for source in sources if (part := source.rows(routes, target)).num_rows]
            fresh = new.rows(routes)
            if without is not None:
                stored, fresh = [_left_out(part, without) for part in stored], _left_out(fresh, without)
            if not stored and not fresh.num_rows:
                continue  # all that these contracts had here is damaged
            table = self._settled(stored, fresh)
            if table.num_rows:
                if not self._bars and ints(table, "recording").any():
                    self._running.add(target.stem)
                yield table, self._entries(table)
        self.lost += [Lost(each.file, sorted(each.lost)) for each in sources if each.lost]

    def _source(self, file: StoreFile) -> "_Source | None":
        try:
            return _Source(self._shelf, file)
        except (DamagedFile, FileNotFoundError):
            self.lost.append(Lost(file, []))
            return None

    def _settled(self, stored: Sequence[pa.Table], fresh: pa.Table) -> pa.Table:
        if self._bars:
            return _settled_bars(stored, fresh)
        if not fresh.num_rows and len(stored) == 1:
            return finished(stored[0], self._live)
        if not stored and _one_view(fresh):
            ticks = _in_order(fresh, "data_type", "ordinal")
        else:
            ticks = pa.concat_tables([*stored, fresh])
            if self._live:
                ticks, undecided = split(ticks, self._live)
                self.undecided.append(undecided)
            ticks = settle_ticks([ticks], kind_in(self.section))
        return finished(numbered(ticks, coded(ticks).codes), self._live)

    def _entries(self, table: pa.Table) -> list[Entry]:
        codes, routes = coded(table)
        bounds = np.searchsorted(codes, np.arange(len(routes) + 1)).tolist()
        times = ints(table, "time")
        odd = ints(table, "version") > 0 if self._bars else np.asarray(table["disputed"])
        entries = list[Entry]()
        for (contract_id, exchange), first, end in zip(routes, bounds, bounds[1:], strict=False):
            place = (contract_id, exchange, first, end - first, int(times[first]), int(times[end - 1]))
            count = 0
            if odd[first:end].any():
                part = table.slice(first, end - first)
                count = int(odd[first:end].sum()) if self._bars else disputed_seconds(part)
            revised, disputed = (count, 0) if self._bars else (0, count)
            entries.append(Entry(*place, revised, disputed))
        return entries


class _Fresh:
    """Rows that no file has yet: runs, of which those that lie by contract already are not copied."""

    def __init__(self, runs: Sequence[pa.Table]) -> None:
        self._runs = [grouped(run) for run in runs]

    @property
    def counts(self) -> Counter[Route]:
        """How many rows each contract has."""
        counts = Counter[Route]()
        for run in self._runs:
            counts.update(dict(zip(run.routes, np.diff(run.bounds).tolist(), strict=True)))
        return counts

    def rows(self, routes: Sequence[Route]) -> pa.Table:
        """The rows of a stretch of contracts, those of each together and in the order they came."""
        parts = list[pa.Table]()
        for run in self._runs:
            first, last = bisect_left(run.routes, routes[0]), bisect_right(run.routes, routes[-1])
            parts.append(run.table.slice(run.bounds[first], run.bounds[last] - run.bounds[first]))
        return grouped(pa.concat_tables(parts)).table


class _Source:
    """A file whose rows go into new ones; what cannot be read of it is in `lost`."""

    def __init__(self, shelf: Shelf, file: StoreFile) -> None:
        self._path = shelf.root / file.path
        self._footer = shelf.footer(file)
        self.file = file
        self.routes = [(each.contract_id, each.exchange) for each in self._footer.entries]
        self.counts = [each.rows for each in self._footer.entries]
        self._columns = stored_schema(file.section).names
        self.lost = set[Route]()

    def rows(self, routes: Sequence[Route], target: Target) -> pa.Table:
        """The rows of a stretch of contracts, as far as they can be read and belong into the target."""
        entries = self._footer.entries
        first, last = bisect_left(self.routes, routes[0]), bisect_right(self.routes, routes[-1])
        if first == last:
            return stored_schema(self.file.section).empty_table()
        start, end = entries[first].offset, entries[last - 1].offset + entries[last - 1].rows
        table = self._read(start, end)
        if target.start <= self.file.first and self.file.last < target.end:
            return table
        return _Timed(table).within(target.start, target.end)

    def _read(self, start: int, end: int) -> pa.Table:
        starts = self._footer.starts
        parts = [stored_schema(self.file.section).empty_table()]
        for i in range(int(np.searchsorted(starts, start, "right")) - 1, len(starts) - 1):
            if starts[i] >= end:
                break
            try:
                group = read_groups([Part(self._path, self._footer, range(i, i + 1))], self._columns)
            except DamagedFile:
                self._lose(int(starts[i]), int(starts[i + 1]))
                continue
            skip = max(0, start - int(starts[i]))
            parts.append(group.slice(skip, min(end, int(starts[i + 1])) - int(starts[i]) - skip))
        return pa.concat_tables(parts)

    def _lose(self, start: int, end: int) -> None:
        hit = (each for each in self._footer.entries if each.offset < end and start < each.offset + each.rows)
        self.lost |= {(each.contract_id, each.exchange) for each in hit}


def _portions(new: _Fresh, sources: Sequence[_Source], without: Route | None) -> Iterator[list[Route]]:
    """All contracts in order, so many at a time as are read together."""
    counts = new.counts
    for source in sources:
        for route, count in zip(source.routes, source.counts, strict=True):
            counts[route] += count
    portion, total = list[Route](), 0
    for route in sorted(counts):
        if portion and total + counts[route] > _CHUNK_ROWS:
            yield portion
            portion, total = [], 0
        portion.append(route)
        total += counts[route]
    if portion and portion != [without]:
        yield portion


def _settled_bars(stored: Sequence[pa.Table], fresh: pa.Table) -> pa.Table:
    if not stored and distinct_bars(grouped(fresh)):
        return fresh
    known = stored[0] if len(stored) == 1 else None
    if known is None:
        known = _in_order(pa.concat_tables([fresh.slice(0, 0), *stored]), "version")
    return settle_bars(known, fresh) if fresh.num_rows else known


def _one_view(ticks: pa.Table) -> bool:
    """Whether these ticks of a day come from one answer that saw each second whole: all of them stay."""
    recording = ints(ticks, "recording")
    return bool((recording == recording[0]).all() and (ticks["seen"].to_numpy() >= WHOLE).all())


def _in_order(rows: pa.Table, *last: str) -> pa.Table:
    """By contract, time and then the columns `last`."""
    codes, times = coded(rows).codes, ints(rows, "time")
    step = np.diff(times)
    step[np.diff(codes) > 0] = 1
    if (np.diff(codes) >= 0).all() and (step > 0).all():
        return rows
    keys = [rows[name].to_numpy() for name in reversed(last)]
    return rows.take(pa.array(np.lexsort([*keys, times, codes])))


def _left_out(table: pa.Table, route: Route) -> pa.Table:
    codes, routes = coded(table)
    if route not in routes:
        return table
    return table.filter(pa.array(codes != routes.index(route)))
