"""What a store holds at one moment: the files that its manifest lists, and the rows of its log.

Rows are in the log until a manifest lists the files that have them, and then no longer; `look` gives both as
of one moment, in the process that writes and in others. A damaged file is reported once and passed over when
reading.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np
import pyarrow as pa

from data_processing.cache import Cache
from data_processing.contracts import Route
from data_processing.tail import Tail
from data_storage import manifest as manifests
from data_storage import row_groups
from data_storage.errors import DamagedFile
from data_storage.file_index import Entry, Footer
from data_storage.layout import FOREVER, BarSeries, Series, series_in
from data_storage.log.errors import SegmentGone
from data_storage.log.frames import Batches
from data_storage.log.reader import LogReader
from data_storage.log.segments import Damage as LogDamage
from data_storage.log.segments import Position
from data_storage.manifest import Manifest, StoreFile
from data_storage.row_groups import Part
from data_storage.tables import stored_schema
from market.bar_size import BarSize
from market.source import Source
from market.times import SECOND, iso

LOG = "log"
Report = Callable[[str], None]
_FOOTERS, _RECENT_BYTES = 1_024, 128 * 1024**2
T = TypeVar("T")


class Damage(msgspec.Struct, frozen=True):
    """A file that could not be read; what it held lay in [start, end), as far as anything still tells."""

    path: Path
    series: Series
    start: int
    end: int

    @property
    def held(self) -> str:
        """The span in words."""
        everything = (self.start, self.end) == FOREVER
        return "everything" if everything else f"{iso(self.start)} .. {iso(self.end)}"


class Look(NamedTuple):
    """What there is of a section at one moment: files in the order of their periods, and rows of the log."""

    files: Sequence[StoreFile]
    tail: Sequence[pa.Table]


class Shelf:
    """The store in `root`, all of `source`; `report` gets one line for each problem met.

    `writer`: nobody else changes the store, so nothing is looked up again; rows come by `add`, files by
    `adopt`.
    """

    def __init__(
        self, root: Path, source: Source, manifest: Manifest, report: Report, *, writer: bool
    ) -> None:
        self.root = root
        self.source = source.name
        self._whose = source
        self._report = report
        self._writer = writer
        self._reported = set[str]()
        self._lock = threading.RLock()
        self._tail = Tail(root / LOG)
        self._footers = Cache[Footer](_FOOTERS)
        self._recent = Cache[pa.Table](_RECENT_BYTES, lambda table: int(table.nbytes))
        self._mark: tuple[int, int] | None = None
        self.damaged = dict[tuple[Path, Series], Damage]()
        self.adopt(manifest)
        self._reader = LogReader(root / LOG, self._damaged_log, manifest.log)
        if writer:
            self._read_log()
            self._reader.close()

    # -- what there is

    def adopt(self, manifest: Manifest) -> None:
        """From now on these are the files; what they have from the log leaves the tail."""
        sections = defaultdict[str, list[StoreFile]](list)
        for file in sorted(manifest.files, key=lambda each: (each.section, each.span[0])):
            sections[file.section].append(file)
        with self._lock:
            self.manifest = manifest
            self._sections = sections
            self._tail.drop(manifest.log.segment)

    def add(self, segment: int, batches: Batches) -> None:
        """Rows that were appended to the log."""
        with self._lock:
            self._tail.add(segment, batches)

    def follow(self, position: Position) -> None:
        """Somebody else may write from now on; the rows of the log up to `position` are known."""
        with self._lock:
            self._writer = False
            self._reader = LogReader(self.root / LOG, self._damaged_log, position)

    @property
    def waiting(self) -> int:
        """Rows that only the log has."""
        with self._lock:
            return self._tail.rows

    def sections(self) -> list[str]:
        """Every section that has rows."""
        with self._current():
            return sorted(
                {*(name for name, files in self._sections.items() if files), *self._tail.sections()}
            )

    def look(self, section: str, route: Route | None = None) -> Look:
        """The files of a section and what the log has of it, of all contracts or of one."""
        with self._current():
            parts = [self._tail.all_of(section)] if route is None else self._tail.of(section, route)
            return Look(self._sections.get(section, []), [each for each in parts if each.num_rows])

    def look_between(self, section: str, start: int, end: int) -> Look:
        """As `look`, with the rows of the log that lie in [start, end), of all contracts."""
        with self._current():
            return Look(self._sections.get(section, []), [self._tail.between(section, start, end)])

    def before(self, segment: int) -> dict[str, pa.Table]:
        """The rows of the log by section, as far as they lie before a segment."""
        with self._lock:
            return {name: self._tail.all_of(name, segment) for name in sorted(self._tail.sections())}

    def routes(self, section: str) -> list[Route]:
        """The contracts of a section, as far as its files can be read."""

        def read() -> set[Route]:
            with self._current():
                files, found = list(self._sections.get(section, [])), self._tail.routes(section)
            for file in files:
                if (footer := self.told_footer(file)) is not None:
                    found |= set(footer.of)
            return found

        return sorted(self.steady(read))

    def steady(self, read: Callable[[], T]) -> T:
        """The answer of `read`, once no file that it wanted was replaced meanwhile."""
        while True:
            seen = self.manifest
            try:
                return read()
            except FileNotFoundError:
                self.refresh()
                if self.manifest is seen:
                    raise

    def refresh(self) -> None:
        """Take notice of what another process wrote."""
        with self._current():
            pass

    @contextmanager
    def _current(self) -> Iterator[None]:
        with self._lock:
            while not self._writer and not self._is_settled():
                pass
            yield

    def _is_settled(self) -> bool:
        """Take notice of what came; whether it is of one moment."""
        with manifests.usable(self.root):
            mark = manifests.mark(self.root)
        if mark != self._mark:
            self.renew()
            self._mark = mark
        self._read_log()
        # Segments go only after a new manifest came, so what was read belongs to the one we have.
        return manifests.mark(self.root) == self._mark

    def renew(self) -> None:
        """Go by the manifest as it is on the disk now."""
        manifest = manifests.load(self.root, self._whose)
        self.adopt(manifest)
        self._reader.seek(manifest.log)

    def _read_log(self) -> None:
        try:
            for frame in self._reader.read_new():
                self._tail.add(frame.start.segment, frame.batches)
        except SegmentGone as gone:
            if manifests.load(self.root, self._whose).log > self.manifest.log:
                return  # the manifest is replaced, as the next look at it tells
            self.report(str(gone))
            self._reader.seek(gone.oldest)

    # -- files

    def footer(self, file: StoreFile) -> Footer:
        """What the end of a file tells; raise `DamagedFile`, and `FileNotFoundError` for one that is gone."""
        known = self._footers.get(file.path)
        if known is None:
            known = row_groups.footer(self.root / file.path, self.source, file.section)
            self._footers.put(file.path, known)
        return known

    def told_footer(self, file: StoreFile) -> Footer | None:
        """As `footer`; of one that cannot be read that is reported, and there is nothing.

        Raise `FileNotFoundError` when the file was replaced.
        """
        try:
            return self.footer(file)
        except FileNotFoundError:
            if not self._is_listed(file):
                raise
            error = self._missing(file)
        except DamagedFile as damage:
            error = damage
        path, end = self.root / file.path, file.last + _width(series_in(file.section, 0, "-"))
        self.report(f"{error}; it held {iso(file.first)} .. {iso(end)}", once=f"damaged {path}")
        return None

    def read(
        self,
        files: Sequence[StoreFile],
        series: Series,
        start: int,
        end: int,
        columns: Sequence[str],
        *,
        encoded: bool = False,
    ) -> list[pa.Table]:
        """The rows of a contract in files that lie in [start, end), in the order of the files.

        The `time` is among the `columns`; words may be `encoded`, but for files that are kept. What is in a
        damaged file is reported and left out; `FileNotFoundError` when one was replaced.
        """
        read = partial(self._read, series, start, end, columns, encoded)
        try:
            return read(files)
        except (DamagedFile, FileNotFoundError):
            # Read one by one they tell which of them it is.
            each = (self._told(file, series, partial(read, [file])) for file in files)
            return [part for parts in each for part in parts or ()]

    def _read(
        self,
        series: Series,
        start: int,
        end: int,
        columns: Sequence[str],
        encoded: bool,
        files: Sequence[StoreFile],
    ) -> list[pa.Table]:
        found, wanted = list[pa.Table](), list[tuple[Part, Entry]]()
        for file in files:
            footer = self.footer(file)
            entry = footer.of.get((series.contract_id, series.exchange))
            if entry is None or entry.last < start or entry.first >= end:
                continue
            whole = self._recent.get(file.path)
            if whole is None:
                part = Part(self.root / file.path, footer, footer.groups_of(entry, start, end))
                wanted.append((part, entry))
                continue
            found += row_groups.read_entries(wanted, start, end, columns, encoded=encoded)
            found.append(whole.select(columns).slice(*row_groups.place(whole, 0, entry, start, end)))
            wanted = []
        return found + row_groups.read_entries(wanted, start, end, columns, encoded=encoded)

    def keep(self, file: StoreFile) -> None:
        """Have a file of a recent day in memory: what is read of it next needs no decoding."""
        if self._recent.get(file.path) is None:
            with suppress(DamagedFile, FileNotFoundError):
                footer = self.footer(file)
                names = stored_schema(file.section).names
                table = row_groups.read_groups([Part(self.root / file.path, footer, footer.groups)], names)
                self._recent.put(file.path, table.combine_chunks())

    def read_across(self, file: StoreFile, start: int, end: int) -> Iterator[pa.Table]:
        """The rows of all contracts in a file, at least those of [start, end), some contracts at a time.

        Damage costs the row groups that it hit, and is reported.
        """
        try:
            footer = self.footer(file)
        except FileNotFoundError:
            if not self._is_listed(file):
                raise
            return self._note_all(file, [], self._missing(file))
        except DamagedFile as error:
            return self._note_all(file, [], error)
        if (whole := self._recent.get(file.path)) is not None:
            yield whole
            return None
        columns = stored_schema(file.section).names
        for i in np.flatnonzero((footer.first < end) & (footer.last >= start)).tolist():
            try:
                part = Part(self.root / file.path, footer, range(i, i + 1))
                yield row_groups.read_groups([part], columns)
            except DamagedFile as error:
                begin, until = footer.starts[i], footer.starts[i + 1]
                hit = [e for e in footer.entries if e.offset < until and begin < e.offset + e.rows]
                self._note_all(file, hit, error)
        return None

    def _note_all(self, file: StoreFile, entries: Sequence[Entry], error: DamagedFile) -> None:
        for each in entries:
            self.note(file, series_in(file.section, each.contract_id, each.exchange), error)
        self.report(f"{error}", once=f"damaged {self.root / file.path}")

    def entry(self, file: StoreFile, series: Series) -> Entry | None:
        """What the footer of a file says of a contract; damage as in `read`."""
        route = series.contract_id, series.exchange
        return self._told(file, series, lambda: self.footer(file).of.get(route))

    def _told(self, file: StoreFile, series: Series, read: Callable[[], T | None]) -> T | None:
        """What `read` gives; where the file is damaged that is reported, and there is nothing."""
        try:
            return read()
        except FileNotFoundError:
            if (self.root / file.path).exists() or not self._is_listed(file):
                raise
            self.note(file, series, self._missing(file))
        except DamagedFile as error:
            self.note(file, series, error)
        return None

    # -- what is wrong

    def report(self, line: str, once: str = "") -> None:
        """Say something once; `once` names what it is about when the words may vary."""
        if (once or line) not in self._reported:
            self._reported.add(once or line)
            self._report(line)

    def note(self, file: StoreFile, series: Series, error: DamagedFile) -> Damage:
        """Remember and report a damaged file."""
        path = self.root / file.path
        if (path, series) not in self.damaged:
            self.damaged[path, series] = Damage(path, series, *self.extent(file, series))
        damage = self.damaged[path, series]
        self.report(f"{error}; it held {damage.held}", once=f"damaged {path}")
        return damage

    def broken(self, series: Series, start: int, end: int) -> list[StoreFile]:
        """The files of a range that are known not to be readable for a series."""
        files = self.look(series.section, (series.contract_id, series.exchange)).files
        met = [file for file in files if file.span[0] < end and start < file.span[1]]
        return [file for file in met if self.is_damaged(file, series)]

    def is_damaged(self, file: StoreFile, series: Series) -> bool:
        """Whether a file was met that could not be read for a series."""
        return (self.root / file.path, series) in self.damaged

    def extent(self, file: StoreFile, series: Series) -> tuple[int, int]:
        """The range of what a damaged file held of a series: by its index, else by the manifest."""
        footer = self._quiet_footer(file)
        entry = footer.of.get((series.contract_id, series.exchange)) if footer else None
        first, last = (entry.first, entry.last) if entry else (file.first, file.last)
        return first, last + _width(series)

    def _quiet_footer(self, file: StoreFile) -> Footer | None:
        with suppress(DamagedFile, FileNotFoundError):
            return self.footer(file)
        return None

    def _is_listed(self, file: StoreFile) -> bool:
        self.refresh()
        return file in self._sections.get(file.section, [])

    def _missing(self, file: StoreFile) -> DamagedFile:
        return DamagedFile(f"{self.root / file.path} is missing; restore it or fetch that time again")

    def _damaged_log(self, damage: LogDamage) -> None:
        self.report(str(damage))


def recovery(series: Series, start: int, end: int) -> str:
    """How to get back what a damaged file held of [start, end)."""
    where = f"{series.contract_id}@{series.exchange}"
    if not isinstance(series, BarSeries):
        return (
            f"the {series.kind} ticks of {where}, {iso(start)} .. {iso(end)}, are lost unless it is restored"
        )
    kind = f"--bar-size {series.size} --what {series.what} --hours {series.hours}"
    return f"get back what it held with: backfill {where} {kind} --start {iso(start)} --end {iso(end)}"


def _width(series: Series) -> int:
    return BarSize.parse(series.size).nanoseconds if isinstance(series, BarSeries) else SECOND
