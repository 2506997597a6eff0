"""Delta Lake through its Rust library, read as the pyarrow dataset that it gives."""

from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.store_parts import data
from benchmarks.store_parts.sides import frames
from benchmarks.store_parts.sides.side import Side


class DeltaLake(Side):
    """It syncs nothing: what it acknowledges survives the end of the process, not a power cut.

    It has no nanoseconds, so times are integers. Partitioned by the day of a trade and the month of a bar.
    """

    rounds = 1

    def __init__(self, folder: Path, *, write: bool = True) -> None:
        super().__init__(folder, write=write)
        self._known: dict[str, tuple[Any, int, Any]] = {}

    def load(self, what: str, table: pa.Table) -> None:
        self._write(what, data.by_contract(table))

    def append(self, trades: pa.Table) -> None:
        self._write("ticks", trades)

    def upsert(self, bars: pa.Table) -> None:
        new = _integers(frames.with_period("bars", bars))
        months = ", ".join(f"'{month}'" for month in pc.unique(new["period"]).to_pylist())
        same = "old.contract_id = new.contract_id AND old.time = new.time"
        merge = deltalake.DeltaTable(self.folder / "bars").merge(
            new, f"old.period IN ({months}) AND {same}", source_alias="new", target_alias="old"
        )
        merge.when_matched_update_all().when_not_matched_insert_all().execute()

    def trades(self, contract: int, start: int, end: int) -> pa.Table:
        return self._range("ticks", contract, start, end)

    def bars(self, contract: int, start: int, end: int) -> pa.Table:
        return self._range("bars", contract, start, end)

    def last_bars(self, contract: int, count: int) -> pa.Table:
        month = data.END - 40 * data.DAY
        found = self._range("bars", contract, month, data.END + data.DAY)
        return found.slice(max(0, found.num_rows - count))

    def minute(self, time: int) -> pa.Table:
        wanted = (pc.field("time") == time) & (pc.field("period") == frames.period("bars", time))
        return self._dataset("bars").to_table(filter=wanted)

    def candles(self, start: int, end: int) -> pa.Table:
        wanted = (pc.field("time") >= start) & (pc.field("time") < end)
        rows = self._dataset("ticks").to_table(filter=wanted)
        return frames.grouped(rows.set_column(1, "time", rows["time"].cast(pa.timestamp("ns"))))

    def _write(self, what: str, table: pa.Table) -> None:
        rows = _integers(frames.with_period(what, table))
        deltalake.write_deltalake(self.folder / what, rows, partition_by=["period"], mode="append")

    def _range(self, what: str, contract: int, start: int, end: int) -> pa.Table:
        wanted = (
            (pc.field("contract_id") == contract) & (pc.field("time") >= start) & (pc.field("time") < end)
        )
        wanted = wanted & (pc.field("period") >= frames.period(what, start))
        wanted = wanted & (pc.field("period") <= frames.period(what, end - 1))
        return self._dataset(what).to_table(filter=wanted).sort_by("time")

    def _dataset(self, what: str) -> Any:
        table, version, dataset = self._known.get(what) or (
            deltalake.DeltaTable(self.folder / what),
            -1,
            None,
        )
        table.update_incremental()
        if table.version() != version:
            dataset = table.to_pyarrow_dataset()
        self._known[what] = table, table.version(), dataset
        return dataset


def _integers(table: pa.Table) -> pa.Table:
    return table.set_column(1, "time", table["time"].cast(pa.int64()))
