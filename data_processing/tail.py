"""The rows of the log that no file has yet, ready to be read by contract.

They are kept in runs sorted by contract, which grow by merging as they are read, so that a reader of one
contract looks at few places and nothing is sorted often. Memory holds the newest rows: a run of some size
lies in a file without a name, and the system brings in of it what is read.
"""

import mmap
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from data_processing.contracts import Grouped, Route, grouped
from data_storage.tables import stored_schema

# A longer run is not merged on: sorting it would keep a reader waiting.
_RUN_ROWS = 65_536
# A shorter run is left in memory: a file for each would cost more than it takes.
_MAPPED_ROWS = 8_192
# Each piece takes some ten kilobytes beside its rows, so short ones are joined: so many, of fewer rows each.
_JOINED, _SHORT = 64, 1_024


class Tail:
    """Not for several threads at once: whoever holds it has a lock.

    Long runs are brought to files in `folder`, where that can be; in memory without one.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._segments = dict[int, dict[str, _Runs]]()
        self.rows = 0

    def add(self, segment: int, batches: Iterable[tuple[str, pa.RecordBatch]]) -> None:
        """Rows by section, as they stand in a segment of the log."""
        if segment not in self._segments:
            self._settle()
        sections = self._segments.setdefault(segment, {})
        for section, batch in batches:
            if section not in sections:
                sections[section] = _Runs(self._folder)
            sections[section].add(batch)
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
        found = [
            run.table
            for segment, sections in self._segments.items()
            if section in sections and (before is None or segment < before)
            for run in sections[section].settled()
        ]
        return pa.concat_tables([pa.Table.from_batches([], stored_schema(section)), *found])

    def routes(self, section: str) -> set[Route]:
        """The contracts that have rows in a section."""
        runs = (sections[section] for sections in self._segments.values() if section in sections)
        return {route for each in runs for run in each.settled() for route in run.routes}

    def _settle(self) -> None:
        """Nothing more comes into the segments that there are."""
        for sections in self._segments.values():
            for runs in sections.values():
                runs.settled()


class _Run:
    def __init__(self, rows: Grouped, folder: Path | None) -> None:
        table, self.routes, self._bounds = rows
        self.table = _mapped(table, folder) if folder and table.num_rows >= _MAPPED_ROWS else table
        self._number = {route: i for i, route in enumerate(self.routes)}

    def of(self, route: Route) -> pa.Table | None:
        number = self._number.get(route)
        if number is None:
            return None
        first, end = self._bounds[number], self._bounds[number + 1]
        return self.table.slice(first, end - first)


class _Runs:
    """What is fresh becomes a run when it is read, and once there is much of it that came in short pieces."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._fresh = list[pa.RecordBatch]()
        self._short = self._joined_rows = 0
        self._runs = list[_Run]()
        self.rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self._fresh.append(batch)
        self.rows += batch.num_rows
        self._short = self._short + 1 if batch.num_rows < _SHORT else 0
        if self._short == _JOINED:
            joined = pa.concat_batches(self._fresh[-_JOINED:])
            self._fresh[-_JOINED:] = [joined]
            self._short, self._joined_rows = 0, self._joined_rows + joined.num_rows
            if self._joined_rows >= _RUN_ROWS:
                self.settled()

    def of(self, route: Route) -> list[pa.Table]:
        return [part for run in self.settled() if (part := run.of(route)) is not None]

    def settled(self) -> Sequence[_Run]:
        """All rows as runs, each at least twice as long as the one after it or as long as runs get."""
        if self._fresh:
            parts = [pa.Table.from_batches(self._fresh)]
            self._fresh, self._short, self._joined_rows = [], 0, 0
            while self._runs and self._joins(parts):
                parts.insert(0, self._runs.pop().table)
            rows = grouped(pa.concat_tables(parts).combine_chunks())
            self._runs.append(_Run(rows, self._folder))
        return self._runs

    def _joins(self, parts: Sequence[pa.Table]) -> bool:
        rows, before = sum(part.num_rows for part in parts), self._runs[-1].table.num_rows
        return bool(before <= 2 * rows and before + rows <= _RUN_ROWS)


def _mapped(table: pa.Table, folder: Path) -> pa.Table:
    """The same rows in a file without a name, which goes with the last who has them.

    They stay in memory where no file can be written: the disk may be full, or not ours to write to.
    """
    with suppress(OSError), tempfile.TemporaryFile(dir=folder) as file:
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        file.flush()
        place = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return pa.ipc.open_file(pa.py_buffer(place)).read_all()
    return table
