"""Bars in the log and in files: upsert by key, read by range."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from data_processing.bar_merge import UpsertReport, merge, pick, reduced
from data_processing.contracts import Coded, Route, coded
from data_processing.settling import empty, ints, judge_bars, pick_bars, settle_bars, with_routes
from data_processing.shelf import Shelf
from data_storage.layout import BarSeries, series_in
from data_storage.tables import BARS, bars_table, stored_schema, with_ids
from market.events import Bar

Append = Callable[[Sequence[tuple[str, pa.Table]]], None]
_FEW = 8


class BarStore:
    """The bars of a shelf; `append` adds tables to the log, all of them or none."""

    def __init__(self, shelf: Shelf, append: Append) -> None:
        self._shelf = shelf
        self._append = append

    def upsert(self, bars: Sequence[Bar]) -> UpsertReport:
        """Settle `bars` into the store; those that change nothing are not written."""
        groups = dict[str, list[Bar]]()
        for bar in bars:
            series = BarSeries(bar.contract_id, bar.exchange, bar.size, bar.what, bar.hours)
            groups.setdefault(series.section, []).append(bar)
        tables = {section: bars_table(group, with_ids(BARS)) for section, group in groups.items()}
        return self.upsert_tables(tables)

    def upsert_tables(self, tables: dict[str, pa.Table]) -> UpsertReport:
        """As `upsert`, for bars by section in the form in which they are stored."""
        report, changes = UpsertReport(), list[tuple[str, pa.Table]]()
        for section, offered in tables.items():
            if offered.num_rows:
                changed, part = judge_bars(self._known(section, offered), offered)
                report += part
                if changed.any():
                    changes.append((section, offered.filter(pa.array(changed))))
        self._append(changes)
        return report

    def read(self, series: BarSeries, start: int, end: int, known: str) -> pa.Table:
        """The bars that start in [start, end): the `latest` version of each, the `first`, or `all`."""
        table = self._shelf.steady(lambda: self._read(series, start, end))
        return table if known == "all" else pick(table, known)

    def across(self, section: str, start: int, end: int, known: str) -> pa.Table:
        """As `read`, of all contracts, with the columns that say which; sorted by contract and time."""
        table = self._shelf.steady(lambda: self._across(section, start, end))
        return table if known == "all" else pick_bars(table, known)

    def _read(self, series: BarSeries, start: int, end: int) -> pa.Table:
        look = self._shelf.look(series.section, (series.contract_id, series.exchange))
        files = [file for file in look.files if file.first < end and start <= file.last]
        parts = [self._shelf.read(file, series, start, end, BARS.names) for file in files]
        stored = pa.concat_tables([empty(series.section), *(part for part in parts if part is not None)])
        stored = _cut(stored, start, end)
        if look.tail:
            fresh = pa.concat_tables([part.select(BARS.names) for part in look.tail])
            return _merged(stored, _between(fresh, start, end))
        return stored

    def _across(self, section: str, start: int, end: int) -> pa.Table:
        look = self._shelf.look(section)
        files = [file for file in look.files if file.first < end and start <= file.last]
        parts = [part for file in files for part in self._shelf.read_across(file, start, end)]
        parts = [_between(part, start, end) for part in parts]
        stored = pa.concat_tables([stored_schema(section).empty_table(), *parts])
        if len(parts) > 1:
            codes = coded(stored).codes
            stored = stored.take(pa.array(np.lexsort((ints(stored, "version"), ints(stored, "time"), codes))))
        fresh = pa.concat_tables([stored.slice(0, 0), *(_between(part, start, end) for part in look.tail)])
        return settle_bars(stored, fresh) if fresh.num_rows else stored

    def _known(self, section: str, offered: pa.Table) -> pa.Table:
        """What is stored at the times of the bars offered, in all versions."""
        times = ints(offered, "time")
        start, end = int(times.min()), int(times.max()) + 1
        _, routes = coded(offered)
        if len(routes) > _FEW:
            return self.across(section, start, end, "all")
        parts = [self._of(section, route, start, end) for route in routes]
        return pa.concat_tables(parts)

    def _of(self, section: str, route: Route, start: int, end: int) -> pa.Table:
        series = series_in(section, *route)
        assert isinstance(series, BarSeries)
        table = self.read(series, start, end, "all")
        return with_routes(table, Coded(np.zeros(table.num_rows, np.int64), [route]))


def _merged(stored: pa.Table, offered: pa.Table) -> pa.Table:
    """`offered` settled into `stored`; what lies before and after it is not looked at."""
    if not offered.num_rows:
        return stored
    times, new = ints(stored, "time"), ints(offered, "time")
    first, last = np.searchsorted(times, [new.min(), new.max() + 1])
    merged, _ = merge(stored.slice(first, last - first), reduced(offered))
    return pa.concat_tables([stored.slice(0, first), merged, stored.slice(last)])


def _cut(table: pa.Table, start: int, end: int) -> pa.Table:
    first, last = np.searchsorted(ints(table, "time"), [start, end])
    return table.slice(first, last - first)


def _between(table: pa.Table, start: int, end: int) -> pa.Table:
    times = ints(table, "time")
    inside = (times >= start) & (times < end)
    return table if inside.all() else table.filter(pa.array(inside))
