"""Reading what `parquet_files` writes: the pages of some columns of some row groups, of one file or of many.

The pages that are wanted are put side by side in memory, and Arrow reads them as one file: what an answer
takes beside decoding does not grow with the number of files, and all cores decode.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, pairwise
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_storage import file_index, thrift_footer
from data_storage.columns import ints, repeated, some_rows
from data_storage.errors import DamagedFile, WrongSchema, WrongSource
from data_storage.file_index import KEY, Entry, FileInfo, Footer, Value
from data_storage.manifest import SCHEMA
from data_storage.tables import WORDS
from data_storage.thrift_footer import Chunk

# Fewer are decoded sooner than a thread is told to.
_MANY_ROWS = 30_000
# So many rows are decoded together, more only of one file: what that takes beside the answer stays small.
_TOGETHER = 524_288
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
    return [_rows(some, start, end, columns, encoded) for some in _together(wanted)]


def read_groups(parts: Sequence[Part], columns: Sequence[str], *, encoded: bool = False) -> pa.Table:
    """The rows of some row groups, of files that have the same columns.

    A column that has one value in each row group, as the files tell, is not decoded. With `encoded` words
    stay `WORDS`, which takes a third of the time. Raise `DamagedFile`, which names the first of the files.
    """
    known = [(part, i, part.footer.constants(i, columns)) for part in parts for i in part.groups]
    varying = [name for name in columns if any(name not in each for _, _, each in known)]
    table = read_pages(parts, varying)
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


def read_pages(parts: Sequence[Part], columns: Sequence[str]) -> pa.Table:
    """As `read_groups`, with all that is stored looked at; words are `WORDS`."""
    if not columns:
        return pa.table({})
    found = [parts[0].footer.columns[name] for name in columns]
    pages, groups = _pages(parts, columns)
    words = [each.name for each in found if each.kind == pa.string()]
    with _damage_named(parts[0].path):
        parquet = pq.ParquetFile(
            pa.BufferReader(pages),
            metadata=thrift_footer.metadata(found, groups),
            page_checksum_verification=True,
            pre_buffer=False,
            read_dictionary=words,
        )
        many = sum(part.rows for part in parts) > _MANY_ROWS
        table: pa.Table = parquet.read_row_groups(list(range(len(groups))), use_threads=many)
    return table


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
    wanted: Sequence[tuple[Part, Entry]], start: int, end: int, columns: Sequence[str], encoded: bool
) -> pa.Table:
    table = read_groups([part for part, _ in wanted], columns, encoded=encoded)
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


def _pages(parts: Sequence[Part], columns: Sequence[str]) -> tuple[pa.Buffer, list[tuple[int, list[Chunk]]]]:
    """The pages of columns side by side; of each row group its rows and where its chunks are in there."""
    plans = [(part, [_plan(part.footer, i, columns) for i in part.groups]) for part in parts]
    # A place of 0 would say that there is no dictionary.
    at = len(thrift_footer.MAGIC)
    size = at + sum(end - begin for _, plan in plans for each in plan for begin, end in each.spans)
    pages, groups = pa.allocate_buffer(size), list[tuple[int, list[Chunk]]]()
    view = memoryview(pages)
    for part, plan in plans:
        with part.path.open("rb", buffering=0) as file:
            for rows, chunks, spans in plan:
                shifts = list[tuple[int, int]]()
                for begin, end in spans:
                    _read(file, view[at : at + end - begin], begin, part.path)
                    shifts.append((end, at - begin))
                    at += end - begin
                groups.append((rows, [_shifted(chunk, shifts) for chunk in chunks]))
    return pages, groups


class _Plan(NamedTuple):
    """The chunks of a row group that are read and the stretches of the file in which they lie."""

    rows: int
    chunks: list[Chunk]
    spans: list[tuple[int, int]]


def _plan(footer: Footer, group: int, columns: Sequence[str]) -> _Plan:
    chunks = [Chunk(*each) for each in footer.chunks(group, columns).tolist()]
    spans = list[tuple[int, int]]()
    for begin, end in sorted((each.begin, each.begin + each.size) for each in chunks):
        if spans and begin <= spans[-1][1] + _GAP:
            spans[-1] = spans[-1][0], end
        else:
            spans.append((begin, end))
    return _Plan(footer.rows(range(group, group + 1)), chunks, spans)


def _shifted(chunk: Chunk, shifts: Sequence[tuple[int, int]]) -> Chunk:
    by = next(by for end, by in shifts if chunk.data < end)
    return Chunk(chunk.dictionary and chunk.dictionary + by, chunk.data + by, chunk.size)


def _read(file: BinaryIO, into: memoryview, at: int, path: Path) -> None:
    if os.preadv(file.fileno(), [into], at) < len(into):
        raise DamagedFile(f"{path} is damaged: it is cut short; restore it or fetch that time again")


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
