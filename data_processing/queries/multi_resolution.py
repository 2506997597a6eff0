"""History in several bar sizes: a frame for each, and one stitched of the finest there is of every time.

Brokers keep fine bars for weeks and coarse ones for years. Stitched, no moment is told twice and none is
lost: a coarse bar gives way only where finer ones tell all of it. A stitched frame is to be looked at; its
rows are not alike, so whatever learns or measures takes one size.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa

from data_processing.queries.bar_grid import Sessions
from data_processing.queries.bar_rows import Bools, Ints
from data_processing.queries.frames import pandas_frame
from data_processing.reading import FRAME_COLUMNS
from data_processing.timeseries_db import TimeseriesDB
from data_storage import csv_files
from data_storage.atomic import make_folder
from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Hours
from market.instrument import Instrument

if TYPE_CHECKING:
    import pandas as pd


class MultiHistory(msgspec.Struct, frozen=True):
    """Bars of one contract by size, the coarsest first; each table is as `TimeseriesDB.bars` gives it."""

    ticker: str
    tables: Mapping[str, pa.Table]

    @property
    def frames(self) -> "dict[str, pd.DataFrame]":
        """A frame for each size, with the columns of `TimeseriesDB.bars_frame`."""
        return {size: pandas_frame(_shown(table)) for size, table in self.tables.items()}

    def stitched(self, sessions: Sessions | None = None) -> "pd.DataFrame":
        """The finest bars of every time in one frame, with a column `bar_size`.

        Days need the `sessions` that they cover. Raise `BadRequest` for weeks and months, or for days
        without.
        """
        return pandas_frame(self.stitched_table(sessions))

    def stitched_table(self, sessions: Sessions | None = None) -> pa.Table:
        """As `stitched`, in Arrow."""
        parts = [
            _shown(table).append_column("bar_size", _constant(size, table))
            for size, table in self.tables.items()
        ]
        spans = [_spans(BarSize.parse(size), table, sessions) for size, table in self.tables.items()]
        keep = finest(spans)
        kept = [part.filter(pa.array(which)) for part, which in zip(parts, keep, strict=True)]
        return pa.concat_tables(kept).sort_by("time")


def history(
    db: TimeseriesDB,
    instrument: Instrument,
    sizes: Sequence[str],
    start: int,
    end: int,
    *,
    what: str = "TRADES",
    hours: Hours = "all",
) -> MultiHistory:
    """What is stored of [start, end) in each of `sizes`, e.g. ``("5m", "2m", "1m")``."""
    route = instrument.contract_id, instrument.exchange
    wanted = sorted({BarSize.parse(size) for size in sizes}, key=lambda size: -size.seconds)
    tables = {size.name: db.bars(*route, size.name, start, end, what=what, hours=hours) for size in wanted}
    return MultiHistory(instrument.ticker, tables)


class StoredHistory:
    """One contract's history as a program asks for it again and again; it remembers what it gave last."""

    def __init__(self, db: TimeseriesDB, instrument: Instrument, csv_folder: Path = Path("data/csv")) -> None:
        self._db = db
        self._instrument = instrument
        self._folder = csv_folder
        self._last: MultiHistory | None = None

    def fetch(
        self, sizes: Sequence[str], start: int, end: int, *, what: str = "TRADES", hours: Hours = "all"
    ) -> MultiHistory:
        """As `history`."""
        self._last = history(self._db, self._instrument, sizes, start, end, what=what, hours=hours)
        return self._last

    def last_fetch_to_csv(self) -> Path:
        """Write what `fetch` gave last, several sizes stitched, and give the path: ``data/csv/RHM.csv``.

        Raise `BadRequest` before the first `fetch`, or where it cannot be stitched.
        """
        if self._last is None:
            raise BadRequest("nothing was fetched yet; call fetch first")
        path = self._folder / f"{self._last.ticker.replace('/', '_')}.csv"
        make_folder(self._folder)
        csv_files.export(self._last.stitched_table(), path)
        return path


def finest(spans: Sequence[tuple[Ints, Ints]]) -> list[Bools]:
    """Which bars of each size to keep; `spans` are the starts and ends of the bars, the coarsest size first.

    >>> coarse, fine = (np.array([0, 5, 10]), np.array([5, 10, 15])), (np.arange(8, 15), np.arange(9, 16))
    >>> [which.tolist() for which in finest([coarse, fine])]
    [[True, True, False], [False, False, True, True, True, True, True]]
    """
    keep = [np.ones(len(start), np.bool_) for start, _ in spans]
    for number in range(len(spans) - 2, -1, -1):
        fine = [spans[n][0][keep[n]] for n in range(number + 1, len(spans))]
        ends = [spans[n][1][keep[n]] for n in range(number + 1, len(spans))]
        start, end = np.sort(np.concatenate(fine)), np.sort(np.concatenate(ends))
        keep[number] = _needed(spans[number], (start, end))
        first, last = (each[keep[number]] for each in spans[number])
        for n in range(number + 1, len(spans)):
            keep[n] &= ~_overlaps(spans[n], (first, last))
    return keep


def _needed(coarse: tuple[Ints, Ints], fine: tuple[Ints, Ints]) -> Bools:
    """Which coarse bars the finer ones do not tell in full."""
    start, end = coarse
    bare = ~_overlaps(coarse, fine)
    # Beside a bar that is not told at all one may be told in part: there the finer begin, or end. Nothing
    # comes after the last one, which may still run: of it the finer tell more.
    first = np.searchsorted(fine[1], start, side="right")
    last = np.searchsorted(fine[0], end, side="left") - 1
    begins, ends = (np.append(fine[0], 0)[first] > start), (np.append(fine[1], 0)[last] < end)
    before, after = np.concatenate(([True], bare))[:-1], np.append(bare, False)[1:]
    needed = bare | (before & begins) | (after & ends)
    # A finer bar that reaches into a bar that stays goes, so its other end has to be told by a coarse one.
    while True:
        gone = _overlaps(fine, (start[needed], end[needed]))
        more = needed | _overlaps(coarse, (fine[0][gone], fine[1][gone]))
        if (more == needed).all():
            return needed
        needed = more


def _overlaps(spans: tuple[Ints, Ints], others: tuple[Ints, Ints]) -> Bools:
    """Which of `spans` have a moment in common with one of `others`; those are apart and in order."""
    begun = np.searchsorted(others[0], spans[1], side="left")
    over = np.searchsorted(others[1], spans[0], side="right")
    return np.asarray(begun > over)


def _spans(size: BarSize, table: pa.Table, sessions: Sessions | None) -> tuple[Ints, Ints]:
    start = np.asarray(table["time"].cast(pa.int64()).to_numpy(), np.int64)
    if not size.intraday:
        if size.name != "1D" or sessions is None:
            raise BadRequest(f"bars of {size} cannot be stitched without sessions; choose sizes below a day")
        first, last = (np.searchsorted(sessions.date, start, side=side) for side in ("left", "right"))
        if (first == last).any():
            raise BadRequest("there are bars of days without a session; give the sessions of all of them")
        return sessions.open[first], sessions.close[last - 1]
    end = start + size.nanoseconds
    end[:-1] = np.minimum(end[:-1], start[1:])
    return start, end


def _shown(table: pa.Table) -> pa.Table:
    return table.select(["time", *FRAME_COLUMNS])


def _constant(value: str, table: pa.Table) -> pa.Array:
    return pa.repeat(value, table.num_rows)
