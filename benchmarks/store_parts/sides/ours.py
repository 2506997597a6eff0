"""This project's store, through its public interface: validated, whole seconds settled, tail merged."""

import time
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from benchmarks.store_parts import data
from benchmarks.store_parts.sides.side import Side, disk_usage
from data_processing.queries.resample import resample_all
from data_processing.timeseries_db import TimeseriesDB
from market.clock import AcceleratedClock
from market.events import Trade
from market.source import Source

EXCHANGE = "SMART"
# What every store was given and gives back, words as numbers.
TRADES = ("time", "ordinal", "price", "size", "venue", "conditions")
SOURCE = Source.simulated(seed=1, feed="consistent", always_open=False)


class Truetick(Side):
    """With `sync="always"` durable at each call, with ``group`` 50 ms later at most."""

    def __init__(
        self, folder: Path, *, write: bool = True, sync: Literal["always", "group"] = "always"
    ) -> None:
        super().__init__(folder, write=write)
        # After all data, and later in each process than in those before: what is known later holds.
        clock = AcceleratedClock(data.END + data.DAY + time.monotonic_ns())
        self._db = TimeseriesDB.open(folder, SOURCE, write=write, sync=sync, clock=clock)

    def prepare(self, what: str, table: pa.Table) -> Any:
        """The columns by our names, text as text: venues and conditions are words to our users."""
        count = table.num_rows
        columns: dict[str, Any] = {
            "contract_id": table["contract_id"].cast(pa.int64()),
            "exchange": _words(np.zeros(count, np.int8), [EXCHANGE]),
            "time": table["time"].cast(pa.timestamp("ns", tz="UTC")),
        }
        if what == "bars":
            kept = [name for name in table.column_names if name not in columns]
            columns |= {name: table[name] for name in kept} | {"final": np.ones(count, bool)}
            return pa.table(columns)
        odd = table["odd_lot"].to_numpy()
        columns |= {"price": table["price"], "size": table["size"]}
        columns |= {
            "venue": _words(table["venue"].to_numpy(), list(data.VENUES)),
            "conditions": _words(odd, ["", "I"]),
        }
        columns |= {"past_limit": np.zeros(count, bool), "unreported": np.zeros(count, bool)}
        return pa.table(columns) if count > 1 else _events(pa.table(columns))

    def load(self, what: str, table: pa.Table) -> None:
        if what == "ticks":
            self._db.load_ticks("Last", table)
        else:
            self._db.load_bars("1m", "TRADES", "all", table)

    def disk(self, what: str) -> int:
        return disk_usage(self._db.folder / what)

    def append(self, trades: pa.Table | list[Trade]) -> None:
        # A single trade comes as an event, a thousand come as a table.
        if isinstance(trades, list):
            self._db.append_ticks(trades)
        else:
            self._db.append_tick_table("Last", trades)

    def upsert(self, bars: pa.Table) -> None:
        self._db.upsert_bar_table("1m", "TRADES", "all", bars)

    def trades(self, contract: int, start: int, end: int) -> pa.Table:
        return self._db.ticks(contract, EXCHANGE, "Last", start, end, columns=TRADES, encoded=True)

    def bars(self, contract: int, start: int, end: int) -> pa.Table:
        return self._db.bars(contract, EXCHANGE, "1m", start, end)

    def last_bars(self, contract: int, count: int) -> pa.Table:
        return self._db.last_bars(contract, EXCHANGE, "1m", count)

    def minute(self, time: int) -> pa.Table:
        return self._db.bars_at("1m", time)

    def candles(self, start: int, end: int) -> pa.Table:
        return resample_all(self._db, "Last", "1m", start, end).read_all()

    def close(self) -> None:
        self._db.close()


def _events(trades: pa.Table) -> list[Trade]:
    rows = trades.set_column(2, "time", trades["time"].cast(pa.int64())).to_pylist()
    return [Trade(**row, received=row["time"]) for row in rows]


def _words(codes: Any, words: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int8()), pa.array(words))
