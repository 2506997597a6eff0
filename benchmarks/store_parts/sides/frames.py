"""Questions to a pyarrow dataset of Parquet files, for the stores that are such a dataset."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset

PERIODS = {"ticks": "%Y-%m-%d", "bars": "%Y-%m"}


def with_period(what: str, table: pa.Table) -> pa.Table:
    """The table with the `period` that it is partitioned by: the day of a trade, the month of a bar."""
    # Formatting is slow, and there are few days.
    days = (
        table["time"]
        .cast(pa.timestamp("s"))
        .cast(pa.date32(), safe=False)
        .combine_chunks()
        .dictionary_encode()
    )
    names = pc.strftime(days.dictionary.cast(pa.timestamp("s")), format=PERIODS[what])
    return table.append_column("period", names.take(days.indices))


def ask(dataset: Any, what: str, contract: int, start: int, end: int) -> pa.Table:
    """The rows of a contract in [start, end); only the periods that it touches are looked at."""
    wanted = pc.field("contract_id") == contract
    wanted = wanted & (pc.field("time") >= moment(start)) & (pc.field("time") < moment(end))
    wanted = (
        wanted & (pc.field("period") >= period(what, start)) & (pc.field("period") <= period(what, end - 1))
    )
    found = dataset.to_table(filter=wanted).drop_columns(["period"])
    return found.sort_by([("time", "ascending"), *([("ordinal", "ascending")] if what == "ticks" else [])])


def last(dataset: Any, contract: int, count: int, end: int) -> pa.Table:
    """The latest bars of a contract before `end`, from its latest two months."""
    since = end - 60 * 86_400 * 10**9
    found = ask(dataset, "bars", contract, since, end)
    return found.slice(max(0, found.num_rows - count))


def minute(dataset: Any, time: int) -> pa.Table:
    """The bars of all contracts at `time`."""
    wanted = (pc.field("time") == moment(time)) & (pc.field("period") == period("bars", time))
    return dataset.to_table(filter=wanted).drop_columns(["period"])


def candles(dataset: Any, start: int, end: int) -> pa.Table:
    """One-minute candles by pyarrow's own grouping."""
    wanted = (pc.field("time") >= moment(start)) & (pc.field("time") < moment(end))
    wanted = (
        wanted & (pc.field("period") >= period("ticks", start)) & (pc.field("period") < period("ticks", end))
    )
    return grouped(dataset.to_table(filter=wanted))


def grouped(trades: pa.Table) -> pa.Table:
    """The trades of whole days as candles."""
    rows = trades.sort_by([(name, "ascending") for name in ("contract_id", "time", "ordinal")])
    rows = rows.append_column("minute", pc.floor_temporal(rows["time"], unit="minute"))
    found = rows.group_by(["contract_id", "minute"], use_threads=False).aggregate(
        [("price", "first"), ("price", "max"), ("price", "min"), ("price", "last"), ("size", "sum")]
    )
    return found.rename_columns(["contract_id", "minute", "open", "high", "low", "close", "volume"])


def moment(time: int) -> pa.Scalar:
    """`time` as Arrow writes it."""
    return pa.scalar(time, pa.timestamp("ns"))


def period(what: str, time: int) -> str:
    """The period that `time` falls into."""
    return str(pc.strftime(pa.scalar(time // 10**9, pa.timestamp("s")), format=PERIODS[what]).as_py())
