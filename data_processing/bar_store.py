"""Bars in the log and in files: upsert by key, read by range."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from data_processing.bar_merge import UpsertReport, merge, pick, reduced
from data_processing.contracts import Coded, Route, coded
from data_processing.latest import Judgement, Keys, Latest
from data_processing.settling import empty, ints, judge_bars, pick_bars, settle_bars, with_routes
from data_processing.shelf import Shelf
from data_storage.layout import BarSeries, series_in, unit
from data_storage.tables import BARS, bars_table, stored_schema, with_ids
from market.events import Bar
from market.times import DAY

Append = Callable[[Sequence[tuple[str, pa.Table]]], None]
_FEW, _SHORT = 8, 20


class _Judged(NamedTuple):
    """What of an upsert changes something; `plain` when each such row is now the newest of its bar."""

    section: str
    changed: pa.Table
    report: UpsertReport
    plain: bool


class BarStore:
    """The bars of a shelf; `append` adds tables to the log, all of them or none."""

    def __init__(self, shelf: Shelf, append: Append) -> None:
        self._shelf = shelf
        self._append = append
        self._latest = Latest()

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
        judged = [self._judged(section, each) for section, each in tables.items() if each.num_rows]
        self._append([(each.section, each.changed) for each in judged if each.changed.num_rows])
        for each in judged:
            self._remember(each)
        return sum((each.report for each in judged), UpsertReport())

    def forget(self) -> None:
        """The store was changed by something else than an upsert."""
        self._latest.clear()

    def _judged(self, section: str, offered: pa.Table) -> "_Judged":
        keys = Keys.of(offered)
        # A few bars of each of many contracts are compared at once; long stretches are merged.
        if unit(section) in "DM" and offered.num_rows <= _SHORT * len(keys.routes) and keys.distinct:
            days = [(day, part, self._judged_day(section, day, part)) for day, part in _by_day(offered)]
            if not any(verdict.unclear.any() for _, _, verdict in days):
                changed = pa.concat_tables([part.filter(pa.array(each.changed)) for _, part, each in days])
                report = sum((each.report for _, _, each in days), UpsertReport())
                return _Judged(section, changed, report, plain=True)
        mask, report = judge_bars(self._known(section, offered), offered)
        return _Judged(section, offered.filter(pa.array(mask)), report, plain=False)

    def _judged_day(self, section: str, day: int, offered: pa.Table) -> Judgement:
        load = partial(self._latest_of, section)
        return self._latest.day(section, day, load).judge(offered, Keys.of(offered), _FEW)

    def _latest_of(self, section: str, routes: Sequence[Route], start: int, end: int) -> pa.Table:
        if not routes:
            return self.across(section, start, end, "latest")
        return pick_bars(pa.concat_tables([self._of(section, each, start, end) for each in routes]), "latest")

    def _remember(self, judged: "_Judged") -> None:
        for day, part in _by_day(judged.changed):
            if judged.plain:
                self._latest.put(judged.section, day, part)
            else:
                self._latest.drop(judged.section, day)

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


def _by_day(bars: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    days = ints(bars, "time") // DAY
    for day in np.unique(days).tolist():
        inside = days == day
        yield day, bars if inside.all() else bars.filter(pa.array(inside))


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
