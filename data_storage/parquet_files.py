"""Parquet files that say what they hold: each carries source, section and an index of its contracts.

Rows are sorted by contract and time, so a contract is a stretch of rows; the index in the footer says which.
A contract of many rows has row groups of its own, small ones share one. Times and counts are deltas, prices,
sizes and words are in dictionaries, numbers that hardly change and flags stand as they are. All but words are
then packed by LZ4, of which a page costs no more than its bytes: zstd needs 20 microseconds to begin each,
longer than a short page takes, for a fifth fewer bytes.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_storage import file_index
from data_storage.atomic import make_folder, named_at_end, replacing, sync_folder
from data_storage.columns import one_piece
from data_storage.file_index import KEY, Entry, FileInfo
from data_storage.manifest import StoreFile
from data_storage.tables import ALWAYS, WORDS

# A group below is not worth its overhead, one above holds more than most readers want.
GROUP_ROWS, GROUP_ROWS_MAX = 5_000, 250_000
_DELTAS = ("time", "received", "known_at", "count", "ordinal")
_DELTA = "DELTA_BINARY_PACKED"
_VARYING_WORDS = ("venue", "conditions")


class Writer:
    """Writes tables, sorted by contract and time, as one file; see `write`."""

    def __init__(self, file: pa.NativeFile, schema: pa.Schema) -> None:
        self._given = schema
        self._schema = pa.schema([_written(field) for field in schema])
        words = [field.name for field in schema if pa.types.is_string(field.type)]
        self._writer = pq.ParquetWriter(
            file,
            self._schema,
            store_schema=False,
            compression={name: "none" if name in words else "lz4" for name in schema.names},
            use_dictionary=words + [field.name for field in schema if pa.types.is_floating(field.type)],
            column_encoding=dict.fromkeys((name for name in _DELTAS if name in schema.names), _DELTA),
            write_page_checksum=True,
            write_statistics=[field.name for field in schema if _tells(field)],
        )
        self._waiting = list[pa.Table]()
        self._count = 0
        self._lacking = set[str]()

    @property
    def exact(self) -> pa.Schema:
        """The columns with what was found out of them: those that no row lacked are never null."""
        return pa.schema([each.with_nullable(each.name in self._lacking) for each in self._given])

    @property
    def is_exact(self) -> bool:
        """Whether that is what the file says."""
        return all(each.nullable == (each.name in self._lacking) for each in self._schema)

    def add(self, table: pa.Table, bounds: Sequence[int]) -> None:
        """Rows of whole contracts; each begins at one of `bounds`, the last of which is the end."""
        first = 0
        for end in bounds:
            # A group of its own, or one with its neighbours until there are enough of them.
            if self._count + end - first >= GROUP_ROWS:
                self._wait(table.slice(first, end - first))
                self._flush()
                first = end
        self._wait(table.slice(first))

    def close(self, info: FileInfo) -> None:
        """Finish the file, which then tells of itself."""
        self._flush()
        self._writer.add_key_value_metadata({KEY.decode(): msgspec.json.encode(info).decode()})
        self._writer.close()

    def _wait(self, table: pa.Table) -> None:
        self._waiting.append(table)
        self._count += table.num_rows

    def _flush(self) -> None:
        if self._count:
            rows = self._encoded(pa.concat_tables(self._waiting))
            self._lacking |= {name for name in rows.column_names if rows[name].null_count}
            # Equal parts: a full group and a tiny one would not serve readers.
            parts = -(-self._count // GROUP_ROWS_MAX)
            self._writer.write_table(rows, row_group_size=-(-self._count // parts))
        self._waiting, self._count = [], 0

    def _encoded(self, table: pa.Table) -> pa.Table:
        columns = [
            _dictionary(column) if pa.types.is_dictionary(field.type) else column
            for column, field in zip(table.columns, self._schema, strict=True)
        ]
        return pa.Table.from_arrays(columns, schema=self._schema)


def _written(field: pa.Field) -> pa.Field:
    """Words are written from dictionaries; what is never missing needs no note that it is there."""
    kind = WORDS if pa.types.is_string(field.type) else field.type
    return pa.field(field.name, kind, field.nullable and field.name not in ALWAYS)


def _tells(field: pa.Field) -> bool:
    """Whether its statistics are of use: a column of one value is not decoded.

    Those of floats do not tell, since they pass over NaN; those of words that vary cost half their encoding.
    """
    return not pa.types.is_floating(field.type) and field.name not in _VARYING_WORDS


def _dictionary(column: pa.ChunkedArray) -> pa.Array:
    """Words by number, sorted: the same words are the same bytes, however they came."""
    encoded = column.dictionary_encode() if pa.types.is_string(column.type) else column
    found = one_piece(encoded.unify_dictionaries())
    words = found.dictionary.to_pylist()
    if len(words) == 1 and not found.null_count:
        return found
    used = np.flatnonzero(np.bincount(found.indices.drop_null().to_numpy(), minlength=len(words)))
    order = sorted(used.tolist(), key=words.__getitem__)
    if order == list(range(len(words))):
        return found
    number = np.zeros(len(words), np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(number).take(found.indices), found.dictionary.take(order))


def write(
    root: Path,
    path: str,
    schema: pa.Schema,
    source: str,
    chunks: Iterable[tuple[pa.Table, Sequence[Entry]]],
) -> StoreFile | None:
    """Write `root`/`path` whole or not at all, from tables of whole contracts in their order.

    It is on the disk then, but for its name: sync the folder once all files of it are written. The entries of
    each table have offsets within it. When there are no rows it is `None`, and no file.

    A column that no row lacks takes a third less to read when the file says so. `schema` tells what may be
    null; where it turns out not to be, the file is written once more, so that it depends on its rows alone.
    """
    entries, section = list[Entry](), path.rpartition("/")[0]
    make_folder((root / path).parent)
    with named_at_end(root / path) as file:
        # Arrow's own file: its many small writes would each wait for Python's lock.
        with pa.OSFile(file.name, "wb") as sink:
            writer = Writer(sink, schema)
            offset = 0
            for table, found in chunks:
                writer.add(table, [each.offset for each in found[1:]] + [table.num_rows])
                entries += [msgspec.structs.replace(each, offset=each.offset + offset) for each in found]
                offset += table.num_rows
            info = FileInfo(source, section, entries)
            writer.close(info)
        if entries:
            if not writer.is_exact:
                _write_again(Path(file.name), writer.exact, info)
            file_index.add(Path(file.name), file_index.index_of(pq.read_metadata(file.name), info))
    if not entries:
        (root / path).unlink()
        return None
    with (root / path).open("rb") as written:
        checksum = hashlib.file_digest(written, "sha256").hexdigest()
        size = written.tell()
    first, last = min(each.first for each in entries), max(each.last for each in entries)
    return StoreFile(path, offset, first, last, size, checksum)


def _write_again(path: Path, schema: pa.Schema, info: FileInfo) -> None:
    words = [field.name for field in schema if pa.types.is_string(field.type)]
    before = pq.ParquetFile(pa.BufferReader(path.read_bytes()), read_dictionary=words)
    with pa.OSFile(str(path), "wb") as sink:
        writer = Writer(sink, schema)
        for group in range(before.num_row_groups):
            rows = before.read_row_group(group)
            writer.add(rows, [rows.num_rows])
        writer.close(info)


def quarantine(path: Path, root: Path) -> Path:
    """Move a damaged file out of the way, below ``quarantine/``, and give its new place."""
    target = root / "quarantine" / path.relative_to(root)
    while target.exists():
        target = target.with_name(f"{target.name}.again")
    make_folder(target.parent)
    path.rename(target)
    sync_folder(path.parent)
    sync_folder(target.parent)
    return target


def export(table: pa.Table, path: Path) -> int:
    """Write a table for use elsewhere, whole or not at all; the answer is the number of rows."""
    with replacing(path) as file:
        pq.write_table(table, file, compression="zstd")
    return int(table.num_rows)
