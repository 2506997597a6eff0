"""Snapshots: a small file that lists what a store held at one moment, by checksum.

::

    snapshots/<source>/<time>-<first digits of its own SHA-256>.json
"""

import hashlib
from pathlib import Path, PurePosixPath

import msgspec

from data_storage.atomic import TEMPORARY, make_folder, replacing, sync_folder
from data_storage.backup.errors import DamagedBackup
from data_storage.backup.place import Place
from market.times import iso

FOLDER = "snapshots"
_DIGITS = 16


class Entry(msgspec.Struct, frozen=True):
    """One file of a store: where it was, and its content by its SHA-256."""

    path: str
    size: int
    checksum: str


class Snapshot(msgspec.Struct, frozen=True):
    """A store of `source` as it was at `time` (UTC nanoseconds)."""

    source: str
    time: int
    files: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(each.size for each in self.files)


class Snapshots:
    """The snapshots below `place`; raise `BackupFailed` for what the system refuses."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._folder = place.folder / FOLDER

    def put(self, snapshot: Snapshot) -> None:
        """Store a snapshot; all its contents have to be there already."""
        content = msgspec.json.format(msgspec.json.encode(snapshot), indent=1)
        with self._place.usable():
            make_folder(self._folder / snapshot.source)
            with replacing(self._folder / snapshot.source / _name(snapshot.time, content)) as file:
                file.write(content)

    def sweep(self) -> None:
        """Remove what an interrupted `put` left; only who writes to the place may."""
        with self._place.usable():
            for torn in self._folder.glob(f"*/.*{TEMPORARY}"):
                torn.unlink(missing_ok=True)

    def all(self, source: str | None = None) -> list[Snapshot]:
        """Those of a source, or of all, by source and time; raise `DamagedBackup` for one that is damaged."""
        return [self.load(path) for path in self.paths(source)]

    def paths(self, source: str | None = None, until: int | None = None) -> list[Path]:
        """The files of the snapshots, readable or not: of a source, and not after `until`, where given."""
        with self._place.usable():
            found = self._folder.glob(f"{source or '*'}/[!.]*.json")
            fitting = [each for each in found if until is None or _time_in(each.name) <= stamp(until)]
            return sorted(fitting, key=lambda path: (path.parent.name, path.name))

    def load(self, path: Path) -> Snapshot:
        """One of `paths`; raise `DamagedBackup` when it is not what was written."""
        with self._place.usable():
            return _load(path)

    def remove(self, snapshot: Snapshot) -> None:
        """Forget a snapshot; its contents stay until they are swept."""
        with self._place.usable():
            for path in (self._folder / snapshot.source).glob(f"{stamp(snapshot.time)}-*.json"):
                path.unlink()
                sync_folder(path.parent)


def _load(path: Path) -> Snapshot:
    content = path.read_bytes()
    try:
        snapshot = msgspec.json.decode(content, type=Snapshot)
    except msgspec.DecodeError:
        snapshot = None
    if snapshot is None or path.name != _name(snapshot.time, content):
        raise DamagedBackup(
            f"the snapshot {path} is damaged; choose an earlier one, or move it away and back up again"
        )
    for each in snapshot.files:
        place = PurePosixPath(each.path)
        if place.is_absolute() or ".." in place.parts:
            raise DamagedBackup(f"the snapshot {path} names {each.path}, which lies outside of a store")
    return snapshot


def _name(time: int, content: bytes) -> str:
    return f"{stamp(time)}-{hashlib.sha256(content).hexdigest()[:_DIGITS]}.json"


def _time_in(name: str) -> str:
    return name.partition("-")[0]


def stamp(time: int) -> str:
    """A text that sorts as the time does, without the colons that some drives refuse."""
    return f"{iso(time)[:19].replace('-', '').replace(':', '')}.{time % 10**9:09d}Z"
