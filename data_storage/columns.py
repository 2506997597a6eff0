"""Columns of Arrow as numpy has them, and back.

Arrow's own ways ask whether what they are given is of pandas, and import it to ask: a third of a second of a
program's first answer. These copy nothing that lies in one piece.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
_BLOCK = 2**18


def numbers(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """Numbers without nulls, in their own type."""
    parts = [np.from_dlpack(chunk) for chunk in column.chunks if len(chunk)]
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0, _dtype(column.type))


def ints(table: pa.Table, name: str) -> Ints:
    """A column of integers or times without nulls."""
    values = table[name]
    if pa.types.is_timestamp(values.type):
        values = pa.chunked_array([chunk.view(pa.int64()) for chunk in values.chunks], pa.int64())
    return np.asarray(numbers(values), np.int64)


def one_piece(column: pa.ChunkedArray) -> pa.Array:
    """The values in one array; what lies in one already is not copied."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def column(values: npt.NDArray[Any]) -> pa.Array:
    """Numbers or truths as Arrow has them."""
    if values.dtype == np.bool_:
        bits = np.packbits(values, bitorder="little")
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def of_values(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Plain values as a column of numbers, times, truths or words; `None` is missing."""
    there = np.array([value is not None for value in values], np.bool_)
    valid = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))
    if pa.types.is_string(kind):
        words = [(value or "").encode() for value in values]
        ends = np.cumsum([0, *map(len, words)], dtype=np.int32)
        return pa.Array.from_buffers(
            kind, len(words), [valid, pa.py_buffer(ends), pa.py_buffer(b"".join(words))]
        )
    known = np.array([0 if value is None else value for value in values], _dtype(kind))
    if pa.types.is_boolean(kind):
        known = np.packbits(known, bitorder="little")
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(known)])


def repeated(value: int | bytes | None, count: int, kind: pa.DataType) -> pa.ChunkedArray:
    """A value as a Parquet file has it so many times, as it is or as a dictionary of one word.

    It is filled once for several answers.
    """
    size = min(_BLOCK, 1 << max(0, count - 1).bit_length())
    block = _block(value, kind, size)
    return pa.chunked_array([block.slice(0, min(size, count - at)) for at in range(0, count, size)], kind)


@lru_cache(maxsize=16)
def _block(value: int | bytes | None, kind: pa.DataType, count: int) -> pa.Array:
    if value is None:
        return pa.nulls(count, kind)
    if not pa.types.is_dictionary(kind):
        return pa.repeat(scalar(value, kind), count)
    word = pa.repeat(scalar(value, kind.value_type), 1)
    return pa.DictionaryArray.from_arrays(column(np.zeros(count, np.int32)), word)


def scalar(value: float | bytes, kind: pa.DataType) -> pa.Scalar:
    """A value of a column of integers, times, truths or words."""
    if isinstance(value, bytes):
        buffers = [np.array([0, len(value)], np.int32), value]
    else:
        buffers = [np.array([value], _dtype(kind))]
    return pa.Array.from_buffers(kind, 1, [None, *map(pa.py_buffer, buffers)])[0]


def encoded(table: pa.Table) -> pa.Table:
    """The table with its words as numbers into dictionaries."""
    for i, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            table = table.set_column(i, field.name, table.column(i).dictionary_encode())
    return table


def _dtype(kind: pa.DataType) -> str:
    width = max(1, kind.bit_width // 8)
    return f"f{width}" if pa.types.is_floating(kind) else f"i{width}"


def some_rows(table: pa.Table, first: int, count: int) -> pa.Table:
    """Some rows of a table; a few do not keep the others in memory."""
    part = table.slice(first, count)
    return part.take(column(np.arange(count))) if 2 * count <= table.num_rows else part
