"""What a store holds, told from the files' footers and from what the log has."""

from collections.abc import Sequence

import msgspec
import numpy as np

from data_processing.bar_store import BarStore
from data_processing.coverage import Range, union
from data_processing.settling import ints
from data_processing.shelf import Look, Shelf
from data_processing.tick_merge import disputed_seconds
from data_processing.tick_store import TickStore
from data_storage.layout import FOREVER, BarSeries, Series, file_name, series_in, span, stem_of_day
from data_storage.manifest import StoreFile
from market.times import DAY


class SeriesInfo(msgspec.Struct, frozen=True):
    """One series: `first` and `last` are times of its rows, `rows` bars (latest versions) or ticks.

    `revisions` counts final bars that were replaced by other values, `disagreements` the seconds of
    ticks that two whole views tell differently, `size` bytes on disk: its share of files that it has with
    others, and what waits in the log.
    """

    series: Series
    first: int
    last: int
    rows: int
    revisions: int
    disagreements: int
    size: int


class Inventory:
    """Counts what is in a shelf."""

    def __init__(self, shelf: Shelf, bars: BarStore, ticks: TickStore) -> None:
        self._shelf = shelf
        self._bars = bars
        self._ticks = ticks

    def series(self) -> list[Series]:
        """Every series that has rows, as far as files can be read; bars first."""
        return [
            series_in(section, *route)
            for section in self._shelf.sections()
            for route in self._shelf.routes(section)
        ]

    def unreadable(self) -> list[StoreFile]:
        """The files that are gone, cut short or do not say what they hold; each is reported."""

        def read() -> list[StoreFile]:
            self._shelf.refresh()
            return [each for each in self._shelf.manifest.files if self._shelf.told_footer(each) is None]

        return self._shelf.steady(read)

    def take(self) -> list[SeriesInfo]:
        """What is stored, a line per series; damaged files are reported and left out."""
        found = [self._shelf.steady(lambda each=each: self._of(each)) for each in self.series()]  # type: ignore[misc]
        return [info for info in found if info is not None]

    def _of(self, series: Series) -> SeriesInfo | None:
        look = self._shelf.look(series.section, (series.contract_id, series.exchange))
        changing = _changing(series.section, look)
        parts = [self._file(series, file) for file in look.files if not _meet(file.span, changing)]
        parts += [self._read(series, look, each) for each in changing]
        told = [part for part in parts if part is not None]
        if not told:
            return None
        return SeriesInfo(
            series=series,
            first=min(each.first for each in told),
            last=max(each.last for each in told),
            rows=sum(each.rows for each in told),
            revisions=sum(each.revisions for each in told),
            disagreements=sum(each.disagreements for each in told),
            size=sum(each.size for each in told) + sum(part.nbytes for part in look.tail),
        )

    def _file(self, series: Series, file: StoreFile) -> SeriesInfo | None:
        entry = self._shelf.entry(file, series)
        if entry is None:
            return None
        size = file.size * entry.rows // file.rows
        rows = entry.rows - entry.revised
        return SeriesInfo(series, entry.first, entry.last, rows, entry.revised, entry.disputed, size)

    def _read(self, series: Series, look: Look, within: tuple[int, int]) -> SeriesInfo | None:
        """What the footer would say of a range once the log is in the files."""
        size = sum(
            file.size * entry.rows // file.rows
            for file in look.files
            if _meet(file.span, [within]) and (entry := self._shelf.entry(file, series))
        )
        if isinstance(series, BarSeries):
            table = self._bars.read(series, *within, "all")
            revised, disputed = int(np.count_nonzero(table["version"].to_numpy())), 0
        else:
            table = self._ticks.read(series, *within)
            revised, disputed = 0, disputed_seconds(table)
        if not table.num_rows:
            return None
        times = ints(table, "time")
        rows = table.num_rows - revised
        return SeriesInfo(series, int(times[0]), int(times[-1]), rows, revised, disputed, size)


def _changing(section: str, look: Look) -> list[Range]:
    """The ranges of which the log has something, each as large as the files that it will go into."""
    days = {day for part in look.tail for day in np.unique(ints(part, "time") // DAY).tolist()}
    spans = [span(file_name(stem_of_day(section, day, day), 0)) or FOREVER for day in days]
    return union([*spans, *(file.span for file in look.files if _meet(file.span, spans))])


def _meet(one: Range, others: Sequence[Range]) -> bool:
    return any(one[0] < other[1] and other[0] < one[1] for other in others)
