"""Snapshots of stores in another folder or on another drive: incremental, checked, restorable to a point.

A backup place holds any number of stores. Every content is there once, under its checksum, so that a further
snapshot costs what has changed since. A snapshot becomes visible when all of it is durable, and nothing that
an earlier one needs is ever touched: a backup that is cut off leaves those before it whole, and the next one
goes on where it stopped. `docs/backup.md` describes the files.
"""

from pathlib import Path

import msgspec

from data_storage import manifest as manifests
from data_storage.atomic import make_folder
from data_storage.backup.copying import PER_FILE, Copy, Progress
from data_storage.backup.errors import (
    BackupFailed,
    DamagedBackup,
    NoSnapshot,
)
from data_storage.backup.objects import Objects
from data_storage.backup.place import Place
from data_storage.backup.restoring import bring_back
from data_storage.backup.retention import Keep, kept
from data_storage.backup.snapshots import Snapshot, Snapshots
from data_storage.backup.store_files import parts
from data_storage.disk import FreeSpace, check_disk, free_space
from data_storage.lock import keeping
from market.errors import BadRequest
from market.source import Source
from market.times import iso


class BackupReport(msgspec.Struct, frozen=True):
    """A snapshot, and what of it had to be copied.

    `damaged` are the files of the store that are gone or are not what its manifest says: those that can be
    read are in the snapshot as they are.
    """

    snapshot: Snapshot
    copied_files: int
    copied_bytes: int
    damaged: tuple[str, ...]


class Damaged(msgspec.Struct, frozen=True):
    """A file of a snapshot that is missing or damaged on the drive; `source` and `time` name the snapshot."""

    source: str
    time: int
    path: str
    checksum: str


class VerifyReport(msgspec.Struct, frozen=True):
    """What was read back: `unreadable` are snapshots whose own file is damaged."""

    snapshots: int
    contents: int
    size: int
    damaged: tuple[Damaged, ...]
    unreadable: tuple[Path, ...]

    @property
    def whole(self) -> bool:
        """Whether every snapshot can be restored."""
        return not self.damaged and not self.unreadable


class LocalStorage:
    """A backup place: `LocalStorage.make(folder)` once, then `LocalStorage(folder)`.

    The folder has to exist with the mark that `make` put there: an empty mount point of a drive that is not
    there is no backup place. Raise `NoBackupPlace`, and `BackupFailed` wherever the drive refuses.
    """

    def __init__(self, folder: Path, free: FreeSpace = free_space) -> None:
        self.folder = folder
        self._place = Place(folder)
        self._free = free
        self._objects = Objects(self._place)
        self._snapshots = Snapshots(self._place)

    @classmethod
    def make(cls, folder: Path, free: FreeSpace = free_space) -> "LocalStorage":
        """Make `folder` a backup place, or take the one there is; raise `BadRequest` for a folder in use."""
        Place.make(folder)
        return cls(folder, free)

    # -- back up

    def back_up(
        self,
        store: Path,
        source: Source,
        now: int,
        *,
        check: bool = False,
        progress: Progress = lambda done, total: None,
    ) -> BackupReport:
        """Add a snapshot of the store in the folder `store`, which may be written to meanwhile.

        What the place has already is trusted by its name and size; with `check` it is read back first, and
        copied again where the drive has damaged it. Raise `NoStore`, `WrongSource`, `WrongSchema`,
        `UnusableFolder`, `StoreBusy` when another backup runs, and `DamagedFile` for a damaged ledger.
        """
        manifests.load(store, source)
        if self.folder.resolve().is_relative_to(store.resolve()):
            raise BadRequest(f"{self.folder} lies in the store itself; choose a folder outside, or a drive")
        with self._place.locked(now), manifests.usable(store), keeping(store):
            self._snapshots.sweep()
            copy, wanted = Copy(self._objects, store, check, progress), parts(store, source)
            self._check_room(copy.need(wanted))
            snapshot = Snapshot(source.name, now, copy.run(wanted))
            self._objects.settle()
            self._snapshots.put(snapshot)
        return BackupReport(snapshot, copy.files, copy.bytes, tuple(copy.damaged))

    def retain(self, source: str, keep: Keep, now: int) -> tuple[list[Snapshot], int]:
        """Remove the snapshots of `source` that `keep` does not keep: those removed, and the bytes freed.

        Raise `DamagedBackup` when a snapshot cannot be read, since nobody knows what it needs.
        """
        with self._place.locked(now):
            everything = self._snapshots.all()
            mine = [each for each in everything if each.source == source]
            staying = kept([each.time for each in mine], keep)
            gone = [each for each in mine if each.time not in staying]
            for each in gone:
                self._snapshots.remove(each)
            wanted = {file.checksum for each in everything if each not in gone for file in each.files}
            return gone, self._objects.sweep(wanted)

    # -- look

    def sources(self) -> list[str]:
        """The names of all stores that have a snapshot."""
        return sorted({path.parent.name for path in self._snapshots.paths()})

    def snapshot_at(self, source: str, time: int | None = None) -> Snapshot:
        """The newest snapshot, or the newest not after `time`; raise `NoSnapshot`, and `DamagedBackup` when
        that one is damaged."""
        fitting = self._snapshots.paths(source, time)
        if fitting:
            return self._snapshots.load(fitting[-1])
        when = "" if time is None else f" at or before {iso(time)}"
        raise NoSnapshot(
            f"{self.folder} has no snapshot of {source!r}{when}; "
            f"see what there is: restore {self.folder} --list"
        )

    def snapshots(self, source: str | None = None) -> tuple[list[Snapshot], list[Path]]:
        """The snapshots that can be read, by source and time, and the files of those that cannot."""
        found, unreadable = list[Snapshot](), list[Path]()
        for path in self._snapshots.paths(source):
            try:
                found.append(self._snapshots.load(path))
            except DamagedBackup:
                unreadable.append(path)
        return found, unreadable

    def verify(
        self, source: str | None = None, *, progress: Progress = lambda done, total: None
    ) -> VerifyReport:
        """Read every content back that a snapshot needs, each once, and compare it with its checksum.

        Nothing is written: a drive that is mounted read-only can be verified.
        """
        snapshots, unreadable = self.snapshots(source)
        sizes = {file.checksum: file.size for each in snapshots for file in each.files}
        bad, done = set[str](), 0
        for checksum, size in sizes.items():
            if not self._objects.intact(checksum):
                bad.add(checksum)
            done += size
            progress(done, sum(sizes.values()))
        damaged = tuple(
            Damaged(each.source, each.time, file.path, file.checksum)
            for each in snapshots
            for file in each.files
            if file.checksum in bad
        )
        return VerifyReport(len(snapshots), len(sizes), sum(sizes.values()), damaged, tuple(unreadable))

    # -- restore

    def restore(
        self,
        snapshot: Snapshot,
        data_dir: Path,
        now: int,
        *,
        replace: bool = False,
        progress: Progress = lambda done, total: None,
    ) -> Path | None:
        """Bring a store back as it was, below `data_dir`; all is copied and compared before any of it shows.

        A store that is there is left alone (`StoreExists`) unless told to `replace` it: then it is moved
        away, and the answer is where to. Raise `DamagedBackup`, `LowDisk`, `UnusableFolder`, and `StoreBusy`
        while somebody writes to the store.
        """
        missing = [each for each in snapshot.files if not self._objects.holds(each.checksum, each.size)]
        if missing:
            raise DamagedBackup(
                f"{len(missing)} files of the snapshot of {iso(snapshot.time)} are missing or cut short, "
                f"{missing[0].path} for one; restore another one: restore {self.folder} --list"
            )
        with manifests.usable(data_dir):
            make_folder(data_dir)
        check_disk(data_dir, snapshot.size + PER_FILE * len(snapshot.files), self._free)
        return bring_back(self._objects, snapshot, data_dir, now, replace, progress)

    # --

    def _check_room(self, need: int) -> None:
        with self._place.usable():
            left = self._free(self.folder)
        if left < need:
            raise BackupFailed(
                f"{self.folder} has {left // 1024**2} MiB left and {need // 1024**2} MiB are needed; nothing "
                f"was copied: free some there, or keep fewer snapshots (--keep-daily 7 --keep-weekly 4)"
            )
