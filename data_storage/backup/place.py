"""The folder of a backup place: its mark, who writes there, and whether it is still the same drive.

A mount point is a folder whether the drive is there or not. So a place carries a mark without which nothing
is written, and each access sees that the folder is the one that was opened: when a drive goes away half-way,
what follows must not land on the system's own disk.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from data_storage.atomic import make_folder, replacing
from data_storage.backup.errors import BackupFailed, NoBackupPlace
from data_storage.lock import Owner, WriterLock
from market.errors import BadRequest
from market.times import iso

FILE = "truetick-backup.json"
SCHEMA = 1


class Place:
    """A place that `make` has marked; raise `NoBackupPlace` for another folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with _told(folder):
            if not (folder / FILE).is_file():
                raise NoBackupPlace(
                    f"{folder} is no backup place; is the drive there? A new one is made with: "
                    f"backup {folder} --init"
                )
            _check_schema(folder)
            self._identity = _identity(folder)

    @classmethod
    def make(cls, folder: Path) -> "Place":
        """Mark `folder`, or take the place there is; raise `BadRequest` for a folder in use."""
        with _told(folder):
            if not (folder / FILE).is_file():
                if folder.exists() and not folder.is_dir():
                    raise BadRequest(f"{folder} is a file; give a folder of its own for the backups")
                if folder.is_dir() and any(map(_is_somebodys, folder.iterdir())):
                    raise BadRequest(f"{folder} is not empty; give a folder of its own for the backups")
                make_folder(folder)
                with replacing(folder / FILE) as file:
                    file.write(msgspec.json.encode({"schema": SCHEMA}) + b"\n")
        return cls(folder)

    @contextmanager
    def usable(self) -> Iterator[None]:
        """Touch the place in this block only: what the system says of it becomes `BackupFailed`."""
        with _told(self.folder):
            if _identity(self.folder) != self._identity:
                raise BackupFailed(_sentence(self.folder, "the drive has gone"))
            yield

    @contextmanager
    def locked(self, now: int) -> Iterator[None]:
        """Write to the place in this block; raise `StoreBusy` while another program does."""
        with self.usable():
            lock = WriterLock(self.folder, Owner(os.getpid(), Path(sys.argv[0]).name or "python", iso(now)))
        try:
            yield
        finally:
            # A drive that has gone says so here again, in place of what was told.
            with suppress(OSError):
                lock.release()


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupFailed(_sentence(folder, error.strerror or str(error))) from error


def _sentence(folder: Path, why: str) -> str:
    return (
        f"the backup place {folder} failed: {why}; no store and no earlier snapshot was harmed: see that the "
        f"drive is there, writable and has room, and run it again"
    )


def _identity(folder: Path) -> tuple[int, int]:
    found = folder.stat()
    return found.st_dev, found.st_ino


def _is_somebodys(path: Path) -> bool:
    """Systems put hidden folders and ``lost+found`` on every drive."""
    return not path.name.startswith(".") and path.name != "lost+found"


def _check_schema(folder: Path) -> None:
    try:
        schema = msgspec.json.decode((folder / FILE).read_bytes(), type=dict[str, int])["schema"]
    except (msgspec.DecodeError, KeyError):
        schema = -1
    if schema != SCHEMA:
        raise NoBackupPlace(
            f"{folder / FILE} cannot be understood by this version; update truetick, or make another place"
        )
