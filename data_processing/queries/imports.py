"""Bars and ticks from CSV and Parquet files into a store: what it exported, and other people's.

Columns are found by name, whatever their case; the time may be called `time`, `timestamp`, `timestamp_utc`,
`datetime` or `date` and be ISO text, naive meaning UTC. Others are left out. Ticks are stored as history
gives them, by whole seconds. Storing a file again changes nothing.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from data_processing.bar_forms import UpsertReport
from data_processing.queries.bar_rows import Ints
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries, TickSeries
from data_storage.tables import BARS, TICKS, TIME
from market.bar_size import BarSize
from market.errors import BadRequest, SetupError
from market.events import DataType, TickType
from market.times import SECOND

Stamp = Literal["start", "end"]
_TIMES = ("time", "timestamp", "timestamp_utc", "datetime", "date")
_ROWS = 262_144
_PRICES = ("open", "high", "low", "close")
_PRICE = ("price",)
_NEEDED = {"BidAsk": ("bid", "ask")}
_ZONED = re.compile(r"(Z|[+-]\d\d:?\d\d)$")


def import_bars(db: TimeseriesDB, path: Path, series: BarSeries, *, stamp: Stamp = "start") -> UpsertReport:
    """Store the bars of a file as those of `series`.

    They are final and from history unless the file says otherwise. `stamp` says which end of a bar its time
    is. Raise `BadRequest` for a file that cannot be understood, `SetupError` for one that cannot be read.
    """
    size = BarSize.parse(series.size)
    if stamp == "end" and not size.intraday:
        raise BadRequest(f"bars of {size} are known by their trading date; leave the stamp at start")
    shift = size.nanoseconds if stamp == "end" else 0
    report = UpsertReport()
    for piece in _read(path, BARS, _PRICES):
        rows = _set(piece, "time", pa.array(_times(piece) - shift).cast(TIME)) if shift else piece
        report += db.upsert_bar_table(series.size, series.what, series.hours, _with_route(rows, series))
    return report


def import_ticks(db: TimeseriesDB, path: Path, series: TickSeries) -> int:
    """Store the ticks of a file, which are in order of time; the answer is their number. Raises as above."""
    count, schema = 0, TICKS[series.kind]
    for piece in _whole_seconds(_read(path, schema, _NEEDED.get(series.kind, _PRICE)), path):
        # Whatever it was where it comes from, here it is an answer of whole seconds.
        rows = _set(piece, "source", pa.repeat("history", piece.num_rows))
        db.append_tick_table(series.kind, _with_route(rows, series))
        count += rows.num_rows
    return count


def check(path: Path, kind: TickType | None) -> None:
    """Raise what storing the beginning of a file of ticks, or of bars, would raise; store nothing."""
    schema, needed = (BARS, _PRICES) if kind is None else (TICKS[kind], _NEEDED.get(kind, _PRICE))
    next(_read(path, schema, needed), None)


def _read(path: Path, schema: pa.Schema, needed: Sequence[str]) -> Iterator[pa.Table]:
    """The rows of a file in pieces, with those columns of `schema` that it has, the time among them."""
    try:
        for batch in _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path):
            yield _understood(pa.Table.from_batches([batch]), schema, needed, path)
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


def _understood(rows: pa.Table, schema: pa.Schema, needed: Sequence[str], path: Path) -> pa.Table:
    place = {name.strip().lower(): n for n, name in reversed([*enumerate(rows.column_names)])}
    time = next((name for name in _TIMES if name in place), None)
    missing = [*(() if time else ("time",)), *(name for name in needed if name not in place)]
    if time is None or missing:
        raise BadRequest(f"{path} has no column {', '.join(missing)}; it has {', '.join(rows.column_names)}")
    found = {"time": _utc(rows.column(place[time]))}
    for field in schema:
        if field.name in place and field.name not in found:
            found[field.name] = _converted(rows.column(place[field.name]), field)
    if empty := [name for name in ("time", *needed) if name not in ("bid", "ask") and found[name].null_count]:
        raise BadRequest(f"{path} has rows without {', '.join(empty)}; take them out")
    return pa.table(found)


def _utc(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times; Arrow takes texts with a zone, or without one, but not both in a column."""
    first = next((str(each) for each in column if each.is_valid), "")
    zoned = _ZONED.search(first) if pa.types.is_string(column.type) else getattr(column.type, "tz", None)
    return column.cast(TIME) if zoned else column.cast(pa.timestamp("ns")).cast(TIME)


def _converted(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if field.type == TIME:
        return _utc(column)
    if field.name == "data_type" and pa.types.is_string(column.type):
        codes = pc.index_in(column, value_set=pa.array([each.label for each in DataType]))
        return pa.array([each.value for each in DataType], field.type).take(codes.combine_chunks())
    if field.type == pa.string():
        return column.cast(field.type).fill_null("")
    # Many write the number of trades as 5.0.
    return (
        column.cast(pa.float64()).cast(field.type)
        if pa.types.is_integer(field.type)
        else column.cast(field.type)
    )


def _with_route(rows: pa.Table, series: BarSeries | TickSeries) -> pa.Table:
    route = (series.contract_id, series.exchange)
    ids = [pa.repeat(pa.scalar(value), rows.num_rows) for value in route]
    return pa.table([*ids, *rows.columns], names=["contract_id", "exchange", *rows.column_names])


def _set(rows: pa.Table, name: str, values: pa.Array) -> pa.Table:
    if name not in rows.column_names:
        return rows.append_column(name, values)
    return rows.set_column(rows.column_names.index(name), name, values)


def _whole_seconds(pieces: Iterator[pa.Table], path: Path) -> Iterator[pa.Table]:
    """The same rows, cut where a second ends."""
    held = None
    for piece in pieces:
        rows = piece if held is None else pa.concat_tables([held, piece])
        times = _times(rows)
        if (np.diff(times) < 0).any():
            raise BadRequest(f"{path} is not in order of time; sort it first")
        cut = int(np.searchsorted(times, times[-1] // SECOND * SECOND)) if len(times) else 0
        held = rows.slice(cut)
        if cut:
            yield rows.slice(0, cut)
    if held is not None and held.num_rows:
        yield held


def _times(table: pa.Table) -> Ints:
    return np.asarray(table["time"].cast(pa.int64()).to_numpy(), np.int64)
