"""The time-series store: ticks appended, bars upserted, ranges read back, all of one source.

How forms of a bar are ranked is in `data_processing.bar_merge`, how views of a second are in
`data_processing.tick_merge`. One program writes at a time, any number read meanwhile; within the writing
program every method may be called from any thread.
"""

import logging
import os
import shutil
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute

from data_processing import coverage, known_instruments
from data_processing.bar_merge import UpsertReport
from data_processing.bar_store import BarStore
from data_processing.inventory import SeriesInfo, take_stock
from data_processing.shelf import Damage, Found, Report, Shelf
from data_processing.stretches import belongs, gap_of, span_of
from data_processing.tick_store import TickStore
from data_storage import manifest as manifests
from data_storage.disk import FreeSpace, check_disk, free_space
from data_storage.errors import ReadOnlyStore
from data_storage.layout import FOREVER, BarSeries, Series, TickSeries
from data_storage.ledger import Key, Ledger, Span
from data_storage.lock import Owner, WriterLock
from data_storage.tables import WHOLE
from market.bar_size import BarSize
from market.clock import Clock, RealClock
from market.errors import BadRequest
from market.events import Bar, Gap, Hours, Tick, TickType
from market.instrument import Instrument
from market.source import Source
from market.times import iso

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger("truetick.store")

Known = Literal["latest", "first", "all"]
FRAME_COLUMNS = ["open", "high", "low", "close", "volume", "average", "count", "final"]
# A writer numbers its recordings and parts from `writers * this`, so that numbers only ever rise.
_NUMBERS_PER_WRITER = 10**9


class TimeseriesDB:
    """Open it with `TimeseriesDB.open`, close it or use it in a `with` block.

    All times are UTC nanoseconds and all ranges [start, end). Methods that write raise `ReadOnlyStore` unless
    the store was opened with `write=True`, `LowDisk` before the disk is full, and `OSError` as the disk
    gives it; what was stored before stays as it was.
    """

    def __init__(
        self, folder: Path, manifest: manifests.Manifest, lock: WriterLock | None, shelf: Shelf
    ) -> None:
        self.folder = folder
        self._manifest = manifest
        self._writer = lock
        self._shelf = shelf
        # Writes take turns; reads need none of it, since every file is replaced whole.
        self._lock = threading.RLock()
        self._count = manifest.writers * _NUMBERS_PER_WRITER
        self._bars = BarStore(shelf)
        self._ticks = TickStore(shelf, self._number)
        self._ledger = Ledger(folder)

    @classmethod
    def open(
        cls,
        data_dir: Path,
        source: Source,
        *,
        write: bool = False,
        clock: Clock | None = None,
        report: Report = log.warning,
        free: FreeSpace = free_space,
    ) -> "TimeseriesDB":
        """Open the store of `source` below `data_dir`; `report` gets a line for each damaged file,
        and for low disk space, on whichever thread met it.

        With `write` it is made when missing. Raise `NoStore`, `WrongSource`, `WrongSchema`, `StoreBusy`,
        `UnusableFolder` or `LowDisk`.
        """
        folder = data_dir / source.name
        shelf = Shelf(folder, source.name, report, free)
        if not write:
            return cls(folder, manifests.load(folder, source), None, shelf)
        manifests.prepare(folder, source)
        check_disk(folder, 0, free)
        now = (clock or RealClock()).now()
        with manifests.usable(folder):
            lock = WriterLock(folder, Owner(os.getpid(), Path(sys.argv[0]).name or "python", iso(now)))
        try:
            return cls(folder, manifests.begin(folder, source, now), lock, shelf)
        except BaseException:
            lock.release()
            raise

    @property
    def source(self) -> str:
        """The name of the source whose data this is."""
        return self._manifest.source

    def __enter__(self) -> "TimeseriesDB":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Merge what was appended and let the next writer in; calling it twice is harmless."""
        with self._lock:
            if self._writer is None:
                return
            try:
                self._ticks.merge_all()
            finally:
                self._writer.release()
                self._writer = None

    # -- bars

    def upsert_bars(self, bars: Sequence[Bar]) -> UpsertReport:
        """Settle bars of any series, in any order, into the store; bars it knows already change no byte."""
        with self._writing():
            return self._bars.upsert(bars)

    def bars(
        self,
        contract_id: int,
        exchange: str,
        size: str,
        start: int,
        end: int,
        *,
        what: str = "TRADES",
        hours: Hours = "all",
        known: Known = "latest",
    ) -> pa.Table:
        """The bars that start in [start, end), as `data_storage.tables.BARS`, sorted by time.

        `known="first"` gives each final bar as it was first known, ``"all"`` every version of it.
        """
        _check_range(start, end)
        series = BarSeries(contract_id, exchange, BarSize.parse(size).name, what, hours)
        return self._bars.read(series, start, end, known)

    def bars_frame(
        self,
        contract_id: int,
        exchange: str,
        size: str,
        start: int,
        end: int,
        *,
        what: str = "TRADES",
        hours: Hours = "all",
        known: Known = "latest",
    ) -> "pd.DataFrame":
        """As `bars`: index `time` (UTC, nanoseconds), columns `FRAME_COLUMNS`."""
        table = self.bars(contract_id, exchange, size, start, end, what=what, hours=hours, known=known)
        return _frame(table.select(["time", *FRAME_COLUMNS]))

    def revisions(self, series: BarSeries, start: int, end: int) -> pa.Table:
        """Every version of those final bars in [start, end) that were replaced by other values."""
        _check_range(start, end)
        table = self._bars.read(series, start, end, "all")
        revised = table.filter(pa.compute.greater(table["version"], 0))["time"]
        return table.filter(pa.compute.is_in(table["time"], value_set=revised.combine_chunks()))

    # -- ticks

    def append_ticks(self, ticks: Sequence[Tick]) -> None:
        """Store ticks in the order they came; raise `BadRequest` for ticks of a market-data line (`l1`).

        Live ticks go on with the recording that this opening began; historical ones must be whole seconds, as
        one answer gave them. Ticks of one series, UTC day and source are stored together or not at all.
        """
        with self._writing():
            self._ticks.append(ticks)

    def cut(self, contract_id: int | None = None, kind: TickType | None = None) -> None:
        """Live streams broke: all, those of a contract, or one kind of it; the next tick joins anew."""
        with self._writing():
            self._ticks.cut(lambda s: contract_id in (None, s.contract_id) and kind in (None, s.kind))

    def join(self, contract_id: int, exchange: str, kind: TickType, time: int) -> None:
        """A live stream begins, of which everything after the second of `time` comes."""
        with self._writing():
            self._ticks.join(TickSeries(contract_id, exchange, kind), time)

    def fill_ticks(self, ticks: Sequence[Tick]) -> None:
        """Store historical ticks of a hole; they take the place of whatever was seen of their seconds."""
        with self._writing():
            self._ticks.append(ticks, filling=True)

    def ticks(self, contract_id: int, exchange: str, kind: TickType, start: int, end: int) -> pa.Table:
        """The ticks of [start, end), sorted by time and by order of arrival within it.

        Columns: the key (`time`, `ordinal`, `data_type`), `source`, `whole` (was all of its second seen),
        `disputed` (do two whole views of it differ), `received`, and the fields of the event.
        """
        _check_range(start, end)
        table = self._ticks.read(TickSeries(contract_id, exchange, kind), start, end)
        whole = pa.compute.greater_equal(table["seen"], WHOLE)
        return table.set_column(table.schema.get_field_index("seen"), "whole", whole).drop_columns(
            "recording"
        )

    def ticks_frame(
        self, contract_id: int, exchange: str, kind: TickType, start: int, end: int
    ) -> "pd.DataFrame":
        """As `ticks`, with a UTC index `time` in nanoseconds."""
        return _frame(self.ticks(contract_id, exchange, kind, start, end))

    # -- what was wanted, see `data_storage.ledger`

    def spans(self) -> list[Span]:
        """What became of every stretch of time of what was wanted, by stream and start."""
        return self._ledger.spans()

    def put_spans(self, spans: Iterable[Span], gone: Iterable[Key] = ()) -> None:
        """Write stretches in place of those of the same stream and start, remove `gone` ones: all or none."""
        with self._writing():
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
        with self._writing():
            self._ledger.note_alive(time)

    # -- instruments

    def put_instruments(self, instruments: Sequence[Instrument]) -> None:
        """Remember what is known of contracts, in place of what was known before."""
        with self._writing():
            known = {(each.contract_id, each.exchange): each for each in self._manifest.instruments}
            known |= {(each.contract_id, each.exchange): each for each in instruments}
            manifest = msgspec.structs.replace(
                self._manifest, instruments=tuple(known[key] for key in sorted(known))
            )
            if manifest != self._manifest:
                manifests.save(self.folder, manifest)
                self._manifest = manifest

    def instruments(self) -> Sequence[Instrument]:
        """All that were put, by contract id and exchange."""
        return self._manifest.instruments

    def find_instrument(self, text: str) -> Instrument:
        """The one meant by a name as every command takes it: ``AAPL``, ``265598``, ``EURUSD``, ``RHM@IBIS``.

        Raise `ContractNotFound` or `AmbiguousContract` with the candidates.
        """
        return known_instruments.find(self._manifest.instruments, text, self.source)

    # -- the whole

    def inventory(self) -> list[SeriesInfo]:
        """What is stored, a line per series."""
        return take_stock(self._shelf, self._ticks)

    def series(self) -> list[Series]:
        """Every series that has files, readable or not."""
        return [each for each in self._shelf.series() if self._shelf.files(each, *FOREVER)]

    @property
    def damaged(self) -> list[Damage]:
        """The damaged files that were met since the opening; each was reported."""
        return list(self._shelf.damaged.values())

    def quarantined(self) -> list[Path]:
        """The damaged files that were moved away and are kept."""
        return sorted(path for path in (self.folder / "quarantine").rglob("*") if path.is_file())

    def delete(self, series: Series) -> int:
        """Remove a series; the answer is the number of bytes freed."""
        with self._writing():
            folder = self.folder / series.folder
            freed = sum(path.stat().st_size for path in folder.glob("*") if path.is_file())
            if folder.exists():
                shutil.rmtree(folder)
            self._forget(series, FOREVER[1])
            return freed

    def old_files(self, kind: Literal["bars", "ticks"], before: int) -> list[Path]:
        """The files that hold nothing at or after `before`, which `prune` removes."""
        found = [self._old(each, before) for each in self._shelf.series() if each.folder.startswith(kind)]
        return [each.path for files in found for each in files]

    def prune(self, kind: Literal["bars", "ticks"], before: int) -> int:
        """Remove the files that hold nothing at or after `before`; the answer is the bytes freed."""
        with self._writing():
            return sum(
                self._prune(each, before) for each in self._shelf.series() if each.folder.startswith(kind)
            )

    def answered(
        self, series: Series, start: int = FOREVER[0], end: int = FOREVER[1]
    ) -> list[coverage.Range]:
        """What of [start, end) history has answered for good, empty answers included, and is readable.

        Every file of the range is read.
        """
        ledger = coverage.load(self.folder / series.folder)
        ranges = coverage.missing(coverage.missing(ledger, start, end), start, end)
        for found in self._shelf.files(series, start, end) if ranges else []:
            if self._shelf.read(found.path, series) is None:
                ranges = coverage.without(ranges, (found.start, found.end))
        return ranges

    def mark_answered(self, series: Series, start: int, end: int) -> None:
        """Note that what history has of [start, end) is stored."""
        with self._writing():
            ranges = coverage.load(self.folder / series.folder)
            if coverage.missing(ranges, start, end):
                coverage.save(self.folder / series.folder, [*ranges, (start, end)])

    def forget_answered(self, series: Series) -> None:
        """Begin the ledger of a series anew: everything will be asked for again."""
        with self._writing():
            coverage.save(self.folder / series.folder, [])

    def _prune(self, series: Series, before: int) -> int:
        old = self._old(series, before)
        freed = sum(found.path.stat().st_size for found in old)
        if old:
            # The ledger first: it must never speak of more than there is.
            gone = (FOREVER[0], max(found.end for found in old))
            ledger = coverage.load(self.folder / series.folder)
            coverage.save(self.folder / series.folder, coverage.without(ledger, gone))
            self._forget(series, gone[1])
        for found in old:
            found.path.unlink()
        return freed

    def _forget(self, series: Series, before: int) -> None:
        """What is removed on purpose is not missed."""
        past = [each for each in self.spans() if each.end is not None and each.end <= before]
        if gone := [each.key for each in past if belongs(each, series)]:
            self._ledger.put([], gone)

    def _old(self, series: Series, before: int) -> list[Found]:
        return [found for found in self._shelf.files(series, FOREVER[0], before) if found.end <= before]

    def _number(self) -> int:
        self._count += 1
        return self._count

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            if self._writer is None:
                raise ReadOnlyStore(
                    f"{self.folder} is open for reading only, or closed; open it with write=True"
                )
            yield


def _check_range(start: int, end: int) -> None:
    if start > end:
        raise BadRequest(f"the range begins at {iso(start)} and ends before, at {iso(end)}; swap them")


def _frame(table: pa.Table) -> "pd.DataFrame":
    # Arrow keeps the unit: the index is in nanoseconds, whatever pandas takes for its default.
    frame: pd.DataFrame = table.to_pandas().set_index("time")
    return frame
