"""Files named by their SHA-256: each content is there once, and its name proves it.

::

    objects/<first two digits>/<all 64 digits>

Names are plain lower-case digits and no links are made, so that a drive of any file system will do.
"""

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from pathlib import Path

import msgspec

from data_storage.atomic import TEMPORARY, make_folder, sync_folder
from data_storage.backup.errors import DamagedBackup
from data_storage.backup.place import Place

FOLDER = "objects"
CHUNK = 1024**2
_ADVICE = "run backup --check to copy it again, or restore another snapshot"


class Stored(msgspec.Struct, frozen=True):
    """What was put: its name, its size in bytes, and whether it was not there before."""

    checksum: str
    size: int
    new: bool


class Objects:
    """The files below `place`; raise `BackupFailed` for what the system refuses."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._folder = place.folder / FOLDER
        self._unsettled = set[Path]()

    def put(self, pieces: Iterable[bytes]) -> Stored:
        """Store a content whole or not at all, durable after `settle`; a damaged copy of it is replaced.

        Whatever `pieces` raises passes.
        """
        # One name is enough, as one program writes: the next one overwrites what a kill left.
        temporary = self._folder / f".incoming{TEMPORARY}"
        digest, size = hashlib.sha256(), 0
        with self._place.usable():
            make_folder(self._folder)
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                with self._place.usable():
                    _write_all(handle, piece)
            with self._place.usable():
                os.fsync(handle)
                return self._name(temporary, digest.hexdigest(), size)
        finally:
            os.close(handle)
            _remove(temporary)

    def settle(self) -> None:
        """Return when the names of all that was put are on the disk, as their contents are already."""
        with self._place.usable():
            for folder in sorted(self._unsettled):
                sync_folder(folder)
        self._unsettled.clear()

    def holds(self, checksum: str, size: int) -> bool:
        """Whether a content is there, by its name and size alone."""
        path = self._path(checksum)
        with self._place.usable():
            return path.is_file() and path.stat().st_size == size

    def read(self, checksum: str) -> Iterator[bytes]:
        """A content in pieces; raise `DamagedBackup` where it cannot be read and, at the end, where it is not
        what its name says."""
        digest, path = hashlib.sha256(), self._path(checksum)
        with self._place.usable(), _bad_sectors_told(path):
            if not path.exists():
                raise DamagedBackup(f"{path} is missing; {_ADVICE}")
            with path.open("rb") as file:
                while piece := file.read(CHUNK):
                    digest.update(piece)
                    yield piece
        if digest.hexdigest() != checksum:
            raise DamagedBackup(f"{path} holds other bytes than were written; {_ADVICE}")

    def intact(self, checksum: str) -> bool:
        """Whether a content reads back as it was written."""
        try:
            for _ in self.read(checksum):
                pass
        except DamagedBackup:
            return False
        return True

    def sweep(self, wanted: Set[str]) -> int:
        """Remove every content that is not `wanted`; the answer is the bytes freed."""
        freed = 0
        with self._place.usable():
            for path in sorted(self._folder.glob("??/*")):
                if path.name not in wanted:
                    freed += path.stat().st_size
                    path.unlink()
        return freed

    def _name(self, temporary: Path, checksum: str, size: int) -> Stored:
        new, path = not self.holds(checksum, size), self._path(checksum)
        make_folder(path.parent)
        temporary.replace(path)
        self._unsettled.add(path.parent)
        return Stored(checksum, size, new)

    def _path(self, checksum: str) -> Path:
        return self._folder / checksum[:2] / checksum


@contextmanager
def _bad_sectors_told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        raise DamagedBackup(f"{path} cannot be read: {error.strerror}; {_ADVICE}") from error


def _write_all(handle: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _remove(path: Path) -> None:
    # Of a drive that has gone nothing can be removed, and that was told already.
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
