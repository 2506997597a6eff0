"""ArcticDB on LMDB: a symbol for each contract, as is natural there, or one for all, which appends faster."""

from pathlib import Path
from typing import Any

import arcticdb
import pandas as pd
import pyarrow as pa

from benchmarks.store_parts import data
from benchmarks.store_parts.sides.side import Side


class ArcticDB(Side):
    """Durable at each write, as LMDB is by itself."""

    def __init__(self, folder: Path, *, write: bool = True) -> None:
        super().__init__(folder, write=write)
        self._library: dict[str, Any] = {}
        for what in data.SCHEMAS:
            (folder / what).mkdir(parents=True, exist_ok=True)
            arctic = arcticdb.Arctic(f"lmdb://{folder / what}?map_size=20GB", output_format="PYARROW")
            self._library[what] = arctic.get_library("library", create_if_missing=write)

    def prepare(self, what: str, table: pa.Table) -> Any:
        # A bulk load is told from an append by its size: its sorting by contract is part of the work.
        return table if table.num_rows > 10_000 else _frame(table)

    def load(self, what: str, table: Any) -> None:
        table = table if isinstance(table, pa.Table) else pa.Table.from_pandas(table.reset_index())
        payloads = [
            arcticdb.WritePayload(str(contract), _frame(part.drop_columns(["contract_id"])))
            for contract, part in data.parts(data.by_contract(table))
        ]
        _check(self._library[what].write_batch(payloads))

    def upsert(self, bars: pd.DataFrame) -> None:
        payloads = [
            arcticdb.UpdatePayload(str(contract), part.drop(columns="contract_id"))
            for contract, part in bars.groupby("contract_id")
        ]
        _check(self._library["bars"].update_batch(payloads))

    def trades(self, contract: int, start: int, end: int) -> pa.Table:
        return self._range("ticks", contract, start, end)

    def bars(self, contract: int, start: int, end: int) -> pa.Table:
        return self._range("bars", contract, start, end)

    def last_bars(self, contract: int, count: int) -> pa.Table:
        return self._library["bars"].tail(str(contract), count).data

    def minute(self, time: int) -> pa.Table:
        moment = pd.Timestamp(time)
        wanted = [
            arcticdb.ReadRequest(str(contract), date_range=(moment, moment))
            for contract in data.contracts(data.BAR_CONTRACTS)
        ]
        return pa.concat_tables([each.data for each in _check(self._library["bars"].read_batch(wanted))])

    def candles(self, start: int, end: int) -> pa.Table:
        # Its own resampling: closed and labelled left, as everybody's.
        query = arcticdb.QueryBuilder().date_range((pd.Timestamp(start), pd.Timestamp(end - 1)))
        query = query.resample("1min").agg(
            {
                "open": ("price", "first"),
                "high": ("price", "max"),
                "low": ("price", "min"),
                "close": ("price", "last"),
                "volume": ("size", "sum"),
            }
        )
        wanted = [
            arcticdb.ReadRequest(str(contract), query_builder=query)
            for contract in data.contracts(data.TICK_CONTRACTS)
        ]
        return pa.concat_tables([each.data for each in _check(self._library["ticks"].read_batch(wanted))])

    def _range(self, what: str, contract: int, start: int, end: int) -> pa.Table:
        span = pd.Timestamp(start), pd.Timestamp(end - 1)
        return self._library[what].read(str(contract), date_range=span).data


class OneSymbol(ArcticDB):
    """All contracts in one symbol, appended to. Old versions stay: without them readers fail."""

    def append(self, trades: pd.DataFrame) -> None:
        self._library["ticks"].append("all", trades, prune_previous_versions=False)

    def trades(self, contract: int, start: int, end: int) -> pa.Table:
        of_contract = arcticdb.QueryBuilder()
        of_contract = of_contract[of_contract["contract_id"] == contract]
        span = pd.Timestamp(start), pd.Timestamp(end - 1)
        return self._library["ticks"].read("all", date_range=span, query_builder=of_contract).data


def _frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas().set_index("time")
    return frame


def _check(answers: Any) -> Any:
    """Its batch calls give errors back as items; the answers when none is one."""
    for each in answers:
        if isinstance(each, arcticdb.DataError):
            raise RuntimeError(str(each))
    return answers
