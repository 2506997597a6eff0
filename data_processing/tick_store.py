"""Ticks in files: appended as small parts, merged by day, read together.

Each append is one new file per series and day, so it costs the same however much is stored and a crash leaves
no torn file. Parts are merged into the day's file when there are many of them and when the store closes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pyarrow as pa

from data_processing.shelf import Shelf
from data_processing.tick_merge import fold
from data_storage.atomic import sync_folder
from data_storage.errors import LowDisk
from data_storage.layout import PART, TickSeries, stem
from data_storage.tables import FILLED, OPEN, PARTIAL, TICKS, WHOLE, kind_of, ticks_table
from market.errors import BadRequest
from market.events import Tick
from market.times import DAY, SECOND, iso

_MERGE_ABOVE = 64
# Late ticks of a recording find their place among the ticks of their second for this long.
_REMEMBERED_SECONDS = 3_600


class _Recording:
    """A live stream from join to cut: it gives each tick its ordinal and knows the second it joined in."""

    def __init__(self, number: int, joined: int | None = None) -> None:
        self.number = number
        self._joined = joined
        self._next = defaultdict[tuple[int, int], int](int)

    def place(self, tick: Tick) -> tuple[int, int]:
        """The ordinal of a tick and how much of its second was seen."""
        second = tick.time // SECOND
        if self._joined is None:
            self._joined = second
        key = (second, tick.data_type)
        ordinal = self._next[key]
        self._next[key] = ordinal + 1
        if len(self._next) > 2 * _REMEMBERED_SECONDS:
            for old in list(self._next)[:_REMEMBERED_SECONDS]:
                del self._next[old]
        return ordinal, PARTIAL if second <= self._joined else OPEN


class TickStore:
    """The ticks of a shelf; `number` gives a new number for each recording, higher than all before."""

    def __init__(self, shelf: Shelf, number: Callable[[], int]) -> None:
        self._shelf = shelf
        self._number = number
        self._live = dict[TickSeries, _Recording]()

    def append(self, ticks: Sequence[Tick], *, filling: bool = False) -> None:
        """Store `ticks` in the order given, one file for each series, UTC day and source among them.

        A file is written whole or not at all; with several, those before a failure stay. Historical ones that
        are `filling` a hole take the place of whatever was seen of their seconds.
        """
        groups = defaultdict[tuple[TickSeries, int, bool], list[Tick]](list)
        for tick in ticks:
            if tick.source == "l1":
                raise BadRequest(
                    "ticks from a market-data line are samples and are not stored; leave them out"
                )
            groups[series_of(tick), tick.time // DAY, tick.source == "history"].append(tick)
        for (series, day, history), group in groups.items():
            recording = _Recording(self._number()) if history else self._recording(series)
            seen = (FILLED if filling else WHOLE) if history else None
            self._append(series, day, group, recording, seen)

    def cut(self, matches: Callable[[TickSeries], bool]) -> None:
        """The live streams of these series broke: the second before and the one after were seen in part."""
        for series in [each for each in self._live if matches(each)]:
            del self._live[series]

    def join(self, series: TickSeries, time: int) -> None:
        """A live stream begins that misses nothing after `time`; one that runs already goes on."""
        if series not in self._live:
            self._live[series] = _Recording(self._number(), time // SECOND)

    def read(self, series: TickSeries, start: int, end: int) -> pa.Table:
        """The ticks of [start, end), settled; see `data_processing.tick_merge`."""
        days = sorted({stem(found.path.name) for found in self._shelf.files(series, start, end)})
        tables = [TICKS[series.kind].empty_table(), *(self._day(series, day) for day in days)]
        table = pa.concat_tables(tables)
        first, last = np.searchsorted(table["time"].cast(pa.int64()).to_numpy(), [start, end])
        return table.slice(first, last - first)

    def merge(self, series: TickSeries, day: str) -> None:
        """Merge the parts of a day into its file."""
        folder = self._shelf.root / series.folder
        path, parts = folder / f"{day}.parquet", sorted(folder.glob(f"{day}.*{PART}"))
        stored = self._shelf.take(path, series) if path.exists() else None
        tables = [stored, *(self._shelf.take(part, series) for part in parts)]
        merged = fold(
            [table for table in tables if table is not None] or [TICKS[series.kind].empty_table()],
            series.kind,
        )
        if merged.num_rows and (stored is None or not merged.equals(stored)):
            self._shelf.write(path, series, merged, disputed=disputed_seconds(merged))
        for part in parts:
            part.unlink(missing_ok=True)
        if parts:
            sync_folder(folder)

    def merge_all(self) -> None:
        """Merge every part there is, also of a writer that was killed, as far as the disk allows."""
        for series, day in self._unmerged():
            self._tidy(series, day)

    def _recording(self, series: TickSeries) -> _Recording:
        if series not in self._live:
            self._live[series] = _Recording(self._number())
        return self._live[series]

    def _append(
        self,
        series: TickSeries,
        day: int,
        ticks: Sequence[Tick],
        recording: _Recording,
        seen_of_all: int | None,
    ) -> None:
        places = [recording.place(tick) for tick in ticks]
        seen = [seen if seen_of_all is None else seen_of_all for _, seen in places]
        table = ticks_table(ticks, series.kind, recording.number, [ordinal for ordinal, _ in places], seen)
        folder, name = self._shelf.root / series.folder, iso(day * DAY)[:10]
        path = folder / f"{name}.{self._number():020d}{PART}"
        try:
            self._shelf.write(path, series, table.sort_by([("time", "ascending"), ("ordinal", "ascending")]))
        except BaseException:
            # Whoever tries again must not find half of it done.
            path.unlink(missing_ok=True)
            raise
        if len(list(folder.glob(f"{name}.*{PART}"))) > _MERGE_ABOVE:
            self._tidy(series, name)

    def _tidy(self, series: TickSeries, day: str) -> None:
        """Merge if there is room. The ticks are stored: whoever brought them must not try again."""
        try:
            self.merge(series, day)
        except (LowDisk, OSError) as error:
            self._shelf.report(f"parts of {series.folder} stay unmerged: {error}", once="unmerged")

    def _day(self, series: TickSeries, day: str) -> pa.Table:
        # The writer may merge parts away while we read. The merged file is written before its parts go, so
        # reading it last misses nothing.
        folder = self._shelf.root / series.folder
        parts = [self._shelf.read(part, series) for part in sorted(folder.glob(f"{day}.*{PART}"))]
        tables = [self._shelf.read(folder / f"{day}.parquet", series), *parts]
        found = [table for table in tables if table is not None]
        return fold(found or [TICKS[series.kind].empty_table()], series.kind)

    def _unmerged(self) -> Iterable[tuple[TickSeries, str]]:
        for series in self._shelf.series():
            if isinstance(series, TickSeries):
                names = {stem(part.name) for part in (self._shelf.root / series.folder).glob(f"[!.]*{PART}")}
                yield from ((series, name) for name in sorted(names))


def series_of(tick: Tick) -> TickSeries:
    """The series a tick belongs to."""
    return TickSeries(tick.contract_id, tick.exchange, kind_of(tick))


def disputed_seconds(table: pa.Table) -> int:
    """How many seconds of a folded table two whole views tell differently."""
    disputed = table.filter(table["disputed"])
    seconds = disputed["time"].cast(pa.int64()).to_numpy() // SECOND
    return len(np.unique(np.stack((seconds, disputed["data_type"].to_numpy())), axis=1).T)
