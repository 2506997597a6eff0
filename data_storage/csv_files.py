"""Bars and ticks as CSV, and as lines of JSON: the same rows give the same bytes.

Times are ISO with ``Z``, floats the shortest text that reads back equal, missing values empty, how fresh a
row is in words (``LIVE``, ``DELAYED``). What the store
keeps for itself (when we knew, which recording, which version) is left out.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa

from data_storage.atomic import replacing
from market import times
from market.events import DataType

_PRIVATE = frozenset({"version", "known_at", "ordinal", "recording", "received", "seen", "disputed", "whole"})
_BATCH = 10_000


def export(table: pa.Table, path: Path) -> int:
    """Write a table of bars or ticks to `path`, whole or not at all; the answer is the number of rows."""
    with replacing(path) as file:
        for text in lines(table):
            file.write(text.encode())
    return int(table.num_rows)


def lines(table: pa.Table) -> Iterator[str]:
    """The file in pieces of many lines, the header first."""
    names = _shown(table)
    yield ",".join(names) + "\n"
    for batch in table.select(names).to_batches(max_chunksize=_BATCH):
        columns = [_texts(name, batch.column(i)) for i, name in enumerate(names)]
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(zip(*columns, strict=True))
        yield buffer.getvalue()


def json_lines(table: pa.Table) -> Iterator[str]:
    """An object for each row, in pieces of many lines: the columns and the words of the CSV."""
    names = _shown(table)
    for batch in table.select(names).to_batches(max_chunksize=_BATCH):
        columns = [_values(name, batch.column(i)) for i, name in enumerate(names)]
        rows = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
        yield "".join(f"{msgspec.json.encode(row).decode()}\n" for row in rows)


def _values(name: str, column: pa.Array) -> Sequence[object]:
    in_words = name == "data_type" or pa.types.is_timestamp(column.type)
    return _texts(name, column) if in_words else column.to_pylist()


def _shown(table: pa.Table) -> list[str]:
    return [name for name in table.column_names if name not in _PRIVATE]


def _texts(name: str, column: pa.Array) -> list[str]:
    if name == "data_type":
        return ["" if value is None else DataType(value).label for value in column.to_pylist()]
    if pa.types.is_timestamp(column.type):
        return [times.iso(value) for value in column.cast(pa.int64()).to_pylist()]
    if pa.types.is_floating(column.type):
        return ["" if value is None else repr(value) for value in column.to_pylist()]
    if pa.types.is_boolean(column.type):
        return ["true" if value else "false" for value in column.to_pylist()]
    return ["" if value is None else str(value) for value in column.to_pylist()]
