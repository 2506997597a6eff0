"""SQLite, a file each for trades and bars, clustered by contract and time; WAL mode, every commit synced."""

import itertools
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.store_parts import data
from benchmarks.store_parts.sides.side import Side, backwards, disk_usage

KEYS = {"ticks": "contract_id, time, ordinal", "bars": "contract_id, time"}
Rows = list[tuple[Any, ...]]


class SQLite(Side):
    """Times are integers: SQLite knows no others."""

    rounds = 1

    def __init__(self, folder: Path, *, write: bool = True) -> None:
        super().__init__(folder, write=write)
        self._open: dict[str, sqlite3.Connection] = {}
        for what, schema in data.SCHEMAS.items():
            (folder / what).mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(folder / what / "store.sqlite", isolation_level=None, timeout=30)
            connection.execute("PRAGMA cache_size = -262144")
            connection.execute("PRAGMA synchronous = FULL")
            if write:
                connection.execute("PRAGMA journal_mode = WAL")
                columns = ", ".join(f'"{field.name}" {_type(field)}' for field in schema)
                connection.execute(
                    f"CREATE TABLE IF NOT EXISTS {what} ({columns}, PRIMARY KEY ({KEYS[what]})) WITHOUT ROWID"
                )
            self._open[what] = connection

    def prepare(self, what: str, table: pa.Table) -> Any:
        # Twenty million tuples would not fit: a bulk load makes them as it goes.
        return table if table.num_rows > 1_000_000 else list(_tuples(table))

    def load(self, what: str, table: Any) -> None:
        rows: Iterable[Any] = table
        if isinstance(table, pa.Table):
            batches = data.by_contract(table).to_batches(max_chunksize=100_000)
            rows = itertools.chain.from_iterable(map(_tuples, batches))
        else:
            rows = sorted(table)
        self._put(what, f"INSERT INTO {what}", rows)
        self._open[what].execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def disk(self, what: str) -> int:
        self._open[what].execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return disk_usage(self.folder / what)

    def append(self, trades: Rows) -> None:
        self._put("ticks", "INSERT INTO ticks", trades)

    def upsert(self, bars: Rows) -> None:
        self._put("bars", "INSERT OR REPLACE INTO bars", bars)

    def trades(self, contract: int, start: int, end: int) -> pa.Table:
        where = "WHERE contract_id = ? AND time >= ? AND time < ? ORDER BY time, ordinal"
        return self._ask("ticks", where, contract, start, end)

    def bars(self, contract: int, start: int, end: int) -> pa.Table:
        return self._ask("bars", "WHERE contract_id = ? AND time >= ? AND time < ?", contract, start, end)

    def last_bars(self, contract: int, count: int) -> pa.Table:
        where = "WHERE contract_id = ? ORDER BY time DESC LIMIT ?"
        found = self._ask("bars", where, contract, count)
        return backwards(found)

    def minute(self, time: int) -> pa.Table:
        # The clustered key is of no help here, but there are few contracts: a look-up for each.
        ids = ", ".join(map(str, data.contracts(data.BAR_CONTRACTS)))
        return self._ask("bars", f"WHERE contract_id IN ({ids}) AND time = ?", time)

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()

    def _put(self, what: str, command: str, rows: Iterable[Any]) -> None:
        connection, places = self._open[what], ", ".join("?" * len(data.SCHEMAS[what]))
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(f"{command} VALUES ({places})", rows)
        connection.execute("COMMIT")

    def _ask(self, what: str, where: str, *values: int) -> pa.Table:
        rows = self._open[what].execute(f"SELECT * FROM {what} {where}", values).fetchall()
        schema = data.SCHEMAS[what]
        columns = list(zip(*rows, strict=True)) or [()] * len(schema)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        return pa.Table.from_arrays(arrays, schema=schema)


def _type(field: pa.Field) -> str:
    return "REAL" if pa.types.is_floating(field.type) else "INTEGER"


def _tuples(table: pa.Table | pa.RecordBatch) -> Iterable[tuple[Any, ...]]:
    columns = [
        column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column for column in table.columns
    ]
    return zip(*(column.to_pylist() for column in columns), strict=True)
