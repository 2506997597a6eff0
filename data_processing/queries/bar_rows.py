"""Prices with their times as columns, one row for a tick, a bar or a part of one, and how rows become a bar.

A bar is made of rows as `data_processing.candles` makes it of events: first open, highest high, lowest low,
last close, the sum of sizes, the average weighted by them, the number of prints. Prints that were not
reported and quotes without one of their sides are left out. Only the order of additions differs, so an
average may differ in its last digit.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_storage.tables import BARS
from market.events import TickType

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Rows(msgspec.Struct, frozen=True):
    """Rows sorted by `time`. NaN in `volume` or `count` says that nobody knows; `value` is price x size.

    `final` is whether nothing that belongs to the row is missing, `known_at` when the last of it came.
    """

    time: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    value: Floats
    count: Floats
    final: Bools
    known_at: Ints

    def __len__(self) -> int:
        return len(self.time)

    def select(self, which: Bools | slice) -> "Rows":
        """Some of the rows; a slice copies nothing."""
        return Rows(*(column[which] for column in msgspec.structs.astuple(self)))


def of_ticks(ticks: pa.Table, kind: TickType) -> Rows:
    """The ticks of one contract, kind and data type, as `TimeseriesDB.ticks` gives them."""
    if kind == "BidAsk":
        price = (_floats(ticks, "bid") + _floats(ticks, "ask")) / 2
        return _of_prices(ticks, price, ~np.isnan(price), None)
    price = _floats(ticks, "price")
    if kind == "MidPoint":
        return _of_prices(ticks, price, None, None)
    unreported = _bools(ticks, "unreported")
    return _of_prices(ticks, price, ~unreported if unreported.any() else None, _floats(ticks, "size"))


def of_bars(bars: pa.Table) -> Rows:
    """The bars of one series and data type, the latest version of each."""
    close, volume, average = (_floats(bars, name) for name in ("close", "volume", "average"))
    return Rows(
        time=_ints(bars, "time"),
        open=_floats(bars, "open"),
        high=_floats(bars, "high"),
        low=_floats(bars, "low"),
        close=close,
        volume=volume,
        value=np.where(np.isnan(average), close, average) * volume,
        count=_floats(bars, "count"),
        final=_bools(bars, "final"),
        known_at=_ints(bars, "known_at"),
    )


def join(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts one after the other."""
    columns = zip(*(msgspec.structs.astuple(part) for part in parts), strict=True)
    return Rows(*(np.concatenate(column) for column in columns))


def gather(rows: Rows, start: Ints) -> Rows:
    """One row for each run of equal `start`, which becomes its time."""
    if not len(rows):
        return rows
    first = np.flatnonzero(np.concatenate(([True], start[1:] != start[:-1])))
    last = np.append(first[1:], len(start)) - 1
    return Rows(
        time=start[first],
        open=rows.open[first],
        high=np.maximum.reduceat(rows.high, first),
        low=np.minimum.reduceat(rows.low, first),
        close=rows.close[last],
        volume=_sums(rows.volume, first),
        value=_sums(rows.value, first),
        count=_sums(rows.count, first),
        final=np.logical_and.reduceat(rows.final, first),
        known_at=np.maximum.reduceat(rows.known_at, first),
    )


def table(rows: Rows, data_type: int) -> pa.Table:
    """The rows as `data_storage.tables.BARS`: made by us, each its own first version."""
    with np.errstate(invalid="ignore", divide="ignore"):
        average = np.where(rows.volume != 0, rows.value / rows.volume, np.nan)
    columns: dict[str, object] = {name: getattr(rows, name) for name in ("open", "high", "low", "close")}
    for name, values in (("volume", rows.volume), ("average", average)):
        columns[name] = pa.array(values, from_pandas=True)
    columns["count"] = pa.array(rows.count, from_pandas=True).cast(pa.int64())
    columns |= {name: getattr(rows, name) for name in ("time", "known_at", "final")}
    constants = {"source": "ticks", "data_type": data_type, "version": 0}
    columns |= {name: pa.repeat(value, len(rows)) for name, value in constants.items()}
    return pa.table({name: columns[name] for name in BARS.names}).cast(BARS)


def _of_prices(ticks: pa.Table, price: Floats, keep: Bools | None, size: Floats | None) -> Rows:
    nobody_knows = np.full(len(price), np.nan)
    volume, count = (nobody_knows, nobody_knows) if size is None else (size, np.ones(len(price)))
    whole, received = _bools(ticks, "whole"), _ints(ticks, "received")
    value, time = price * volume, _ints(ticks, "time")
    rows = Rows(time, price, price, price, price, volume, value, count, whole, received)
    return rows if keep is None else rows.select(keep)


def _sums(column: Floats, first: npt.NDArray[np.intp]) -> Floats:
    """The sum of each run without the unknown; unknown where all of it is."""
    unknown = np.isnan(column)
    if not unknown.any():
        return np.asarray(np.add.reduceat(column, first))
    total = np.add.reduceat(np.where(unknown, 0.0, column), first)
    return np.where(np.logical_and.reduceat(unknown, first), np.nan, total)


def _floats(columns: pa.Table, name: str) -> Floats:
    return np.asarray(columns.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def _ints(columns: pa.Table, name: str) -> Ints:
    return np.asarray(columns.column(name).cast(pa.int64()).to_numpy(zero_copy_only=False), np.int64)


def _bools(columns: pa.Table, name: str) -> Bools:
    return np.asarray(columns.column(name).to_numpy(zero_copy_only=False), np.bool_)
