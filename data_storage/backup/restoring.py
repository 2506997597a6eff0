"""Bring a snapshot back: staged beside the stores, compared, and shown in one step."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_storage.atomic import make_folder, replacing, sync_folder
from data_storage.backup.copying import Progress
from data_storage.backup.errors import StoreExists
from data_storage.backup.objects import Objects
from data_storage.backup.snapshots import Snapshot, stamp
from data_storage.lock import Owner, WriterLock
from data_storage.manifest import usable
from market.times import iso

# A level deeper than stores are, so that neither is taken for one.
STAGED, ASIDE = "restoring", "replaced"


def bring_back(
    objects: Objects, snapshot: Snapshot, data_dir: Path, now: int, replace: bool, progress: Progress
) -> Path | None:
    """Restore `snapshot` below `data_dir`; the answer is where a store went that was there before.

    Raise `StoreExists`, `StoreBusy`, `DamagedBackup` or `UnusableFolder`; then what was there still is.
    """
    store, aside = data_dir / snapshot.source, data_dir / ASIDE / f"{snapshot.source}.{stamp(now)}"
    with usable(data_dir), _held(store, now, replace), _stage(data_dir / STAGED, now) as staged:
        _bring(objects, snapshot, staged, progress)
        there = store.exists()
        _show(staged, store, aside if there else None)
    return aside if there else None


@contextmanager
def _held(store: Path, now: int, replace: bool) -> Iterator[None]:
    """Keep writers out of a store that will be replaced; raise `StoreExists` when it must not be."""
    if store.exists() and not replace:
        raise StoreExists(
            f"{store} is there already: add --replace to move it away first, or restore to another data "
            f"folder with --data-dir"
        )
    lock = WriterLock(store, Owner(os.getpid(), "restore", iso(now))) if store.exists() else None
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


@contextmanager
def _stage(folder: Path, now: int) -> Iterator[Path]:
    """An empty place for a store to be made in; what a restore that was killed left there goes away."""
    make_folder(folder)
    lock = WriterLock(folder, Owner(os.getpid(), "restore", iso(now)))
    try:
        shutil.rmtree(folder / "store", ignore_errors=True)
        yield folder / "store"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def _bring(objects: Objects, snapshot: Snapshot, folder: Path, progress: Progress) -> None:
    done = 0
    for each in snapshot.files:
        path = folder / each.path
        make_folder(path.parent)
        with replacing(path) as file:
            file.writelines(objects.read(each.checksum))
        done += each.size
        progress(done, snapshot.size)


def _show(staged: Path, store: Path, aside: Path | None) -> None:
    if aside is not None:
        make_folder(aside.parent)
        store.rename(aside)
        sync_folder(aside.parent)
    staged.rename(store)
    sync_folder(store.parent)
