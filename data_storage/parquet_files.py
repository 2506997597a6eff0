"""Parquet files that say whose they are: each carries source, series and schema in its metadata.

zstd-1, time as deltas, dictionaries elsewhere: measured to be the smallest for prices on a tick grid, and no
slower than the others.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from data_storage.atomic import make_folder, replacing, sync_folder
from data_storage.errors import DamagedFile, WrongSchema, WrongSource
from data_storage.manifest import SCHEMA

_KEY = b"truetick"


class FileInfo(msgspec.Struct, frozen=True):
    """Whose rows these are. `revised` counts rows that a later version replaced, `disputed` the seconds in
    which two whole views differ."""

    source: str
    series: str
    revised: int = 0
    disputed: int = 0
    schema: int = SCHEMA


class Summary(msgspec.Struct, frozen=True):
    """What the footer tells: rows, first and last time (UTC nanoseconds), size on disk."""

    info: FileInfo
    rows: int
    first: int
    last: int
    size: int


def write(path: Path, table: pa.Table, info: FileInfo) -> None:
    """Write `table`, sorted by time already, whole or not at all."""
    make_folder(path.parent)
    schema = table.schema.with_metadata({_KEY: msgspec.json.encode(info)})
    with replacing(path) as file:
        pq.write_table(
            table.cast(schema),
            file,
            compression="zstd",
            compression_level=1,
            use_dictionary=[name for name in schema.names if name != "time"],
            column_encoding={"time": "DELTA_BINARY_PACKED"},
            write_page_checksum=True,
        )


def read(path: Path, source: str, series: str) -> pa.Table:
    """The rows of a file that must belong to `source` and `series`.

    Raise `DamagedFile` when it cannot be read, `WrongSource` or `WrongSchema` when it should not be here, and
    what the system says of it, `FileNotFoundError` for one.
    """
    # Opened here, so that what the system says of a file is not taken for damage.
    with path.open("rb") as file, _damage_named(path):
        table = pq.ParquetFile(file, page_checksum_verification=True).read()
    _check(path, table.schema, source, series)
    return table.replace_schema_metadata(None)


def summary(path: Path, source: str, series: str) -> Summary:
    """What the footer of a file says; raises as `read` does."""
    with path.open("rb") as file, _damage_named(path):
        footer = pq.read_metadata(file)
        info = _check(path, footer.schema.to_arrow_schema(), source, series)
        groups = [footer.row_group(i).column(0).statistics for i in range(footer.num_row_groups)]
        first, last = min(g.min_raw for g in groups), max(g.max_raw for g in groups)
    return Summary(info, footer.num_rows, first, last, path.stat().st_size)


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


def _check(path: Path, schema: pa.Schema, source: str, series: str) -> FileInfo:
    raw = (schema.metadata or {}).get(_KEY)
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
    if info.series != series:
        raise DamagedFile(f"{path} belongs to {info.series}, not to {series}; move it back")
    return info


def export(table: pa.Table, path: Path) -> int:
    """Write a table for use elsewhere, whole or not at all; the answer is the number of rows."""
    with replacing(path) as file:
        pq.write_table(table, file, compression="zstd")
    return int(table.num_rows)
