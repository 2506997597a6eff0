"""chDB: ClickHouse in the process, MergeTree tables sorted by contract and time."""

from pathlib import Path
from typing import Any

import pyarrow as pa
from chdb import session

from benchmarks.store_parts import data
from benchmarks.store_parts.sides.side import Side, backwards

KEYS = {"ticks": "contract_id, time, ordinal", "bars": "contract_id, time"}
ENGINES = {"ticks": "MergeTree", "bars": "ReplacingMergeTree"}
CANDLES = """
    SELECT contract_id, toStartOfMinute(time) AS minute, argMin(price, (time, ordinal)) AS open,
           max(price) AS high, min(price) AS low, argMax(price, (time, ordinal)) AS close, sum(size) AS volume
    FROM ticks WHERE time >= {} AND time < {} GROUP BY contract_id, minute"""
TYPES = {
    "int32": "Int32",
    "int8": "Int8",
    "int64": "Int64",
    "double": "Float64",
    "timestamp[ns]": "DateTime64(9)",
}


class ChDB(Side):
    """Parts are synced after each insert; one process at a time. Bars are read with FINAL."""

    alone = "its folder belongs to one process"

    def __init__(self, folder: Path, *, write: bool = True) -> None:
        super().__init__(folder, write=write)
        folder.mkdir(parents=True, exist_ok=True)
        self._session = session.Session(str(folder / "chdb"))
        for what, schema in data.SCHEMAS.items():
            columns = ", ".join(f"{field.name} {TYPES[str(field.type)]}" for field in schema)
            self._session.query(
                f"CREATE TABLE IF NOT EXISTS {what} ({columns}) ENGINE = {ENGINES[what]} "
                f"ORDER BY ({KEYS[what]}) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"
            )

    def load(self, what: str, table: pa.Table) -> None:
        self._put(what, table)
        self._session.query(f"OPTIMIZE TABLE {what} FINAL")

    def disk(self, what: str) -> int:
        """Its active parts; those that were merged away stay for some minutes and are left out."""
        found = self._session.query(
            f"SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND table = '{what}'",
            "ArrowTable",
        )
        return int(found["bytes"][0].as_py())

    def append(self, trades: pa.Table) -> None:
        self._put("ticks", trades)

    def upsert(self, bars: pa.Table) -> None:
        self._put("bars", bars)

    def trades(self, contract: int, start: int, end: int) -> pa.Table:
        return self._range("ticks", contract, start, end)

    def bars(self, contract: int, start: int, end: int) -> pa.Table:
        return self._range("bars FINAL", contract, start, end)

    def last_bars(self, contract: int, count: int) -> pa.Table:
        found = self._ask(f"bars FINAL WHERE contract_id = {contract} ORDER BY time DESC LIMIT {count}")
        return backwards(found)

    def minute(self, time: int) -> pa.Table:
        return self._ask(f"bars FINAL WHERE time = {_moment(time)}")

    def candles(self, start: int, end: int) -> pa.Table:
        return self._session.query(CANDLES.format(_moment(start), _moment(end)), "ArrowTable")

    def close(self) -> None:
        self._session.close()

    def _put(self, what: str, table: pa.Table) -> None:
        # It finds a variable of its caller by name.
        rows = table
        self._session.query(f"INSERT INTO {what} SELECT * FROM Python(rows)")
        del rows

    def _range(self, table: str, contract: int, start: int, end: int) -> pa.Table:
        span = f"time >= {_moment(start)} AND time < {_moment(end)}"
        key = KEYS[table.split()[0]]
        return self._ask(f"{table} WHERE contract_id = {contract} AND {span} ORDER BY {key}")

    def _ask(self, rest: str) -> Any:
        return self._session.query(f"SELECT * FROM {rest}", "ArrowTable")


def _moment(time: int) -> str:
    return f"fromUnixTimestamp64Nano(toInt64({time}))"
