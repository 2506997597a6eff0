"""Bars in files: upsert by key, read by range."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from data_processing.bar_merge import UpsertReport, merge, pick
from data_processing.shelf import Shelf
from data_storage.layout import BarSeries, periods
from data_storage.tables import BARS, bars_table
from market.events import Bar, Hours


class BarStore:
    """The bars of a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def upsert(self, bars: Sequence[Bar]) -> UpsertReport:
        """Settle `bars` into their files; a file none of whose bars changed is not written."""
        groups = defaultdict[tuple[int, str, str, str, Hours], list[Bar]](list)
        for bar in bars:
            groups[bar.contract_id, bar.exchange, bar.size, bar.what, bar.hours].append(bar)
        parts = [self._upsert(BarSeries(*key), bars_table(group)) for key, group in groups.items()]
        return sum(parts, UpsertReport())

    def _upsert(self, series: BarSeries, offered: pa.Table) -> UpsertReport:
        report = UpsertReport()
        stems = periods(series, offered["time"].cast(pa.int64()).to_numpy())
        for stem in np.unique(stems):
            path = self._shelf.root / series.folder / f"{stem}.parquet"
            stored = self._shelf.take(path, series)
            stored = BARS.empty_table() if stored is None else stored
            merged, part = merge(stored, offered.filter(pa.array(stems == stem)))
            if merged is not stored:
                revised = int(np.count_nonzero(merged["version"].to_numpy()))
                self._shelf.write(path, series, merged, revised=revised)
            report += part
        return report

    def read(self, series: BarSeries, start: int, end: int, known: str) -> pa.Table:
        """The bars that start in [start, end): the `latest` version of each, the `first`, or `all`."""
        tables = [self._shelf.read(found.path, series) for found in self._shelf.files(series, start, end)]
        table = pa.concat_tables([BARS.empty_table(), *(t for t in tables if t is not None)])
        times = table["time"].cast(pa.int64()).to_numpy()
        first, last = np.searchsorted(times, [start, end])
        table = table.slice(first, last - first)
        return table if known == "all" else pick(table, known)
