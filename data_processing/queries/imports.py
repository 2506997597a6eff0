"""Bars and ticks from CSV and Parquet files into a store: what it exported, and other people's.

Columns are found by name, whatever their case; the time may be called `time`, `timestamp`, `timestamp_utc`,
`datetime` or `date` and be ISO text, naive meaning UTC. Others are left out. Ticks are stored as history
gives them, by whole seconds. Storing a file again changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from data_processing.bar_merge import UpsertReport
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries, TickSeries
from data_storage.tables import BARS, TICKS, TIME, values_of
from market.bar_size import BarSize
from market.errors import BadRequest, SetupError
from market.events import DataType
from market.times import SECOND

Stamp = Literal["start", "end"]
_TIMES = ("time", "timestamp", "timestamp_utc", "datetime", "date")
_ROWS = 262_144
_PRICES = ("open", "high", "low", "close")
_NEEDED = {"BidAsk": ("bid", "ask"), "MidPoint": ("price",)}
_FRESHNESS = {each.label: each.value for each in DataType}


def import_bars(
    db: TimeseriesDB, path: Path, series: BarSeries, received: int, *, stamp: Stamp = "start"
) -> UpsertReport:
    """Store the bars of a file as those of `series`, known since `received` (UTC nanoseconds).

    They are final and from history unless the file says otherwise. `stamp` says which end of a bar its time
    is. Raise `BadRequest` for a file that cannot be understood, `SetupError` for one that cannot be read.
    """
    size = BarSize.parse(series.size)
    if stamp == "end" and not size.intraday:
        raise BadRequest(f"bars of {size} are known by their trading date; leave the stamp at start")
    shift = size.nanoseconds if stamp == "end" else 0
    report = UpsertReport()
    for rows in _read(path, _PRICES):
        given = {"version": 0, "final": True, "source": "history", "data_type": int(DataType.LIVE)}
        table = _table(series, rows, BARS, given | {"known_at": received}, path)
        if shift:
            time = pa.array(_ints(table) - shift).cast(TIME)
            table = table.set_column(table.schema.get_field_index("time"), "time", time)
        report += db.upsert_bar_table(series.size, series.what, series.hours, table)
    return report


def import_ticks(db: TimeseriesDB, path: Path, series: TickSeries, received: int) -> int:
    """Store the ticks of a file, which are in order of time; the answer is their number. Raises as above."""
    names = ["time", "data_type", "source", "received", *values_of(series.kind)]
    schema = pa.schema([TICKS[series.kind].field(name) for name in names])
    given = {"source": "history", "received": received, "data_type": int(DataType.LIVE)}
    count = 0
    for rows in _whole_seconds(_read(path, _NEEDED.get(series.kind, ("price",))), path):
        # Whatever it was where it comes from, here it is an answer of whole seconds.
        plain = rows.drop_columns([name for name in ("source", "received") if name in rows.column_names])
        db.append_tick_table(series.kind, _table(series, plain, schema, given, path))
        count += rows.num_rows
    return count


def _read(path: Path, needed: Sequence[str]) -> Iterator[pa.Table]:
    """The rows of a file in pieces, columns by our names; the time is there and understood."""
    try:
        batches = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)
        for batch in batches:
            yield _named(pa.Table.from_batches([batch]), needed, path)
    except pa.ArrowException as error:
        raise BadRequest(f"{path} cannot be understood: {' '.join(str(error).split())[:200]}") from error
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror or error}; check its name") from error


def _parquet(path: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(_ROWS)


def _csv(path: Path) -> Iterator[pa.RecordBatch]:
    # Every value is text first, so that no column changes its type halfway through a file.
    with pa.csv.open_csv(path) as probe:
        text = dict.fromkeys(probe.schema.names, pa.string())
    options = pa.csv.ConvertOptions(column_types=text, strings_can_be_null=True, null_values=[""])
    with pa.csv.open_csv(path, convert_options=options) as file:
        yield from file


def _named(rows: pa.Table, needed: Sequence[str], path: Path) -> pa.Table:
    names = [name.strip().lower() for name in rows.column_names]
    times = [name for name in _TIMES if name in names]
    missing = [name for name in needed if name not in names] + ([] if times else ["time"])
    if missing:
        raise BadRequest(f"{path} has no column {', '.join(missing)}; it has {', '.join(rows.column_names)}")
    rows = rows.select([names.index(name) for name in dict.fromkeys(names)]).rename_columns(
        list(dict.fromkeys(names))
    )
    return rows.set_column(rows.column_names.index(times[0]), "time", _time(rows[times[0]]))


def _time(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_string(column.type):
        return (
            column.cast(TIME)
            if getattr(column.type, "tz", None)
            else column.cast(pa.timestamp("ns")).cast(TIME)
        )
    first = next((each.as_py() for each in column if each.is_valid), "")
    # Arrow takes texts with a zone, or without, but not both.
    zoned = pc.match_substring_regex(pa.scalar(first), r"(Z|[+-]\d\d:?\d\d)$").as_py()
    return column.cast(TIME) if zoned else column.cast(pa.timestamp("ns")).cast(TIME)


def _table(
    series: BarSeries | TickSeries,
    rows: pa.Table,
    schema: pa.Schema,
    given: Mapping[str, object],
    path: Path,
) -> pa.Table:
    """The rows with the columns of `schema` and their contract; what the file has not is `given`, else null."""
    columns = [pa.repeat(pa.scalar(value), rows.num_rows) for value in (series.contract_id, series.exchange)]
    for field in schema:
        if field.name in rows.column_names:
            columns.append(_converted(rows[field.name], field))
        else:
            value = given.get(field.name, "" if field.type == pa.string() else None)
            value = False if value is None and field.type == pa.bool_() else value
            columns.append(
                pa.repeat(pa.scalar(value, pa.int64() if field.type == TIME else field.type), rows.num_rows)
            )
            columns[-1] = columns[-1].cast(field.type)
    table = pa.table(columns, names=["contract_id", "exchange", *schema.names])
    for name in ("time", *(name for name in (*_PRICES, "price") if name in schema.names)):
        if table[name].null_count:
            raise BadRequest(f"{path} has rows without {name}; take them out")
    return table


def _converted(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if field.name == "data_type" and pa.types.is_string(column.type):
        labels = pa.array(list(_FRESHNESS))
        codes = pa.array(list(_FRESHNESS.values()), pa.int8())
        return codes.take(pc.index_in(column, value_set=labels).combine_chunks())
    if field.type == pa.string():
        return column.cast(field.type).fill_null("")
    return column.cast(field.type)


def _whole_seconds(pieces: Iterator[pa.Table], path: Path) -> Iterator[pa.Table]:
    """The same rows, cut where a second ends."""
    held = None
    for piece in pieces:
        rows = piece if held is None else pa.concat_tables([held, piece])
        times = _ints(rows)
        if (np.diff(times) < 0).any():
            raise BadRequest(f"{path} is not in order of time; sort it first")
        cut = int(np.searchsorted(times, times[-1] // SECOND * SECOND)) if len(times) else 0
        held = rows.slice(cut)
        if cut:
            yield rows.slice(0, cut)
    if held is not None and held.num_rows:
        yield held


def _ints(table: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.asarray(table["time"].cast(pa.int64()).to_numpy(), np.int64)
