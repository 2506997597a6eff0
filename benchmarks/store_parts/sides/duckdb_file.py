"""DuckDB's own file, one for trades and one for bars; loaded in order, so that its zone maps can skip."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from benchmarks.store_parts.sides.side import Side, backwards, disk_usage

COLUMNS = {
    "ticks": "contract_id INTEGER, time TIMESTAMP_NS, ordinal INTEGER, price DOUBLE, size DOUBLE, "
    "venue TINYINT, odd_lot TINYINT",
    "bars": "contract_id INTEGER, time TIMESTAMP_NS, open DOUBLE, high DOUBLE, low DOUBLE, close DOUBLE, "
    "volume DOUBLE, average DOUBLE, count BIGINT",
}
ORDER = {"ticks": "contract_id, time, ordinal", "bars": "contract_id, time"}
CANDLES = """
    SELECT contract_id, time_bucket(INTERVAL 1 MINUTE, time::TIMESTAMP) AS minute,
           arg_min(price, epoch_ns(time) + ordinal) AS open, max(price) AS high, min(price) AS low,
           arg_max(price, epoch_ns(time) + ordinal) AS close, sum(size) AS volume
    FROM ticks WHERE time >= make_timestamp_ns({}) AND time < make_timestamp_ns({}) GROUP BY ALL"""
MERGE = """
    MERGE INTO bars USING rows AS new ON bars.contract_id = new.contract_id AND bars.time = new.time
    WHEN MATCHED THEN UPDATE SET open = new.open, high = new.high, low = new.low, close = new.close,
        volume = new.volume, average = new.average, count = new.count
    WHEN NOT MATCHED THEN INSERT BY NAME"""


class DuckDB(Side):
    """Durable at each commit, as DuckDB is by itself; one process at a time."""

    alone = "its file belongs to one process"

    def __init__(self, folder: Path, *, write: bool = True) -> None:
        super().__init__(folder, write=write)
        self._open: dict[str, duckdb.DuckDBPyConnection] = {}
        for what, columns in COLUMNS.items():
            (folder / what).mkdir(parents=True, exist_ok=True)
            self._open[what] = duckdb.connect(self._file(what), read_only=not write)
            if write:
                self._open[what].execute(f"CREATE TABLE IF NOT EXISTS {what} ({columns})")

    def _file(self, what: str) -> str:
        return str(self.folder / what / "store.duckdb")

    def load(self, what: str, table: pa.Table) -> None:
        # It finds a variable of its caller by name.
        rows = table
        self._open[what].execute(f"INSERT INTO {what} SELECT * FROM rows ORDER BY {ORDER[what]}")
        del rows
        self._open[what].execute("CHECKPOINT")

    def disk(self, what: str) -> int:
        """The smaller of what it left and what it makes of it when it copies itself."""
        as_loaded = disk_usage(self.folder / what)
        copy = self.folder / f"{what}-rewritten"
        copy.mkdir(exist_ok=True)
        connection = self._open[what]
        connection.execute(f"ATTACH '{copy / 'store.duckdb'}' AS copy")
        connection.execute(f"CREATE TABLE copy.{what} AS SELECT * FROM {what} ORDER BY {ORDER[what]}")
        connection.execute("DETACH copy")
        return min(as_loaded, disk_usage(copy))

    def append(self, trades: pa.Table) -> None:
        rows = trades
        self._open["ticks"].execute("INSERT INTO ticks SELECT * FROM rows")
        del rows

    def upsert(self, bars: pa.Table) -> None:
        rows = bars
        self._open["bars"].execute(MERGE)
        del rows

    def trades(self, contract: int, start: int, end: int) -> pa.Table:
        return self._range("ticks", contract, start, end)

    def bars(self, contract: int, start: int, end: int) -> pa.Table:
        return self._range("bars", contract, start, end)

    def last_bars(self, contract: int, count: int) -> pa.Table:
        found = self._ask("bars", f"WHERE contract_id = {contract} ORDER BY time DESC LIMIT {count}")
        return backwards(found)

    def minute(self, time: int) -> pa.Table:
        return self._ask("bars", f"WHERE time = make_timestamp_ns({time})")

    def candles(self, start: int, end: int) -> pa.Table:
        return self._open["ticks"].sql(CANDLES.format(start, end)).to_arrow_table()

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()

    def _range(self, what: str, contract: int, start: int, end: int) -> pa.Table:
        return self._ask(
            what,
            f"WHERE contract_id = {contract} AND time >= make_timestamp_ns({start}) "
            f"AND time < make_timestamp_ns({end}) ORDER BY {ORDER[what]}",
        )

    def _ask(self, what: str, rest: str) -> Any:
        return self._open[what].sql(f"SELECT * FROM {what} {rest}").to_arrow_table()
