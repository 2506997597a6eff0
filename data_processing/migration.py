"""Bring a store of schema 1 up to date: a file per contract and period becomes one of all contracts.

The new files are made beside the old ones, which then move to ``schema-1/`` and stay there. A kill at any
moment leaves a store of schema 1 that the next writer migrates, or goes on migrating; the new manifest is the
last step.
"""

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_processing.contracts import Coded
from data_processing.coverage import union
from data_processing.given_tables import Given
from data_processing.settling import with_routes
from data_processing.shelf import Report, Shelf
from data_processing.writing import Writing
from data_storage import manifest as manifests
from data_storage.atomic import make_folder, replacing, sync_folder
from data_storage.disk import FreeSpace, check_disk
from data_storage.errors import DamagedFile
from data_storage.layout import Series, parse_folder
from data_storage.ledger import Ledger
from data_storage.lock import Owner, WriterLock
from data_storage.log.segments import START
from data_storage.manifest import OLD_SCHEMA, Manifest
from market.errors import BadRequest
from market.source import Source

BACKUP, _MAKING, _READY = f"schema-{OLD_SCHEMA}", ".migrating", "ready"
_PLACES = ("bars", "ticks")


class _Answered(msgspec.Struct):
    answered: list[tuple[int, int]]


def migrate(folder: Path, source: Source, now: int, report: Report, free: FreeSpace) -> None:
    """Migrate the store in `folder`, to which nobody else writes.

    Raise `DamagedFile` when an old file cannot be read, `LowDisk` when there is no room for both forms.
    """
    making = folder / _MAKING
    if not (making / _READY).exists():
        shutil.rmtree(making, ignore_errors=True)
        files = [path for place in _PLACES for path in (folder / place).rglob("*.parquet")]
        check_disk(folder, 2 * sum(path.stat().st_size for path in files), free)
        _make(folder, making, source, now, report, free)
        Ledger(folder).put_answered(_answered(folder))
        with replacing(making / _READY):
            pass
    _swap(folder, making, source)
    report(f"{folder} was brought up to date; its old files are kept in {folder / BACKUP}")


def _make(folder: Path, making: Path, source: Source, now: int, report: Report, free: FreeSpace) -> None:
    make_folder(making)
    shelf = Shelf(making, source, manifests.begin(making, source, now), report, writer=True)
    lock = WriterLock(making, Owner(os.getpid(), "migration", ""))
    writing = Writing(shelf, lock, "off", free)
    try:
        for section, rows in _periods(folder, source):
            writing.compaction.load(section, Given(rows, {}, rows.schema))
    finally:
        writing.close()


def _periods(folder: Path, source: Source) -> Iterator[tuple[str, pa.Table]]:
    """All old rows, a section and a period at a time."""
    periods = defaultdict[tuple[str, str], list[tuple[Path, Series]]](list)
    for place in (*folder.glob("bars/*/*/*/*"), *folder.glob("ticks/*/*")):
        for path in sorted(place.glob("[!.]*.parquet")):
            series = _series(folder, place)
            periods[series.section, path.name.split(".")[0]].append((path, series))
    for (section, _), found in sorted(periods.items()):
        yield section, pa.concat_tables([_rows(path, series, source) for path, series in found])


def _series(folder: Path, place: Path) -> Series:
    try:
        return parse_folder(place.relative_to(folder).as_posix())
    except BadRequest as error:
        raise DamagedFile(str(error)) from None


def _rows(path: Path, series: Series, source: Source) -> pa.Table:
    try:
        table = pq.ParquetFile(path, page_checksum_verification=True).read()
    except (pa.ArrowException, OSError) as error:
        why = " ".join(str(error).split())[:120]
        raise DamagedFile(
            f"{path} is damaged ({why}); restore it or move it away, then open the store again"
        ) from None
    info = msgspec.json.decode((table.schema.metadata or {}).get(b"truetick", b"{}"), type=dict)
    if (info.get("source"), info.get("series")) != (source.name, series.folder):
        raise DamagedFile(
            f"{path} does not belong there: it is of {info}; move it away, then open the store again"
        )
    route = series.contract_id, series.exchange
    return with_routes(
        table.replace_schema_metadata(None), Coded(np.zeros(table.num_rows, np.int64), [route])
    )


def _answered(folder: Path) -> dict[str, list[tuple[int, int]]]:
    found = {}
    for path in (*folder.glob("bars/*/*/*/*/coverage.json"), *folder.glob("ticks/*/*/coverage.json")):
        try:
            ranges = msgspec.json.decode(path.read_bytes(), type=_Answered).answered
        except msgspec.DecodeError:
            continue  # what it forgets is asked for again, nothing worse
        found[path.parent.relative_to(folder).as_posix()] = union(ranges)
    return found


def _swap(folder: Path, making: Path, source: Source) -> None:
    """Each step may have been done by a migration that was killed."""
    backup = folder / BACKUP
    make_folder(backup)
    if not (backup / manifests.FILE).exists():
        shutil.copy2(folder / manifests.FILE, backup / manifests.FILE)
    for place in _PLACES:
        if (folder / place).exists() and not (backup / place).exists():
            (folder / place).rename(backup / place)
        if (making / place).exists():
            (making / place).rename(folder / place)
    for changed in (backup, making, folder):
        sync_folder(changed)
    old = msgspec.json.decode((backup / manifests.FILE).read_bytes(), type=Manifest)
    new = manifests.load(making, source)
    manifests.save(
        folder,
        msgspec.structs.replace(
            new, created=old.created, writers=old.writers, instruments=old.instruments, log=START
        ),
    )
    tidy(folder)


def tidy(folder: Path) -> None:
    """Remove what is left of a migration that is over."""
    shutil.rmtree(folder / _MAKING, ignore_errors=True)
