"""Parquet as pyarrow lays it out by itself: a folder for each contract and period, found by its dataset."""

from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet

from benchmarks.store_parts import data
from benchmarks.store_parts.sides import frames
from benchmarks.store_parts.sides.side import Side, sync


class Hive(Side):
    """The dataset is found once and kept; an append is a file. We sync the files, since pyarrow does not."""

    alone = "a dataset sees no files that came after it was found"

    def __init__(self, folder: Path, *, write: bool = True) -> None:
        super().__init__(folder, write=write)
        self._found: dict[str, Any] = {}
        self._numbers = count()
        for what in data.SCHEMAS:
            (folder / what).mkdir(parents=True, exist_ok=True)

    def load(self, what: str, table: pa.Table) -> None:
        pa.dataset.write_dataset(
            frames.with_period(what, data.by_contract(table)),
            self.folder / what,
            format="parquet",
            file_options=pa.dataset.ParquetFileFormat().make_write_options(compression="zstd"),
            partitioning=["contract_id", "period"],
            partitioning_flavor="hive",
            max_partitions=10_000,
            max_open_files=512,
        )
        for path in (self.folder / what).rglob("*"):
            sync(path)

    def append(self, trades: pa.Table) -> None:
        path = self.folder / "ticks" / f"{next(self._numbers):08d}.parquet"
        temporary = path.with_suffix(".tmp")
        pa.parquet.write_table(trades, temporary)
        sync(temporary)
        temporary.rename(path)
        sync(path.parent)

    def trades(self, contract: int, start: int, end: int) -> pa.Table:
        return frames.ask(self._dataset("ticks"), "ticks", contract, start, end)

    def bars(self, contract: int, start: int, end: int) -> pa.Table:
        return frames.ask(self._dataset("bars"), "bars", contract, start, end)

    def last_bars(self, contract: int, count: int) -> pa.Table:
        return frames.last(self._dataset("bars"), contract, count, data.END + data.DAY)

    def minute(self, time: int) -> pa.Table:
        return frames.minute(self._dataset("bars"), time)

    def candles(self, start: int, end: int) -> pa.Table:
        return frames.candles(self._dataset("ticks"), start, end)

    def _dataset(self, what: str) -> Any:
        if what not in self._found:
            schema = data.SCHEMAS[what].append(pa.field("period", pa.string()))
            keys = pa.schema([("contract_id", pa.int32()), ("period", pa.string())])
            layout = pa.dataset.partitioning(keys, flavor="hive")
            self._found[what] = pa.dataset.dataset(self.folder / what, schema, "parquet", partitioning=layout)
        return self._found[what]
