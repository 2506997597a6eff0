"""Bars and ticks as CSV: the same rows give the same bytes.

Times are ISO with ``Z``, floats the shortest text that reads back equal, missing values empty. What the store
keeps for itself (when we knew, which recording, which version) is left out.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pyarrow as pa

from data_storage.atomic import replacing
from data_storage.layout import BarSeries, Series, TickSeries
from data_storage.tables import EVENT_OF_KIND
from market import times
from market.errors import BadRequest
from market.events import Bar, MarketEvent, Tick

_PRIVATE = frozenset({"version", "known_at", "ordinal", "recording", "received", "seen", "disputed", "whole"})
# Where empty is a value and not a missing one.
_TEXTS = frozenset({"venue", "conditions"})
_BATCH = 10_000

T = TypeVar("T", bound=MarketEvent)


def export(table: pa.Table, path: Path) -> int:
    """Write a table of bars or ticks to `path`, whole or not at all; the answer is the number of rows."""
    with replacing(path) as file:
        for text in lines(table):
            file.write(text.encode())
    return int(table.num_rows)


def lines(table: pa.Table) -> Iterator[str]:
    """The file in pieces of many lines, the header first."""
    names = [name for name in table.column_names if name not in _PRIVATE]
    yield ",".join(names) + "\n"
    for batch in table.select(names).to_batches(max_chunksize=_BATCH):
        columns = [_texts(batch.column(i)) for i in range(batch.num_columns)]
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(zip(*columns, strict=True))
        yield buffer.getvalue()


def import_bars(path: Path, series: BarSeries, received: int) -> list[Bar]:
    """Read bars back that `export` wrote; raise `BadRequest` naming the line that does not fit."""
    fixed = {"size": series.size, "what": series.what, "hours": series.hours}
    return list(_read(path, Bar, series, received, fixed))


def import_ticks(path: Path, series: TickSeries, received: int) -> list[Tick]:
    """Read ticks back that `export` wrote; raise `BadRequest` naming the line that does not fit."""
    fixed = {"tick_type": series.kind} if series.kind in ("Last", "AllLast") else {}
    return list(_read(path, EVENT_OF_KIND[series.kind], series, received, fixed))


def _read(path: Path, event: type[T], series: Series, received: int, fixed: dict[str, Any]) -> Iterator[T]:
    fixed |= {"contract_id": series.contract_id, "exchange": series.exchange, "received": received}
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        for row in reader:
            try:
                values = {name: text or None for name, text in row.items() if name not in _TEXTS} | fixed
                values |= {name: row[name] for name in _TEXTS & row.keys()}
                values["time"] = _nanoseconds(row["time"])
                yield msgspec.convert(values, event, strict=False)
            except (KeyError, ValueError, TypeError, AttributeError) as error:
                raise BadRequest(
                    f"{path} line {reader.line_num} does not fit: {error}; export writes the form"
                ) from error


def _texts(column: pa.Array) -> list[str]:
    if pa.types.is_timestamp(column.type):
        return [times.iso(value) for value in column.cast(pa.int64()).to_pylist()]
    if pa.types.is_floating(column.type):
        return ["" if value is None else repr(value) for value in column.to_pylist()]
    if pa.types.is_boolean(column.type):
        return ["true" if value else "false" for value in column.to_pylist()]
    return ["" if value is None else str(value) for value in column.to_pylist()]


def _nanoseconds(text: str) -> int:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return times.parse(whole) + int(f"{fraction:0<9}")
