"""The time-series store: ticks appended, bars upserted, ranges read back, all of one source.

How forms of a bar are ranked is in `data_processing.bar_merge`, how views of a second are in
`data_processing.tick_merge`, how it all lies on disk in ``docs/store.md``. One program writes at a time, any
number read meanwhile; within the writing program every method may be called from any thread.
"""

import logging
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal

import msgspec
import pyarrow as pa

from data_processing import coverage, known_instruments
from data_processing.bar_forms import UpsertReport
from data_processing.bar_store import BarStore
from data_processing.given_tables import given_bars
from data_processing.inventory import Inventory, SeriesInfo
from data_processing.migration import migrate, tidy
from data_processing.reading import Readings
from data_processing.recordings import Recordings
from data_processing.retention import Answers, old_files
from data_processing.shelf import LOG, Damage, Look, Report, Shelf
from data_processing.stretches import gap_of, span_of
from data_processing.tick_store import TickStore
from data_processing.writing import Writing
from data_storage import manifest as manifests
from data_storage.disk import FreeSpace, check_disk, free_space
from data_storage.errors import ReadOnlyStore
from data_storage.file_index import Footer
from data_storage.layout import FOREVER, BarSeries, Series, TickSeries
from data_storage.ledger import Key, Ledger, Span
from data_storage.lock import Owner, WriterLock, keeping, removing
from data_storage.log.repair import repair
from data_storage.log.writer import Sync
from data_storage.manifest import StoreFile
from market.bar_size import BarSize
from market.clock import Clock, RealClock
from market.events import Bar, Gap, Hours, Tick, TickType
from market.instrument import Instrument
from market.source import Source
from market.times import iso

log = logging.getLogger("truetick.store")


class TimeseriesDB(Readings):
    """Open it with `TimeseriesDB.open`, close it or use it in a `with` block.

    All times are UTC nanoseconds and all ranges [start, end). Methods that write raise `ReadOnlyStore` unless
    the store was opened with `write=True`, `LowDisk` before the disk is full, and `OSError` or `NotAppended`
    as the disk gives it; what was stored before stays as it was.
    """

    def __init__(self, shelf: Shelf, writer: Writing | None, clock: Clock) -> None:
        self._recordings = writer.recordings if writer else Recordings(lambda: 0)
        self._bar_store = BarStore(shelf, self._append)
        self._tick_store = TickStore(shelf, self._recordings, self._append)
        super().__init__(shelf, self._bar_store, self._tick_store)
        self.folder = shelf.root
        self._writer = writer
        self._clock = clock
        self._closing = threading.Lock()
        self._ledger = Ledger(shelf.root)
        self._answers = Answers(shelf, self._ledger)
        self._inventory = Inventory(shelf, self._bar_store, self._tick_store)

    @classmethod
    def open(
        cls,
        data_dir: Path | str,
        source: Source,
        *,
        write: bool = False,
        sync: Sync = "group",
        clock: Clock | None = None,
        report: Report = log.warning,
        free: FreeSpace = free_space,
    ) -> "TimeseriesDB":
        """Open the store of `source` below `data_dir`; `report` gets a line for each damaged file,
        and for low disk space, on whichever thread met it.

        With `write` it is made when missing; `sync` says what survives a power cut, see
        `data_storage.log.writer`. Raise `NoStore`, `WrongSource`, `WrongSchema`, `StoreBusy`,
        `UnusableFolder` or `LowDisk`.
        """
        folder, clock = Path(data_dir) / source.name, clock or RealClock()
        if not write:
            manifest = manifests.load(folder, source)
            return cls(Shelf(folder, source, manifest, report, writer=False), None, clock)
        old = manifests.prepare(folder, source)
        check_disk(folder, 0, free)
        now = clock.now()
        with manifests.usable(folder):
            lock = WriterLock(folder, Owner(os.getpid(), Path(sys.argv[0]).name or "python", iso(now)))
        try:
            if old:
                migrate(folder, source, now, report, free)
            manifest = manifests.begin(folder, source, now)
            return cls(*_taken_over(folder, source, manifest, lock, sync, report, free), clock)
        except BaseException:
            lock.release()
            raise

    @property
    def source(self) -> str:
        """The name of the source whose data this is."""
        return self._shelf.source

    def __enter__(self) -> "TimeseriesDB":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Bring what was added into files and let the next writer in; calling it twice is harmless."""
        with self._closing:
            writer, self._writer = self._writer, None
            if writer is not None:
                writer.close()

    # -- adding

    def upsert_bars(self, bars: Sequence[Bar]) -> UpsertReport:
        """Settle bars of any series, in any order, into the store; bars it knows already change no byte."""
        with self._writing():
            return self._bar_store.upsert(bars)

    def upsert_bar_table(self, size: str, what: str, hours: Hours, table: pa.Table) -> UpsertReport:
        """As `upsert_bars`, for bars of one size, kind and hours as a table.

        Columns: `contract_id`, `exchange` and those of `data_storage.tables.BARS`, of which only `time` and
        the prices are needed; see `data_processing.given_tables`. Raise `BadRequest` for anything else.
        """
        with self._writing():
            section = BarSeries(0, "-", BarSize.parse(size).name, what, hours).section
            return self._bar_store.upsert_tables({section: given_bars(table, self._clock.now()).complete()})

    def load_bars(self, size: str, what: str, hours: Hours, table: pa.Table) -> None:
        """As `upsert_bar_table` for millions of rows: they go straight to sorted, synced files."""
        section = BarSeries(0, "-", BarSize.parse(size).name, what, hours).section
        given = given_bars(table, self._clock.now())
        with self._rewriting() as writer:
            writer.compaction.load(section, given)

    def append_ticks(self, ticks: Sequence[Tick]) -> None:
        """Store ticks in the order they came; raise `BadRequest` for ticks of a market-data line (`l1`).

        Live ticks go on with the recording that this opening began; historical ones must be whole seconds, as
        one answer gave them. All of them are stored or none.
        """
        with self._writing():
            self._tick_store.append(ticks)

    def append_tick_table(self, kind: TickType, table: pa.Table) -> None:
        """As `append_ticks`, for ticks of one kind and one source as a table.

        Columns: `contract_id`, `exchange`, `time`, the fields of the event, and where they differ from a live
        tick-by-tick stream's `data_type`, `source` and `received`. Their order is the order they came in.
        Raise `BadRequest` for anything else.
        """
        with self._writing():
            self._tick_store.append_table(kind, table, self._clock.now())

    def load_ticks(self, kind: TickType, table: pa.Table) -> None:
        """As `append_tick_table` for millions of rows of whole seconds: they go straight to sorted, synced
        files. Without a `source` they are historical."""
        with self._writing():
            given = self._tick_store.whole(kind, table, self._clock.now())
        with self._rewriting() as writer:
            writer.compaction.load(f"ticks/{kind}", given)

    def fill_ticks(self, ticks: Sequence[Tick]) -> None:
        """Store historical ticks of a hole; they take the place of whatever was seen of their seconds."""
        with self._writing():
            self._tick_store.append(ticks, filling=True)

    def cut(self, contract_id: int | None = None, kind: TickType | None = None) -> None:
        """Live streams broke: all, those of a contract, or one kind of it; the next tick joins anew."""
        with self._writing():
            self._recordings.cut(lambda s: contract_id in (None, s.contract_id) and kind in (None, s.kind))

    def join(self, contract_id: int, exchange: str, kind: TickType, time: int) -> None:
        """A live stream begins, of which everything after the second of `time` comes."""
        with self._writing():
            self._recordings.join(TickSeries(contract_id, exchange, kind), time)

    def sync(self) -> None:
        """Return when all that was added survives a power cut."""
        with self._writing() as writer:
            log = writer.log
        log.sync()

    def compact(self) -> None:
        """Bring all that the log has into files, now."""
        with self._rewriting() as writer:
            writer.compaction.compact()

    # -- what was wanted, see `data_storage.ledger`

    def spans(self) -> list[Span]:
        """What became of every stretch of time of what was wanted, by stream and start."""
        return self._ledger.spans()

    def put_spans(self, spans: Iterable[Span], gone: Iterable[Key] = ()) -> None:
        """Write stretches in place of those of the same stream and start, remove `gone` ones: all or none."""
        with self._writing() as writer:
            writer.log.sync()
            self._ledger.put(spans, gone)

    def put_gap(self, gap: Gap) -> None:
        """Note what nobody has, and why."""
        self.put_spans([span_of(gap)])

    def gaps(self, start: int = FOREVER[0], end: int = FOREVER[1]) -> list[Gap]:
        """What nobody has of [start, end), by contract and kind; one that goes on ends at `FOREVER`."""
        found = [each for each in self.spans() if each.state == "gap" and each.overlaps(start, end)]
        return [gap_of(each) for each in found]

    @property
    def alive(self) -> int | None:
        """Until when a writer is known to have stored all that came."""
        return self._ledger.alive

    def note_alive(self, time: int) -> None:
        """Say that up to `time` all that came is stored."""
        with self._writing() as writer:
            writer.log.sync()
            self._ledger.note_alive(time)

    # -- instruments

    def put_instruments(self, instruments: Sequence[Instrument]) -> None:
        """Remember what is known of contracts, in place of what was known before."""
        with self._writing():
            old = self._shelf.manifest
            known = {(each.contract_id, each.exchange): each for each in (*old.instruments, *instruments)}
            new = msgspec.structs.replace(old, instruments=tuple(known[key] for key in sorted(known)))
            if new != old:
                manifests.save(self.folder, new)
                self._shelf.adopt(new)

    def instruments(self) -> Sequence[Instrument]:
        """All that were put, by contract id and exchange."""
        self._shelf.refresh()
        return self._shelf.manifest.instruments

    def find_instrument(self, text: str) -> Instrument:
        """The one meant by a name as every command takes it: ``AAPL``, ``265598``, ``EURUSD``, ``RHM@IBIS``.

        Raise `ContractNotFound` or `AmbiguousContract` with the candidates.
        """
        return known_instruments.find(self.instruments(), text, self.source)

    # -- the whole

    def inventory(self) -> list[SeriesInfo]:
        """What is stored, a line per series."""
        return self._inventory.take()

    def series(self) -> list[Series]:
        """Every series that has rows, as far as files can be read."""
        return self._inventory.series()

    def unreadable(self) -> list[StoreFile]:
        """The files that are gone, cut short or do not say what they hold; each is reported."""
        return self._inventory.unreadable()

    def files(self) -> Sequence[StoreFile]:
        """Every file of rows: path in the store, size, SHA-256 checksum. None of them ever changes."""
        self._shelf.refresh()
        return self._shelf.manifest.files

    def sections(self) -> list[str]:
        """The parts of the store that have rows, see `series.section`."""
        return self._shelf.sections()

    def look(self, section: str) -> Look:
        """The files of a section and the rows that only the log has: of one moment."""
        return self._shelf.look(section)

    def footer(self, file: StoreFile) -> Footer:
        """Which contracts a file holds, and where; raise `DamagedFile`, or `FileNotFoundError`."""
        return self._shelf.footer(file)

    def frozen(self) -> AbstractContextManager[None]:
        """A block during which no file goes away, nor any of the log, whoever writes."""
        return keeping(self.folder)

    @property
    def damaged(self) -> list[Damage]:
        """The damaged files that were met since the opening; each was reported."""
        return list(self._shelf.damaged.values())

    def quarantined(self) -> list[Path]:
        """The damaged files that were moved away and are kept."""
        return sorted(path for path in (self.folder / "quarantine").rglob("*") if path.is_file())

    def delete(self, series: Series) -> int:
        """Remove a series; the answer is the number of bytes freed. A live stream of it joins anew."""
        with self._writing():
            self._recordings.cut(lambda each: each == series)
        with self._rewriting() as writer:
            return writer.retention.delete(series)

    def old_files(self, kind: Literal["bars", "ticks"], before: int) -> list[Path]:
        """The files that hold nothing at or after `before`, which `prune` removes."""
        return [self.folder / file.path for file in old_files(self._shelf, kind, before)]

    def prune(self, kind: Literal["bars", "ticks"], before: int) -> int:
        """Remove the files that hold nothing at or after `before`; the answer is the bytes freed."""
        with self._rewriting() as writer:
            return writer.retention.prune(kind, before)

    def answered(
        self, series: Series, start: int = FOREVER[0], end: int = FOREVER[1]
    ) -> list[coverage.Range]:
        """What of [start, end) history has answered for good, empty answers included, and is readable.

        Every file of the range is read.
        """
        return self._answers.of(series, start, end)

    def mark_answered(self, series: Series, start: int, end: int) -> None:
        """Note that what history has of [start, end) is stored; it is made safe before that is said."""
        if broken := self._shelf.broken(series, start, end):
            with self._rewriting() as writer:
                writer.compaction.compact(broken)
        with self._writing() as writer:
            writer.log.sync()
            self._answers.mark(series, start, end)

    def forget_answered(self, series: Series) -> None:
        """Begin the ledger of a series anew: everything will be asked for again."""
        with self._writing():
            self._answers.forget(series)

    def _append(self, tables: Sequence[tuple[str, pa.Table]]) -> None:
        with self._writing() as writer:
            writer.append(tables)

    @contextmanager
    def _writing(self) -> Iterator[Writing]:
        """The right to add."""
        writer = self._right()
        with writer.turn:
            yield writer

    @contextmanager
    def _rewriting(self) -> Iterator[Writing]:
        """The right to change files; others add meanwhile, so the right to add is not held."""
        writer = self._right()
        try:
            yield writer
        finally:
            # Also when it failed: what failed may be the clearing away after the change.
            with writer.turn:
                self._bar_store.forget()

    def _right(self) -> Writing:
        if self._writer is None:
            raise ReadOnlyStore(f"{self.folder} is open for reading only, or closed; open it with write=True")
        return self._writer


def _taken_over(
    folder: Path,
    source: Source,
    manifest: manifests.Manifest,
    lock: WriterLock,
    sync: Sync,
    report: Report,
    free: FreeSpace,
) -> tuple[Shelf, Writing]:
    """Put in order what the last writer left, and begin to write."""
    with removing(folder) as allowed:
        for path in manifests.sweep(folder, manifest) if allowed else ():
            report(f"{path} is newer than the manifest, which is an old copy then; it is not read")
    tidy(folder)
    told = list[str]()
    repair(folder / LOG, lambda damage: told.append(str(damage)))
    shelf = Shelf(folder, source, manifest, report, writer=True)
    # What the reader met is told already, and once is enough.
    for line in told:
        shelf.report(line)
    return shelf, Writing(shelf, lock, sync, free)
