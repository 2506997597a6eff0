"""The end of a Parquet file written by hand, as Arrow reads it: of a few columns of a few row groups.

Arrow takes in the whole footer of a file, of all columns of all groups, before it reads the first of them,
and that takes longer than most answers do. What it needs to read a column chunk is so little that it is
told here, in Thrift's compact form (https://github.com/apache/thrift, doc/specs/thrift-compact-protocol.md)
of what https://github.com/apache/parquet-format, parquet.thrift calls `FileMetaData`.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
import pyarrow as pa

from data_storage.tables import TIME

MAGIC = b"PAR1"
_STOP = b"\0"
# A list of structures, of which the number follows in the same byte or the next ones.
_STRUCTURES, _MANY = 0x0C, 0xF0
_FEW = 15


class _Form(NamedTuple):
    """How Parquet has a type: the number of its physical one, and what says which of its meanings it has."""

    physical: int
    meaning: bytes


def _length(value: int) -> bytes:
    """A length, which has no sign: seven bits at a time."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _number(value: int) -> bytes:
    """A number, which is not negative here; its last bit would say so."""
    return _length(value << 1)


def _converted(number: int) -> bytes:
    return b"\x25" + _number(number)


# `logicalType` is a timestamp, adjusted to UTC, in nanoseconds.
_TIMESTAMP = b"\x6c\x8c\x11\x1c\x3c" + 4 * _STOP
_FORMS = {
    TIME: _Form(2, _TIMESTAMP),
    pa.bool_(): _Form(0, b""),
    pa.int8(): _Form(1, _converted(15)),
    pa.int32(): _Form(1, b""),
    pa.int64(): _Form(2, b""),
    pa.float64(): _Form(5, b""),
    pa.string(): _Form(6, _converted(0)),
}
_KINDS = {str(kind): kind for kind in _FORMS}
_CODECS = {"UNCOMPRESSED": 0, "SNAPPY": 1, "ZSTD": 6, "LZ4": 7}


class Column(msgspec.Struct, frozen=True, array_like=True):
    """A column of a file: its Arrow type and how its pages are packed, by name."""

    name: str
    type: str
    nullable: bool
    codec: str

    @property
    def kind(self) -> pa.DataType:
        return _KINDS[self.type]


class Chunk(NamedTuple):
    """Where a column of a row group begins, in bytes; `dictionary` is 0 when it has none.

    `size` is that of all its pages as they lie there.
    """

    dictionary: int
    data: int
    size: int

    @property
    def begin(self) -> int:
        """Where its first page is."""
        return self.dictionary or self.data


def file_end(columns: Sequence[Column], groups: Iterable[tuple[int, Sequence[Chunk]]]) -> bytes:
    """The end of a file of these columns, which begins with `MAGIC`; of each group its rows and chunks."""
    found, total = list[bytes](), 0
    for rows, chunks in groups:
        total += rows
        count = _number(rows)
        parts = [_chunk(column, count, chunk) for column, chunk in zip(columns, chunks, strict=True)]
        found.append(b"\x19" + _list(parts) + b"\x16\0\x16" + count + _STOP)
    end = _schema(tuple(columns)) + b"\x16" + _number(total) + b"\x19" + _list(found) + _STOP
    return end + len(end).to_bytes(4, "little") + MAGIC


def _list(items: Sequence[bytes]) -> bytes:
    count = len(items)
    few = count < _FEW
    head = bytes([count << 4 | _STRUCTURES]) if few else bytes([_MANY | _STRUCTURES]) + _length(count)
    return head + b"".join(items)


def _text(value: str) -> bytes:
    found = value.encode()
    return _length(len(found)) + found


@lru_cache(maxsize=64)
def _schema(columns: tuple[Column, ...]) -> bytes:
    """`version` and `schema`: the root, and then its columns."""
    root = b"\x48" + _text("schema") + b"\x15" + _number(len(columns)) + _STOP
    return b"\x15" + _number(2) + b"\x19" + _list([root, *map(_element, columns)])


def _element(column: Column) -> bytes:
    form = _FORMS[column.kind]
    optional = _number(column.nullable)
    return (
        b"\x15"
        + _number(form.physical)
        + b"\x25"
        + optional
        + b"\x18"
        + _text(column.name)
        + form.meaning
        + _STOP
    )


def _chunk(column: Column, rows: bytes, chunk: Chunk) -> bytes:
    # That of all pages unpacked is not asked for when they are read: each has its own.
    size = _number(chunk.size)
    found = _head(column) + rows + b"\x16" + size + b"\x16" + size + b"\x26" + _number(chunk.data)
    if chunk.dictionary:
        found += b"\x26" + _number(chunk.dictionary)
    return found + _STOP + _STOP


@lru_cache(maxsize=1_024)
def _head(column: Column) -> bytes:
    """A chunk up to its number of values: type, no encodings, since pages tell theirs, path and codec."""
    physical = _number(_FORMS[column.kind].physical)
    path = b"\x19\x18" + _text(column.name)
    return (
        b"\x26\0\x1c\x15" + physical + b"\x19\x05" + path + b"\x15" + _number(_CODECS[column.codec]) + b"\x16"
    )
