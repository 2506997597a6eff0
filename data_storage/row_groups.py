"""Reading what `parquet_files` writes: the pages of some columns of some row groups, of one file or of many.

The pages that are wanted are put side by side in memory, and Arrow reads them as one file: what an answer
takes beside decoding does not grow with the number of files, and all cores decode.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.parquet.core import ParquetReader

from data_storage import file_index
from data_storage.columns import ints, repeated, some_rows
from data_storage.errors import DamagedFile, WrongSchema, WrongSource
from data_storage.file_index import KEY, Entry, FileInfo, Footer, Value
from data_storage.manifest import SCHEMA
from data_storage.tables import WORDS
from data_storage.thrift_footer import MAGIC, Chunk, file_end

# Fewer are decoded sooner than a thread is told to.
_MANY_ROWS = 60_000
# So many rows are decoded together, more only of one file: what that takes beside the answer stays small.
_TOGETHER = 524_288
# Arrow's own memory is the faster, but keeps a third more than the rows need: too much for so many.
_LARGE = 1_000_000
# Reading on over so many bytes of other columns is sooner done than reading again.
_GAP = 16_384


class Part(NamedTuple):
    """Some neighbouring row groups of a file."""

    path: Path
    footer: Footer
    groups: range

    @property
    def rows(self) -> int:
        return self.footer.rows(self.groups)


def footer(path: Path, source: str, section: str) -> Footer:
    """What a file says of itself, which must belong to `source` and `section`.

    Raise `DamagedFile` when it cannot be read, `WrongSource` or `WrongSchema` when it should not be here, and
    what the system says of it, `FileNotFoundError` for one.
    """
    with path.open("rb") as file, _damage_named(path):
        index = file_index.read(file)
        if index is None:
            index = _index_by_end(path)
    _check(path, index.info, source, section)
    return Footer(index)


def read_entries(
    wanted: Sequence[tuple[Part, Entry]],
    start: int,
    end: int,
    columns: Sequence[str],
    *,
    encoded: bool = False,
) -> list[pa.Table]:
    """The rows of a contract in [start, end) that the parts have, in their order; `time` is a column.

    Of each part that is what its entry has. Raises as `read_groups` does.
    """
    pool = pa.system_memory_pool() if sum(part.rows for part, _ in wanted) > _LARGE else None
    return [_rows(some, start, end, columns, encoded, pool) for some in _together(wanted)]


def read_groups(
    parts: Sequence[Part],
    columns: Sequence[str],
    *,
    encoded: bool = False,
    pool: pa.MemoryPool | None = None,
) -> pa.Table:
    """The rows of some row groups, of files that have the same columns.

    A column that has one value in each row group, as the files tell, is not decoded. With `encoded` words
    stay `WORDS`, which takes a third of the time. Raise `DamagedFile`, which names the first of the files.
    """
    known = [(part, i, part.footer.constants(i, columns)) for part in parts for i in part.groups]
    varying = [name for name in columns if any(name not in each for _, _, each in known)]
    table = _decoded(parts, varying, pool)
    filled = list[pa.ChunkedArray]()
    for name in columns:
        kind = parts[0].footer.columns[name].kind
        kind = WORDS if encoded and kind == pa.string() else kind
        if name in varying:
            found = table[name]
            filled.append(found if found.type == kind else found.cast(kind))
        else:
            values = [(each[name], part.footer.rows(range(i, i + 1))) for part, i, each in known]
            filled.append(_filled(values, kind))
    return pa.table(filled, names=list(columns))


def verify(path: Path) -> None:
    """Read all of a file as other programs do, by its end alone; raise `DamagedFile`."""
    with pa.OSFile(str(path)) as file, _damage_named(path):
        parquet = pq.ParquetFile(file, page_checksum_verification=True, pre_buffer=False)
        for group in range(parquet.num_row_groups):
            parquet.read_row_group(group)


def place(table: pa.Table, first: int, entry: Entry, start: int, end: int) -> tuple[int, int]:
    """Where those of an entry in [start, end) lie in rows from `first` of its file on, and how many."""
    begin = max(0, entry.offset - first)
    if start <= entry.first and entry.last < end:
        return begin, entry.rows
    times = ints(table.slice(begin, entry.offset + entry.rows - first - begin), "time")
    inner, outer = np.searchsorted(times, [start, end]).tolist()
    return begin + inner, outer - inner


def _together(wanted: Sequence[tuple[Part, Entry]]) -> Iterator[list[tuple[Part, Entry]]]:
    """Parts that are read at once: they have the same columns, in the same form, and not too many rows."""
    for _, same in groupby(wanted, key=lambda each: each[0].footer.form):
        some, rows = list[tuple[Part, Entry]](), 0
        for each in same:
            if some and rows + each[0].rows > _TOGETHER:
                yield some
                some, rows = [], 0
            some.append(each)
            rows += each[0].rows
        yield some


def _rows(
    wanted: Sequence[tuple[Part, Entry]],
    start: int,
    end: int,
    columns: Sequence[str],
    encoded: bool,
    pool: pa.MemoryPool | None,
) -> pa.Table:
    table = read_groups([part for part, _ in wanted], columns, encoded=encoded, pool=pool)
    spans, offset = list[tuple[int, int]](), 0
    for part, entry in wanted:
        own = table.slice(offset, part.rows)
        begin, count = place(own, int(part.footer.starts[part.groups.start]), entry, start, end)
        spans.append((offset + begin, count))
        offset += part.rows
    if all(a + count == b for (a, count), (b, _) in pairwise(spans)):
        return some_rows(table, spans[0][0], sum(count for _, count in spans))
    found = pa.concat_tables([table.slice(*span) for span in spans])
    # A few do not keep the others in memory.
    return found.combine_chunks() if 2 * found.num_rows <= table.num_rows else found


def _decoded(parts: Sequence[Part], columns: Sequence[str], pool: pa.MemoryPool | None) -> pa.Table:
    """Columns as they are stored; words are `WORDS`."""
    if not columns:
        return pa.table({})
    kinds = parts[0].footer.columns
    words = [i for i, name in enumerate(columns) if kinds[name].kind == pa.string()]
    # That of `pyarrow.parquet.ParquetFile`, which has no say in where the rows go.
    reader = ParquetReader(memory_pool=pool)
    with _damage_named(parts[0].path):
        reader.open(
            pa.BufferReader(_pages(parts, columns, pool)),
            pre_buffer=False,
            read_dictionary=words,
            page_checksum_verification=True,
        )
        table: pa.Table = reader.read_all(use_threads=sum(part.rows for part in parts) > _MANY_ROWS)
    return table


def _pages(parts: Sequence[Part], columns: Sequence[str], pool: pa.MemoryPool | None) -> pa.Buffer:
    """A Parquet file of these columns: the pages of the parts side by side, and an end that tells of them."""
    # A place of 0 would say that there is no dictionary.
    at = len(MAGIC)
    stretches, groups = list[tuple[Path, _Stretch]](), list[tuple[int, Sequence[Chunk]]]()
    for part in parts:
        for i in part.groups:
            chunks = [Chunk(*each) for each in part.footer.chunks(i, columns).tolist()]
            found = _stretches(chunks, at)
            at = found[-1].at + found[-1].size
            stretches += [(part.path, each) for each in found]
            groups.append((part.footer.rows(range(i, i + 1)), [_moved(each, found) for each in chunks]))
    end = file_end([parts[0].footer.columns[name] for name in columns], groups)
    pages = pa.allocate_buffer(at + len(end), memory_pool=pool)
    view = memoryview(pages).cast("B")
    view[at:] = end
    for path, some in groupby(stretches, key=lambda each: each[0]):
        with path.open("rb", buffering=0) as file:
            for _, each in some:
                if os.preadv(file.fileno(), [view[each.at : each.at + each.size]], each.begin) < each.size:
                    raise DamagedFile(
                        f"{path} is damaged: it is cut short; restore it or fetch that time again"
                    )
    return pages


class _Stretch(NamedTuple):
    """So many bytes of a file, from `begin` on, which go to `at`."""

    begin: int
    size: int
    at: int


def _stretches(chunks: Sequence[Chunk], at: int) -> list[_Stretch]:
    """Where chunks lie in a file, those together that lie near each other."""
    found = list[_Stretch]()
    for begin, size in sorted((each.begin, each.size) for each in chunks):
        if found and begin <= found[-1].begin + found[-1].size + _GAP:
            found[-1] = found[-1]._replace(size=begin + size - found[-1].begin)
        else:
            place = found[-1].at + found[-1].size if found else at
            found.append(_Stretch(begin, size, place))
    return found


def _moved(chunk: Chunk, stretches: Sequence[_Stretch]) -> Chunk:
    by = next(each.at - each.begin for each in stretches if chunk.begin < each.begin + each.size)
    return Chunk(chunk.dictionary and chunk.dictionary + by, chunk.data + by, chunk.size)


def _filled(values: Sequence[tuple[Value, int]], kind: pa.DataType) -> pa.ChunkedArray:
    """Columns that have one value in each of some row groups, one after the other."""
    found = list[pa.Array]()
    for value, same in groupby(values, key=lambda each: each[0]):
        found += repeated(value, sum(rows for _, rows in same), kind).chunks
    return pa.chunked_array(found, kind)


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


def _index_by_end(path: Path) -> file_index.Index:
    with pa.OSFile(str(path)) as file:
        metadata = pq.read_metadata(file)
    raw = (metadata.metadata or {}).get(KEY)
    try:
        info = msgspec.json.decode(raw or b"", type=FileInfo)
    except msgspec.DecodeError:
        raise DamagedFile(
            f"{path} is not a file of this store: it does not say whose it is; move it away"
        ) from None
    if not metadata.num_row_groups:
        raise DamagedFile(f"{path} has no rows; move it away")
    return file_index.index_of(metadata, info)


def _check(path: Path, info: FileInfo, source: str, section: str) -> None:
    if info.source != source:
        raise WrongSource(path, info.source, source)
    if info.schema != SCHEMA:
        raise WrongSchema(
            f"{path} has schema {info.schema}, this version understands {SCHEMA}; update truetick"
        )
    if info.section != section:
        raise DamagedFile(f"{path} belongs to {info.section}, not to {section}; move it back")
