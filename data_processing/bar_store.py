"""Bars in the log and in files: upsert by key, read by range."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_processing.bar_forms import UpsertReport
from data_processing.bar_merge import merge, pick, reduced
from data_processing.contracts import Coded, Route, coded
from data_processing.latest import Judgement, Keys, Latest
from data_processing.settling import empty, judge_bars, pick_bars, settle_bars, with_routes
from data_processing.shelf import Shelf
from data_processing.tail import between
from data_storage.columns import column, ints
from data_storage.layout import RECENT_DAYS, BarSeries, series_in, unit
from data_storage.manifest import StoreFile
from data_storage.tables import BARS, bars_table, stored_schema, with_ids
from market.events import Bar
from market.times import DAY

Append = Callable[[Sequence[tuple[str, pa.Table]]], None]
_FEW, _SHORT = 8, 20
_KEPT_ROWS = 300_000


class _Judged(NamedTuple):
    """What of an upsert changes something, and the verdicts of the days in memory where they were asked."""

    section: str
    changed: pa.Table
    report: UpsertReport
    verdicts: dict[int, Judgement] | None


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
            days = {day: (part, self._judged_day(section, day, part)) for day, part in _by_day(offered, keys)}
            if not any(verdict.unclear.any() for _, verdict in days.values()):
                changed = pa.concat_tables([_where(part, each.changed) for (part, _), each in days.values()])
                report = sum((each.report for _, each in days.values()), UpsertReport())
                return _Judged(section, changed, report, {day: each for day, (_, each) in days.items()})
        mask, report = judge_bars(self._known(section, offered), offered)
        return _Judged(section, _where(offered, mask), report, None)

    def _judged_day(self, section: str, day: int, offered: tuple[pa.Table, Keys]) -> Judgement:
        load = partial(self._latest_of, section)
        return self._latest.day(section, day, load).judge(*offered, _FEW)

    def _latest_of(self, section: str, routes: Sequence[Route], start: int, end: int) -> pa.Table:
        if not routes:
            return self.across(section, start, end, "latest")
        return pick_bars(pa.concat_tables([self._of(section, each, start, end) for each in routes]), "latest")

    def _remember(self, judged: "_Judged") -> None:
        for day, verdict in (judged.verdicts or {}).items():
            self._latest.put(judged.section, day, verdict)
        if judged.verdicts is None:
            for day in np.unique(ints(judged.changed, "time") // DAY).tolist():
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
        files = self._wanted(look.files, start, end)
        parts = self._shelf.read(files, series, start, end, BARS.names)
        stored = pa.concat_tables([empty(series.section), *parts])
        if look.tail:
            fresh = pa.concat_tables([part.select(BARS.names) for part in look.tail])
            return _merged(stored, between(fresh, start, end))
        return stored

    def _across(self, section: str, start: int, end: int) -> pa.Table:
        look = self._shelf.look_between(section, start, end)
        files = self._wanted(look.files, start, end)
        parts = [part for file in files for part in self._shelf.read_across(file, start, end)]
        parts = [between(part, start, end) for part in parts]
        stored = pa.concat_tables([pa.Table.from_batches([], stored_schema(section)), *parts])
        if len(parts) > 1:
            codes = coded(stored).codes
            stored = stored.take(column(np.lexsort((ints(stored, "version"), ints(stored, "time"), codes))))
        (fresh,) = look.tail
        return settle_bars(stored, fresh) if fresh.num_rows else stored

    def _wanted(self, files: Sequence[StoreFile], start: int, end: int) -> Sequence[StoreFile]:
        """The files of a range; those of recent days are kept in memory when nothing else is wanted."""
        wanted = [file for file in files if file.first < end and start <= file.last]
        if all(file.span[1] - file.span[0] == DAY and file.rows <= _KEPT_ROWS for file in wanted):
            for file in wanted[-RECENT_DAYS:]:
                self._shelf.keep(file)
        return wanted

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


def _by_day(bars: pa.Table, keys: Keys) -> Iterator[tuple[int, tuple[pa.Table, Keys]]]:
    days = sorted({time // DAY for time in keys.times})
    if len(days) == 1:
        yield days[0], (bars, keys)
        return
    of_row = ints(bars, "time") // DAY
    for day in days:
        part = bars.filter(pa.array(of_row == day))
        yield day, (part, Keys.of(part))


def _where(table: pa.Table, mask: npt.NDArray[np.bool_]) -> pa.Table:
    return table if mask.all() else table.filter(column(mask))


def _merged(stored: pa.Table, offered: pa.Table) -> pa.Table:
    """`offered` settled into `stored`; what lies before and after it is not looked at."""
    if not offered.num_rows:
        return stored
    times, new = ints(stored, "time"), ints(offered, "time")
    first, last = np.searchsorted(times, [new.min(), new.max() + 1])
    merged, _ = merge(stored.slice(first, last - first), reduced(offered))
    return pa.concat_tables([stored.slice(0, first), merged, stored.slice(last)])
