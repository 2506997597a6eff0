"""What a file of rows holds and where it lies in it: written before the file's own end, or found out from it.

The end of a Parquet file describes every column of every row group, and Arrow must understand all of that
before it reads one. The index says the same in a form that is had at once: an array of places, and the
values of the columns that have one in a row group. It stands between the last row group and the file's own
end, where nobody else looks, and is followed by its checksum, its length and four letters. A file without
it, or with one that is damaged, is understood by its end.
"""

import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from data_storage.manifest import SCHEMA
from data_storage.thrift_footer import MAGIC, Chunk, Column

KEY = b"truetick"
Value = int | bytes | None
"""What a column has, as a Parquet file tells it: a time is a number, a word is bytes."""
_LETTERS = b"TTI1"
_TRAILER = 12
_END = 8


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A contract in a file: so many rows, the first at `offset`, of times `first` to `last`.

    `revised` counts rows that a later version replaced, `disputed` the seconds that two whole views tell
    differently.
    """

    contract_id: int
    exchange: str
    offset: int
    rows: int
    first: int
    last: int
    revised: int = 0
    disputed: int = 0


class FileInfo(msgspec.Struct, frozen=True):
    """Whose rows these are."""

    source: str
    section: str
    entries: Sequence[Entry] = ()
    schema: int = SCHEMA


class Index(msgspec.Struct, frozen=True, array_like=True):
    """Arrays are 64-bit integers, the lowest byte first.

    Row groups begin at `starts`, their times are `first` to `last`; `chunks` has a `Chunk` for each row group
    and column, `constants` for each row group the columns that have one value there, by number.
    """

    info: FileInfo
    columns: Sequence[Column]
    starts: bytes
    first: bytes
    last: bytes
    chunks: bytes
    constants: Sequence[msgspec.Raw]


class Footer:
    """What a file holds: the contracts in it, where its row groups begin and the pages of their columns."""

    def __init__(self, index: Index) -> None:
        self.entries = index.info.entries
        self.of = {(each.contract_id, each.exchange): each for each in self.entries}
        self.form = tuple(index.columns)
        self.columns = {each.name: each for each in self.form}
        self.starts, self.first, self.last = map(_ints, (index.starts, index.first, index.last))
        self._numbers = {each.name: i for i, each in enumerate(index.columns)}
        self._chunks = _ints(index.chunks).reshape(-1, len(index.columns), len(Chunk._fields))
        self._constants: list[msgspec.Raw | dict[int, Value]] = list(index.constants)

    @property
    def groups(self) -> range:
        """All row groups."""
        return range(len(self._constants))

    def rows(self, groups: range) -> int:
        """How many rows some neighbouring row groups have."""
        return int(self.starts[groups.stop] - self.starts[groups.start])

    def groups_of(self, entry: Entry, start: int, end: int) -> range:
        """The row groups of an entry that may have something of [start, end), at least one."""
        last = int(self.starts.searchsorted(entry.offset + entry.rows))
        first = int(self.starts.searchsorted(entry.offset, "right")) - 1
        wanted = [i for i in range(first, last) if self.first[i] < end and self.last[i] >= start]
        return range(wanted[0], wanted[-1] + 1) if wanted else range(first, first + 1)

    def constants(self, group: int, names: Sequence[str]) -> dict[str, Value]:
        """Those of the columns that have one value in all rows of a row group."""
        found = self._constants[group]
        if isinstance(found, msgspec.Raw):
            found = self._constants[group] = _values(found)
        return {name: found[number] for name in names if (number := self._numbers[name]) in found}

    def chunks(self, group: int, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """Where columns of a row group lie in the file: a `Chunk` each."""
        return self._chunks[group, [self._numbers[name] for name in names]]


def index_of(metadata: pq.FileMetaData, info: FileInfo) -> Index:
    """The index of a file, from what its end says."""
    schema: pa.Schema = metadata.schema.to_arrow_schema()
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    chunks = [[group.column(i) for i in range(len(schema))] for group in groups]
    codecs = [chunk.compression for chunk in chunks[0]]
    columns = [
        Column(f.name, str(f.type), f.nullable, codec) for f, codec in zip(schema, codecs, strict=True)
    ]
    times = [each[schema.get_field_index("time")].statistics for each in chunks]
    places = [
        (each.dictionary_page_offset or 0, each.data_page_offset, each.total_compressed_size)
        for group in chunks
        for each in group
    ]
    return Index(
        info,
        columns,
        _bytes(np.cumsum([0, *(group.num_rows for group in groups)])),
        _bytes([each.min_raw for each in times]),
        _bytes([each.max_raw for each in times]),
        _bytes(places),
        [msgspec.Raw(msgspec.msgpack.encode(dict(_constants(group, schema)))) for group in groups],
    )


def add(path: Path, index: Index) -> None:
    """Write the index into a file that has none."""
    content = msgspec.msgpack.encode(index)
    with path.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        at = size - _end_bytes(file, size)
        end = os.pread(file.fileno(), size - at, at)
        file.seek(at)
        trailer = zlib.crc32(content).to_bytes(4, "little") + len(content).to_bytes(4, "little") + _LETTERS
        file.write(content + trailer + end)


def read(file: BinaryIO) -> Index | None:
    """The index of a file; `None` when it has none that can be understood."""
    size = os.fstat(file.fileno()).st_size
    at = size - _end_bytes(file, size) - _TRAILER
    trailer = os.pread(file.fileno(), _TRAILER, at) if at > 0 else b""
    if not trailer.endswith(_LETTERS):
        return None
    length = int.from_bytes(trailer[4:8], "little")
    content = os.pread(file.fileno(), length, max(0, at - length))
    if zlib.crc32(content) != int.from_bytes(trailer[:4], "little"):
        return None
    try:
        return msgspec.msgpack.decode(content, type=Index)
    except msgspec.DecodeError:
        return None


def _end_bytes(file: BinaryIO, size: int) -> int:
    """How long the file's own end is; 0 when it has none."""
    last = os.pread(file.fileno(), _END, max(0, size - _END))
    return int.from_bytes(last[:4], "little") + _END if last[4:] == MAGIC else 0


def _constants(group: pq.RowGroupMetaData, schema: pa.Schema) -> Iterator[tuple[int, Value]]:
    for i, field in enumerate(schema):
        found = group.column(i).statistics
        # Statistics pass over NaN, so they do not tell of a column of prices that it has one value.
        if found is None or not found.has_null_count or pa.types.is_floating(field.type):
            continue
        if found.null_count == group.num_rows:
            yield i, None
        elif found.has_min_max and found.null_count == 0 and found.min_raw == found.max_raw:
            yield i, found.min_raw


def _values(raw: msgspec.Raw) -> dict[int, Value]:
    found: dict[int, Value] = msgspec.msgpack.decode(raw, type=dict[int, int | bool | bytes | None])
    return found


def _bytes(values: object) -> bytes:
    return np.asarray(values, "<i8").tobytes()


def _ints(content: bytes) -> npt.NDArray[np.int64]:
    return np.frombuffer(content, "<i8")
