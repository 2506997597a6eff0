"""Everything that reads a store: ranges, the newest rows, all contracts at one time, what was once known."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_processing.bar_merge import pick
from data_processing.bar_store import BarStore
from data_processing.settling import pick_bars, with_whole
from data_processing.shelf import Shelf
from data_processing.tick_store import TickStore
from data_storage.columns import ints
from data_storage.layout import FOREVER, BarSeries, Series, TickSeries, file_name, span, stem_of_day
from data_storage.tables import TIME, tick_schema
from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Hours, TickType
from market.times import DAY, iso

if TYPE_CHECKING:
    import pandas as pd

Known = Literal["latest", "first", "all"]
FRAME_COLUMNS = ["open", "high", "low", "close", "volume", "average", "count", "final"]
BATCH_ROWS = 65_536
# A contract's file of more rows than that is given in hours.
_MANY_ROWS = 500_000
_HOUR = DAY // 24


class Readings:
    """What can be asked of a store. All times are UTC nanoseconds and all ranges [start, end).

    `at`, where it is given, is the moment as of which everything is told.
    """

    def __init__(self, shelf: Shelf, bars: BarStore, ticks: TickStore, at: int | None = None) -> None:
        self._shelf = shelf
        self._bars = bars
        self._ticks = ticks
        self._at = at

    def as_known_at(self, time: int) -> "Readings":
        """The store as it was known at `time`: without what was received later.

        Of a bar that is the version which held then. Of ticks it is what had been received by then; a second
        that was seen in part and later replaced whole is not there, since its part is not kept.
        """
        return Readings(self._shelf, self._bars, self._ticks, time)

    # -- bars

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
        series = _bar_series(contract_id, exchange, size, what, hours)
        if self._at is None:
            return self._bars.read(series, start, end, known)
        table = self._then(self._bars.read(series, start, end, "all"), "known_at")
        return table if known == "all" else pick(table, known)

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

    def last_bars(
        self,
        contract_id: int,
        exchange: str,
        size: str,
        n: int,
        *,
        what: str = "TRADES",
        hours: Hours = "all",
    ) -> pa.Table:
        """The newest `n` bars, oldest first, as `bars` gives them."""
        series = _bar_series(contract_id, exchange, size, what, hours)
        start, end = self._start_of_last(series, n), FOREVER[1]
        table = self.bars(contract_id, exchange, size, start, end, what=what, hours=hours)
        return table.slice(max(0, table.num_rows - n))

    def bars_at(self, size: str, time: int, *, what: str = "TRADES", hours: Hours = "all") -> pa.Table:
        """The bars of all contracts that start at `time`, by contract id and exchange, also columns."""
        section = _bar_series(0, "-", size, what, hours).section
        if self._at is None:
            return self._bars.across(section, time, time + 1, "latest")
        return pick_bars(self._then(self._bars.across(section, time, time + 1, "all"), "known_at"), "latest")

    def bar_batches(
        self,
        contract_id: int,
        exchange: str,
        size: str,
        start: int,
        end: int,
        *,
        what: str = "TRADES",
        hours: Hours = "all",
    ) -> Iterator[pa.RecordBatch]:
        """As `bars`, some at a time: no more than a file's worth is in memory."""
        _check_range(start, end)
        series = _bar_series(contract_id, exchange, size, what, hours)
        for first, last in self._windows(series, start, end):
            table = self.bars(contract_id, exchange, size, first, last, what=what, hours=hours)
            yield from table.to_batches(max_chunksize=BATCH_ROWS)

    def revisions(self, series: BarSeries, start: int, end: int) -> pa.Table:
        """Every version of those final bars in [start, end) that were replaced by other values."""
        _check_range(start, end)
        table = self._bars.read(series, start, end, "all")
        revised = table.filter(pc.greater(table["version"], 0))["time"]
        return table.filter(pc.is_in(table["time"], value_set=revised.combine_chunks()))

    # -- ticks

    def ticks(
        self,
        contract_id: int,
        exchange: str,
        kind: TickType,
        start: int,
        end: int,
        *,
        columns: Sequence[str] | None = None,
        encoded: bool = False,
    ) -> pa.Table:
        """The ticks of [start, end), sorted by time and by order of arrival within it.

        Columns: the key (`time`, `ordinal`, `data_type`), `source`, `whole` (was all of its second seen),
        `disputed` (do two whole views of it differ), `received`, and the fields of the event; or those in
        `columns`, and no other is read. With `encoded` words come as numbers into a dictionary, as they are
        stored, which takes half the time and memory.
        """
        _check_range(start, end)
        shown = ["whole" if n == "seen" else n for n in tick_schema(kind).names if n != "recording"]
        if strange := sorted(set(columns or ()) - set(shown)):
            raise BadRequest(f"{kind} ticks have no {', '.join(strange)}; they have {', '.join(shown)}")
        read = {"seen" if n == "whole" else n for n in columns or shown} | {"time"}
        read |= {"received"} if self._at is not None else set()
        series = TickSeries(contract_id, exchange, kind)
        names = [name for name in tick_schema(kind).names if name in read]
        table = self._ticks.read(series, start, end, names, words=encoded)
        if self._at is not None:
            table = self._then(table, "received")
        if "seen" in read:
            table = with_whole(table)
        return table.select(list(columns or shown))

    def ticks_frame(
        self, contract_id: int, exchange: str, kind: TickType, start: int, end: int
    ) -> "pd.DataFrame":
        """As `ticks`, with a UTC index `time` in nanoseconds."""
        return _frame(self.ticks(contract_id, exchange, kind, start, end))

    def last_ticks(self, contract_id: int, exchange: str, kind: TickType, n: int) -> pa.Table:
        """The newest `n` ticks, oldest first, as `ticks` gives them."""
        series, wanted = TickSeries(contract_id, exchange, kind), n
        while True:
            start = self._start_of_last(series, wanted)
            table = self.ticks(contract_id, exchange, kind, start, FOREVER[1])
            if table.num_rows >= n or start == FOREVER[0]:
                return table.slice(max(0, table.num_rows - n))
            # The log has something in place of ticks that the files have.
            wanted *= 2

    def tick_batches(
        self,
        contract_id: int,
        exchange: str,
        kind: TickType,
        start: int,
        end: int,
        *,
        columns: Sequence[str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """As `ticks`, some at a time: no more than a day's worth is in memory."""
        _check_range(start, end)
        for first, last in self._windows(TickSeries(contract_id, exchange, kind), start, end):
            table = self.ticks(contract_id, exchange, kind, first, last, columns=columns)
            yield from table.to_batches(max_chunksize=BATCH_ROWS)

    # -- where rows are

    def _then(self, table: pa.Table, column: str) -> pa.Table:
        return table.filter(pc.less_equal(table[column], pa.scalar(self._at, pa.int64()).cast(TIME)))

    def _start_of_last(self, series: Series, n: int) -> int:
        """From where on files have at least `n` rows."""
        if n < 1:
            raise BadRequest(f"the last {n} rows: give a number above 0")
        if self._at is not None:
            return FOREVER[0]

        def find() -> int:
            found = 0
            look = self._shelf.look(series.section, (series.contract_id, series.exchange))
            for file in reversed(look.files):
                entry = self._shelf.entry(file, series)
                found += entry.rows - entry.revised if entry else 0
                if entry and found >= n:
                    return entry.first
            return FOREVER[0]

        return self._shelf.steady(find)

    def _windows(self, series: Series, start: int, end: int) -> list[tuple[int, int]]:
        """[start, end) in pieces none of which is larger than a file."""
        return self._shelf.steady(lambda: self._pieces(series, start, end))

    def _pieces(self, series: Series, start: int, end: int) -> list[tuple[int, int]]:
        look = self._shelf.look(series.section, (series.contract_id, series.exchange))
        spans = {file.span for file in look.files} | set(_tail_spans(series, look.tail))
        edges = {start, end} | {edge for each in spans for edge in each if start < edge < end}
        for file in look.files:
            entry = self._shelf.entry(file, series)
            if entry and entry.rows > _MANY_ROWS:
                hours = range(entry.first - entry.first % _HOUR, entry.last, _HOUR)
                edges |= {edge for edge in hours if start < edge < end}
        ordered = sorted(edges)
        return list(pairwise(ordered))


def _tail_spans(series: Series, tail: Sequence[pa.Table]) -> Iterator[tuple[int, int]]:
    for part in tail:
        for day in np.unique(ints(part, "time") // DAY).tolist():
            yield span(file_name(stem_of_day(series.section, day, day), 0)) or FOREVER


def _bar_series(contract_id: int, exchange: str, size: str, what: str, hours: Hours) -> BarSeries:
    return BarSeries(contract_id, exchange, BarSize.parse(size).name, what, hours)


def _check_range(start: int, end: int) -> None:
    if start > end:
        raise BadRequest(f"the range begins at {iso(start)} and ends before, at {iso(end)}; swap them")


def _frame(table: pa.Table) -> "pd.DataFrame":
    # Arrow keeps the unit: the index is in nanoseconds, whatever pandas takes for its default.
    frame: pd.DataFrame = table.to_pandas().set_index("time")
    return frame
