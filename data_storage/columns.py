"""Columns of Arrow as numpy has them, and back.

Arrow's own ways ask whether what they are given is of pandas, and import it to ask: a third of a second of a
program's first answer. These copy nothing that lies in one piece.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]


def numbers(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """Numbers without nulls, in their own type."""
    parts = [np.from_dlpack(chunk) for chunk in column.chunks if len(chunk)]
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0, _dtype(column.type))


def ints(table: pa.Table, name: str) -> Ints:
    """A column of integers or times without nulls."""
    return np.asarray(numbers(table[name].cast(pa.int64())), np.int64)


def column(values: npt.NDArray[Any]) -> pa.Array:
    """Numbers or truths as Arrow has them."""
    if values.dtype == np.bool_:
        bits = np.packbits(values, bitorder="little")
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def scalar(value: float | bytes | None, kind: pa.DataType) -> pa.Scalar:
    """A value of a column of integers, times, truths or words, as a Parquet file has it."""
    if value is None:
        return pa.nulls(1, kind)[0]
    if isinstance(value, bytes):
        buffers = [np.array([0, len(value)], np.int32), value]
    else:
        buffers = [np.array([value], _dtype(kind))]
    return pa.Array.from_buffers(kind, 1, [None, *map(pa.py_buffer, buffers)])[0]


def _dtype(kind: pa.DataType) -> str:
    width = max(1, kind.bit_width // 8)
    return f"f{width}" if pa.types.is_floating(kind) else f"i{width}"


def some_rows(table: pa.Table, first: int, count: int) -> pa.Table:
    """Some rows of a table; a few do not keep the others in memory."""
    part = table.slice(first, count)
    return part.take(column(np.arange(count))) if 2 * count <= table.num_rows else part
