"""Frames: how batches of rows lie in a segment, and how they are found in one that is damaged.

All numbers little-endian, all lengths multiples of 8, so that Arrow's columns can be used where they lie::

    header   8 bytes magic | uint32 segment | uint32 offset | uint32 length of the payload
             uint32 CRC-32 of the payload | uint32 version of this layout | uint32 CRC-32 of the header so far
    payload  uint32 number of batches, uint32 0, then each batch:
             uint32 length of the name, of the schema, of the rows, form of the rows | name | schema | rows,
             each padded to 8

The schema is an Arrow IPC message, and so are the rows in form 0. In form 2 that message is compressed (its
length as uint64, then an LZ4 block): the disk is the slower part. In form 1 rows are MessagePack, an array of
values for each: columns of a single row take longer to make than to store.
A frame says where it lies, so that no bytes inside of another can pass for one, and holds its schema, so that
damage costs the frame that it hit and no other. A segment that is being written may end in zeros: room for
frames to come.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from data_storage.columns import of_values
from data_storage.log.segments import Position
from market.errors import BadRequest

MAGIC = b"\xf1TTLOG\r\n"
LARGEST = 2**30
_VERSION = 2
# Frames of version 1 have rows in form 0 only.
_VERSIONS = (1, _VERSION)
_PLACE = struct.Struct("<8s5I")
_CRC = struct.Struct("<I")
_HEADER = _PLACE.size + _CRC.size
_COUNT = struct.Struct("<II")
_LENGTHS = struct.Struct("<4I")
_PADDING = b"\0" * 8

_ARROW, _MESSAGE_PACK, _LZ4 = 0, 1, 2
_SIZE = struct.Struct("<Q")
# Shorter ones are mostly what describes them.
_COMPRESSED = 4_096
_CODEC = pa.Codec("lz4_raw")


class Rows(NamedTuple):
    """A few rows as plain values in the order of the schema, whose types they have; times are integers."""

    schema: pa.Schema
    values: list[tuple[Any, ...]]

    @property
    def num_rows(self) -> int:
        """How many there are, as a batch says it."""
        return len(self.values)

    def batch(self) -> pa.RecordBatch:
        """The same in columns."""
        columns = zip(*self.values, strict=True) if self.values else [()] * len(self.schema)
        arrays = [of_values(each, field.type) for each, field in zip(columns, self.schema, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


Batches = Sequence[tuple[str, pa.RecordBatch | Rows]]


class Frame(NamedTuple):
    """What one append wrote, and where: `batches` are the names and rows in their order."""

    start: Position
    end: Position
    batches: tuple[tuple[str, pa.RecordBatch], ...]


class Span(NamedTuple):
    """A frame's place in its file and its payload; with `payload` None bytes that are no frame."""

    start: int
    end: int
    payload: memoryview | None


class Encoder:
    """Batches as frames; remembers the schema that each name had last, which hardly ever changes."""

    def __init__(self) -> None:
        self._schemas: dict[str, tuple[pa.Schema, bytes]] = {}

    def frame(self, batches: Batches) -> bytearray:
        """A frame of these batches, to be stamped; raise `BadRequest` for what cannot be written."""
        parts: list[bytes | pa.Buffer] = [bytes(_HEADER), _COUNT.pack(len(batches), 0)]
        encoded = [_encoded(batch) for _, batch in batches]
        if (size := sum(len(rows) for rows, _ in encoded)) > LARGEST:
            raise BadRequest(f"one append holds {size} bytes, more than {LARGEST}; append fewer rows at once")
        for (name, batch), (rows, form) in zip(batches, encoded, strict=True):
            rows, form = _compressed(rows, form)
            pieces = (name.encode(), self._schema(name, batch.schema), rows)
            parts.append(_LENGTHS.pack(*map(len, pieces), form))
            for piece in pieces:
                parts += (piece, _PADDING[: -len(piece) % 8])
        return bytearray().join(parts)

    def _schema(self, name: str, schema: pa.Schema) -> bytes:
        known = self._schemas.get(name)
        if known is None or not schema.equals(known[0], check_metadata=True):
            for field in schema:
                if pa.types.is_dictionary(field.type):
                    raise BadRequest(
                        f"the log has no dictionaries: cast column {field.name} of {name} to values"
                    )
            known = self._schemas[name] = schema, schema.serialize().to_pybytes()
        return known[1]


def _encoded(batch: pa.RecordBatch | Rows) -> tuple[bytes | pa.Buffer, int]:
    if isinstance(batch, Rows):
        return msgspec.msgpack.encode(batch.values), _MESSAGE_PACK
    return batch.serialize(), _ARROW


def _compressed(rows: bytes | pa.Buffer, form: int) -> tuple[bytes | pa.Buffer, int]:
    """Rows as they are, or compressed where that makes them shorter."""
    if form == _ARROW and len(rows) >= _COMPRESSED:
        shorter = _SIZE.pack(len(rows)) + _CODEC.compress(rows, asbytes=True)
        if len(shorter) < len(rows):
            return shorter, _LZ4
    return rows, form


def stamp(frame: bytearray, at: Position) -> None:
    """Write the header of a frame that will lie at that place."""
    payload = memoryview(frame)[_HEADER:]
    _PLACE.pack_into(frame, 0, MAGIC, at.segment, at.offset, len(payload), zlib.crc32(payload), _VERSION)
    _CRC.pack_into(frame, _PLACE.size, zlib.crc32(memoryview(frame)[: _PLACE.size]))


def batches_of(payload: memoryview) -> tuple[tuple[str, pa.RecordBatch], ...]:
    """The batches of a payload whose checksum is right; columns that are not compressed lie in `payload`."""
    count, _ = _COUNT.unpack_from(payload)
    return tuple(_batches(payload, count))


def _batches(payload: memoryview, count: int) -> Iterator[tuple[str, pa.RecordBatch]]:
    at = _COUNT.size
    for _ in range(count):
        *lengths, form = _LENGTHS.unpack_from(payload, at)
        at += _LENGTHS.size
        pieces = []
        for length in lengths:
            pieces.append(payload[at : at + length])
            at += length + -length % 8
        name, schema, rows = pieces
        yield str(name, "utf-8"), _rows(rows, _schema(bytes(schema)), form)


def _rows(rows: memoryview, schema: pa.Schema, form: int) -> pa.RecordBatch:
    if form == _MESSAGE_PACK:
        return Rows(schema, msgspec.msgpack.decode(rows, type=list[tuple[Any, ...]])).batch()
    if form == _LZ4:
        (size,) = _SIZE.unpack_from(rows)
        return pa.ipc.read_record_batch(_CODEC.decompress(rows[_SIZE.size :], size), schema)
    return pa.ipc.read_record_batch(pa.py_buffer(rows), schema)


@lru_cache(maxsize=64)
def _schema(message: bytes) -> pa.Schema:
    return pa.ipc.read_schema(pa.py_buffer(message))


def spans(data: memoryview, at: Position) -> Iterator[Span]:
    """What lies in `data`, which begins at that place: frames, and between them bytes that are none.

    Bytes at the end that no frame follows are not given: they may be a frame that is still being written.
    """
    here = 0
    while here < len(data):
        end = _end_of_frame(data, here, at)
        if end:
            yield Span(at.offset + here, at.offset + end, data[here + _HEADER : end])
            here = end
            continue
        following = _next_frame(data, here + 1, at)
        if following is None:
            return
        yield Span(at.offset + here, at.offset + following, None)
        here = following


def _end_of_frame(data: memoryview, here: int, at: Position) -> int:
    """Where the whole frame that begins `here` ends; 0 when there is none."""
    if len(data) - here < _HEADER:
        return 0
    magic, segment, offset, length, crc, version = _PLACE.unpack_from(data, here)
    (check,) = _CRC.unpack_from(data, here + _PLACE.size)
    first, end = here + _HEADER, here + _HEADER + length
    whole = (
        (magic, segment, offset) == (MAGIC, at.segment, at.offset + here)
        and version in _VERSIONS
        and zlib.crc32(data[here : here + _PLACE.size]) == check
        and end <= len(data)
        and zlib.crc32(data[first:end]) == crc
    )
    return end if whole else 0


def _next_frame(data: memoryview, here: int, at: Position) -> int | None:
    """Where the next whole frame begins at or after `here`."""
    content = data.obj
    assert isinstance(content, bytes)  # only these can be searched
    while (here := content.find(MAGIC, here)) >= 0:
        if _end_of_frame(data, here, at):
            return here
        here += 1
    return None
