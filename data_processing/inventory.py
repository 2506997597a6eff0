"""What a store holds, told from the files' footers."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pyarrow as pa

from data_processing.shelf import Shelf
from data_processing.tick_store import TickStore, disputed_seconds
from data_storage.layout import FOREVER, PART, BarSeries, Series, TickSeries
from data_storage.parquet_files import FileInfo, Summary


class SeriesInfo(msgspec.Struct, frozen=True):
    """One series: `first` and `last` are times of its rows, `rows` bars (latest versions) or ticks.

    `revisions` counts final bars that were replaced by other values, `disagreements` the seconds of
    ticks that two whole views tell differently, `size` bytes on disk.
    """

    series: Series
    first: int
    last: int
    rows: int
    revisions: int
    disagreements: int
    size: int


def take_stock(shelf: Shelf, ticks: TickStore) -> list[SeriesInfo]:
    """Every series that holds anything, bars first; damaged files are reported and left out."""
    found = [
        _bars(shelf, each) if isinstance(each, BarSeries) else _ticks(shelf, ticks, each)
        for each in shelf.series()
    ]
    return [info for info in found if info is not None]


def _bars(shelf: Shelf, series: BarSeries) -> SeriesInfo | None:
    return _add_up(series, [shelf.summary(found.path, series) for found in shelf.files(series, *FOREVER)])


def _ticks(shelf: Shelf, ticks: TickStore, series: TickSeries) -> SeriesInfo | None:
    # Parts overlap with each other and with the day's file, so only reading tells what is in such a day; one
    # day at a time, since a series may be larger than the memory.
    days = defaultdict[tuple[int, int], list[Path]](list)
    for found in shelf.files(series, *FOREVER):
        days[found.start, found.end].append(found.path)
    summaries = list[Summary | None]()
    for (start, end), paths in days.items():
        if any(path.name.endswith(PART) for path in paths):
            summaries.append(_read(ticks.read(series, start, end), shelf, series, paths))
        else:
            summaries += [shelf.summary(path, series) for path in paths]
    return _add_up(series, summaries)


def _read(table: pa.Table, shelf: Shelf, series: TickSeries, paths: Sequence[Path]) -> Summary | None:
    """What the footer of a day's file would say of its rows once merged."""
    if table.num_rows == 0:
        return None
    info = FileInfo(shelf.source, series.folder, disputed=disputed_seconds(table))
    first, last = (table["time"][i].value for i in (0, -1))
    return Summary(info, table.num_rows, first, last, sum(map(_size, paths)))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # merged away meanwhile
        return 0


def _add_up(series: Series, summaries: Sequence[Summary | None]) -> SeriesInfo | None:
    parts = [part for part in summaries if part is not None]
    if not parts:
        return None
    revised = sum(part.info.revised for part in parts)
    return SeriesInfo(
        series=series,
        first=min(part.first for part in parts),
        last=max(part.last for part in parts),
        rows=sum(part.rows for part in parts) - revised,
        revisions=revised,
        disagreements=sum(part.info.disputed for part in parts),
        size=sum(part.size for part in parts),
    )
