"""The rows of the log that no file has yet, in memory and ready to be read by contract.

They are kept in runs sorted by contract, which grow by merging some of like length, so that a reader of one
contract looks at few places and nothing is sorted often.
"""

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from data_processing.contracts import Grouped, Route, grouped
from data_storage.columns import column, ints
from data_storage.log.frames import Rows
from data_storage.tables import stored_schema

# A longer run is not merged on: sorting it would keep a reader waiting.
_RUN_ROWS = 65_536
_MERGED = 4
# So many appends of a few rows are kept as they came.
_FEW = 256


class Tail:
    """Not for several threads at once: whoever holds it has a lock."""

    def __init__(self) -> None:
        self._segments = dict[int, dict[str, _Runs]]()
        self.rows = 0

    def add(self, segment: int, batches: Iterable[tuple[str, pa.RecordBatch | Rows]]) -> None:
        """Rows by section, as they stand in a segment of the log."""
        sections = self._segments.setdefault(segment, {})
        for section, batch in batches:
            sections.setdefault(section, _Runs()).add(batch)
            self.rows += batch.num_rows

    def drop(self, before: int) -> None:
        """Forget the segments before that one: files have them now."""
        for segment in [each for each in self._segments if each < before]:
            gone = self._segments.pop(segment)
            self.rows -= sum(runs.rows for runs in gone.values())

    def sections(self) -> set[str]:
        """The sections that have rows here."""
        return {section for sections in self._segments.values() for section in sections}

    def of(self, section: str, route: Route) -> Sequence[pa.Table]:
        """The rows of one contract, in the order they came."""
        runs = (runs for sections in self._segments.values() if (runs := sections.get(section)))
        return [part for each in runs for part in each.of(route)]

    def all_of(self, section: str, before: int | None = None) -> pa.Table:
        """All rows of a section, those of each contract in the order they came; `before` a segment."""
        return _joined(section, (run.table for run in self._of_section(section, before)))

    def between(self, section: str, start: int, end: int) -> pa.Table:
        """As `all_of`, of [start, end)."""
        runs = (run for run in self._of_section(section) if run.first < end and start <= run.last)
        return _joined(section, (between(run.table, start, end) for run in runs))

    def _of_section(self, section: str, before: int | None = None) -> Iterator["_Run"]:
        for segment, sections in self._segments.items():
            if section in sections and (before is None or segment < before):
                yield from sections[section].settled()

    def routes(self, section: str) -> set[Route]:
        """The contracts that have rows in a section."""
        runs = (sections[section] for sections in self._segments.values() if section in sections)
        return {route for each in runs for run in each.settled() for route in run.routes}


def between(rows: pa.Table, start: int, end: int) -> pa.Table:
    """The rows of [start, end), in their order."""
    times = ints(rows, "time")
    inside = (times >= start) & (times < end)
    return rows if inside.all() else rows.filter(column(inside))


def _joined(section: str, parts: Iterable[pa.Table]) -> pa.Table:
    return pa.concat_tables([pa.Table.from_batches([], stored_schema(section)), *parts])


class _Run:
    def __init__(self, rows: Grouped) -> None:
        self.table, self.routes, self._bounds = rows
        self._number = {route: i for i, route in enumerate(self.routes)}
        times = ints(self.table, "time")
        self.first, self.last = int(times.min()), int(times.max())
        # Runs of one level differ in length fourfold at most.
        self.level = self.table.num_rows.bit_length() // 2

    def of(self, route: Route) -> pa.Table | None:
        number = self._number.get(route)
        if number is None:
            return None
        first, end = self._bounds[number], self._bounds[number + 1]
        return self.table.slice(first, end - first)


class _Runs:
    def __init__(self) -> None:
        self._few = list[Rows]()
        self._fresh = list[pa.RecordBatch]()
        self._runs = list[_Run]()
        self.rows = 0

    def add(self, batch: pa.RecordBatch | Rows) -> None:
        self.rows += batch.num_rows
        if isinstance(batch, Rows):
            self._few.append(batch)
            if len(self._few) >= _FEW:
                self._into_columns()
        else:
            self._into_columns()
            self._fresh.append(batch)

    def _into_columns(self) -> None:
        """Make columns of what came in rows: of many together, since one by one it costs too much."""
        if self._few:
            values = [each for rows in self._few for each in rows.values]
            self._fresh.append(Rows(self._few[0].schema, values).batch())
            self._few = []

    def of(self, route: Route) -> list[pa.Table]:
        return [part for run in self.settled() if (part := run.of(route)) is not None]

    def settled(self) -> Sequence[_Run]:
        """All rows as runs, of each level fewer than so many as are merged."""
        self._into_columns()
        if self._fresh:
            self._runs.append(_run([pa.Table.from_batches(self._fresh)]))
            self._fresh = []
            while len(alike := self._alike()) >= _MERGED:
                del self._runs[-len(alike) :]
                self._runs.append(_run([each.table for each in alike]))
        return self._runs

    def _alike(self) -> list[_Run]:
        """The last runs, as far as none is longer than like the last and all are no longer than runs get."""
        first, rows = len(self._runs), 0
        while first and self._runs[first - 1].level <= self._runs[-1].level:
            rows += self._runs[first - 1].table.num_rows
            if rows > _RUN_ROWS:
                break
            first -= 1
        return self._runs[first:]


def _run(parts: Sequence[pa.Table]) -> _Run:
    return _Run(grouped(pa.concat_tables(parts).combine_chunks()))
