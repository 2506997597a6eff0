"""Parquet files that say what they hold: each carries source, section and an index of its contracts.

Rows are sorted by contract and time, so a contract is a stretch of rows; the index in the footer says which.
A contract of many rows has row groups of its own, small ones share one. Times and counts are deltas, prices,
sizes and words are in dictionaries, numbers that hardly change and flags stand as they are. All but words are
then packed by LZ4, of which a page costs no more than its bytes: zstd needs 20 microseconds to begin each,
longer than a short page takes, for a fifth fewer bytes.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_storage.atomic import make_folder, named_at_end, replacing, sync_folder
from data_storage.columns import ints, one_piece, repeated, scalar
from data_storage.errors import DamagedFile, WrongSchema, WrongSource
from data_storage.manifest import SCHEMA, StoreFile
from data_storage.tables import ALWAYS, WORDS

# A group below is not worth its overhead, one above holds more than most readers want.
GROUP_ROWS, GROUP_ROWS_MAX = 5_000, 250_000
# Fewer are decoded sooner than a thread is told to.
_MANY_ROWS = 30_000
_KEY = b"truetick"
_DELTAS = ("time", "received", "known_at", "count", "ordinal")
_DELTA = "DELTA_BINARY_PACKED"
_VARYING_WORDS = ("venue", "conditions")


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


class Footer:
    """What the end of a file tells: the contracts in it and where its row groups begin."""

    def __init__(self, metadata: pq.FileMetaData, info: FileInfo) -> None:
        self.metadata = metadata
        self.schema: pa.Schema = metadata.schema.to_arrow_schema()
        self.entries = info.entries
        self.of = {(each.contract_id, each.exchange): each for each in info.entries}
        groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
        self.starts = np.cumsum([0, *(group.num_rows for group in groups)])
        column = metadata.schema.names.index("time")
        statistics = [group.column(column).statistics for group in groups]
        self.first = np.array([each.min_raw for each in statistics], np.int64)
        self.last = np.array([each.max_raw for each in statistics], np.int64)
        self._constants: list[dict[str, pa.Scalar] | None] = [None] * len(groups)

    def groups(self, entry: Entry, start: int, end: int) -> range:
        """The row groups of an entry that may have something of [start, end), at least one."""
        last = int(self.starts.searchsorted(entry.offset + entry.rows))
        first = int(self.starts.searchsorted(entry.offset, "right")) - 1
        wanted = [i for i in range(first, last) if self.first[i] < end and self.last[i] >= start]
        return range(wanted[0], wanted[-1] + 1) if wanted else range(first, first + 1)

    def constants(self, groups: Sequence[int]) -> dict[str, pa.Scalar]:
        """The columns that have the same value in all rows of some row groups, by their statistics."""
        first, *others = (self._constants_of(i) for i in groups)
        return {
            name: value
            for name, value in first.items()
            if all(name in each and each[name].equals(value) for each in others)
        }

    def _constants_of(self, group: int) -> dict[str, pa.Scalar]:
        found = self._constants[group]
        if found is None:
            found = self._constants[group] = dict(_constants(self.metadata.row_group(group), self.schema))
        return found


class Writer:
    """Writes tables, sorted by contract and time, as one file; see `write`."""

    def __init__(self, file: pa.NativeFile, schema: pa.Schema) -> None:
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
        self._writer.add_key_value_metadata({_KEY.decode(): msgspec.json.encode(info).decode()})
        self._writer.close()

    def _wait(self, table: pa.Table) -> None:
        self._waiting.append(table)
        self._count += table.num_rows

    def _flush(self) -> None:
        if self._count:
            rows = self._encoded(pa.concat_tables(self._waiting))
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
    return pa.field(field.name, kind, field.name not in ALWAYS)


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
    each table have offsets within it. `None`, and no file, when there are no rows.
    """
    entries, section = list[Entry](), path.rpartition("/")[0]
    make_folder((root / path).parent)
    with named_at_end(root / path) as file, pa.OSFile(file.name, "wb") as sink:
        # Arrow's own file: its many small writes would each wait for Python's lock.
        writer = Writer(sink, schema)
        offset = 0
        for table, found in chunks:
            writer.add(table, [each.offset for each in found[1:]] + [table.num_rows])
            entries += [msgspec.structs.replace(each, offset=each.offset + offset) for each in found]
            offset += table.num_rows
        writer.close(FileInfo(source, section, entries))
    if not entries:
        (root / path).unlink()
        return None
    with (root / path).open("rb") as written:
        checksum = hashlib.file_digest(written, "sha256").hexdigest()
        size = written.tell()
    first, last = min(each.first for each in entries), max(each.last for each in entries)
    return StoreFile(path, offset, first, last, size, checksum)


def footer(path: Path, source: str, section: str) -> Footer:
    """What the end of a file says, which must belong to `source` and `section`.

    Raise `DamagedFile` when it cannot be read, `WrongSource` or `WrongSchema` when it should not be here, and
    what the system says of it, `FileNotFoundError` for one.
    """
    # Opened here, so that what the system says of a file is not taken for damage.
    with pa.OSFile(str(path)) as file, _damage_named(path):
        metadata = pq.read_metadata(file)
        return Footer(metadata, _check(path, metadata, source, section))


def read_groups(
    path: Path,
    footer: Footer,
    groups: Sequence[int],
    columns: Sequence[str],
    *,
    threads: bool = True,
    encoded: bool = False,
) -> pa.Table:
    """The rows of some row groups; raises as `footer` does. With `threads` columns are decoded side by side.

    A column that has one value, as the footer tells, is not decoded. With `encoded` words stay `WORDS`, which
    takes a third of the time.
    """
    constants = footer.constants(groups)
    read = [name for name in columns if name not in constants]
    table = read_pages(path, footer, groups, read, threads=threads)
    rows = sum(int(footer.starts[i + 1] - footer.starts[i]) for i in groups)
    filled = list[pa.ChunkedArray]()
    for name in columns:
        kind = footer.schema.field(name).type
        kind = WORDS if encoded and pa.types.is_string(kind) else kind
        found = repeated(constants[name], rows, kind) if name in constants else table[name]
        filled.append(found if found.type == kind else found.cast(kind))
    return pa.table(filled, names=list(columns))


def read_pages(
    path: Path, footer: Footer, groups: Sequence[int], columns: Sequence[str], *, threads: bool = True
) -> pa.Table:
    """As `read_groups`, with all that is stored looked at; words are `WORDS`, columns in any order."""
    words = [name for name in columns if pa.types.is_string(footer.schema.field(name).type)]
    with pa.OSFile(str(path)) as file, _damage_named(path):
        # Of a local file a thread that reads ahead only costs.
        parquet = pq.ParquetFile(
            file,
            metadata=footer.metadata,
            page_checksum_verification=True,
            pre_buffer=False,
            read_dictionary=words,
        )
        rows = sum(int(footer.starts[i + 1] - footer.starts[i]) for i in groups)
        found: pa.Table = parquet.read_row_groups(
            list(groups), columns=list(columns), use_threads=threads and rows > _MANY_ROWS
        )
    return found


def place(table: pa.Table, first: int, entry: Entry, start: int, end: int) -> tuple[int, int]:
    """Where those of an entry in [start, end) lie in rows from `first` of its file on, and how many."""
    begin = max(0, entry.offset - first)
    if start <= entry.first and entry.last < end:
        return begin, entry.rows
    times = ints(table.slice(begin, entry.offset + entry.rows - first - begin), "time")
    inner, outer = np.searchsorted(times, [start, end]).tolist()
    return begin + inner, outer - inner


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


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    """Turn what Arrow says of a file's content into `DamagedFile`; what the system says of it passes."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        # Arrow's own errors have no number.
        if isinstance(error, MemoryError) or getattr(error, "errno", None) is not None:
            raise
        why = " ".join(str(error).split())[:120]
        raise DamagedFile(f"{path} is damaged: {why}; restore it or fetch that time again") from error


def _constants(group: pq.RowGroupMetaData, schema: pa.Schema) -> Iterator[tuple[str, pa.Scalar]]:
    for i, field in enumerate(schema):
        found = group.column(i).statistics
        # Statistics pass over NaN, so they do not tell of a column of prices that it has one value.
        if found is None or not found.has_null_count or pa.types.is_floating(field.type):
            continue
        if found.null_count == group.num_rows:
            yield field.name, scalar(None, field.type)
        elif found.has_min_max and found.null_count == 0 and found.min_raw == found.max_raw:
            yield field.name, scalar(found.min_raw, field.type)


def _check(path: Path, metadata: pq.FileMetaData, source: str, section: str) -> FileInfo:
    raw = (metadata.metadata or {}).get(_KEY)
    try:
        info = msgspec.json.decode(raw or b"", type=FileInfo)
    except msgspec.DecodeError:
        raise DamagedFile(
            f"{path} is not a file of this store: it does not say whose it is; move it away"
        ) from None
    if info.source != source:
        raise WrongSource(path, info.source, source)
    if info.schema != SCHEMA:
        raise WrongSchema(
            f"{path} has schema {info.schema}, this version understands {SCHEMA}; update truetick"
        )
    if info.section != section:
        raise DamagedFile(f"{path} belongs to {info.section}, not to {section}; move it back")
    return info


def export(table: pa.Table, path: Path) -> int:
    """Write a table for use elsewhere, whole or not at all; the answer is the number of rows."""
    with replacing(path) as file:
        pq.write_table(table, file, compression="zstd")
    return int(table.num_rows)
