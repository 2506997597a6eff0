"""Bars and ticks as CSV: the same rows give the same bytes.

Times are ISO with ``Z``, floats the shortest text that reads back equal, missing values empty, how fresh a
row is in words (``LIVE``, ``DELAYED``). What the store
keeps for itself (when we knew, which recording, which version) is left out.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

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
    names = [name for name in table.column_names if name not in _PRIVATE]
    yield ",".join(names) + "\n"
    for batch in table.select(names).to_batches(max_chunksize=_BATCH):
        columns = [_texts(name, batch.column(i)) for i, name in enumerate(names)]
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(zip(*columns, strict=True))
        yield buffer.getvalue()


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
