"""The files of a log: ``<number>.log``, and a place in them."""

import errno
import fcntl
import os
import re
from pathlib import Path
from typing import Literal, NamedTuple

from data_storage.errors import DamagedFile

_NAME = re.compile(r"(\d+)\.log")
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Position(NamedTuple):
    """A place between two frames: `offset` bytes into the segment of that number."""

    segment: int
    offset: int


START = Position(0, 0)


class Damage(NamedTuple):
    """Bytes `start` to `end` of a segment that are no frames.

    ``torn``: the end of a segment, as a kill or a power cut leaves it. ``damaged``: frames follow, so
    something changed what had been written. ``missing``: the whole segment is not there, though an older
    one is.
    """

    path: Path
    start: int
    end: int
    kind: Literal["torn", "damaged", "missing"]

    def __str__(self) -> str:
        if self.kind == "missing":
            return f"{self.path} is missing: what it held is lost; restore it, or fetch that time again"
        what = (
            "ends in no whole frame: it was cut off while being written, or damaged since"
            if self.kind == "torn"
            else "is damaged; what was there is lost: restore it, or fetch that time again"
        )
        return f"{self.path}, bytes {self.start} to {self.end}: the log {what}"


def path_of(folder: Path, number: int) -> Path:
    """The file of a segment."""
    return folder / f"{number:010d}.log"


def numbers(folder: Path) -> list[int]:
    """The segments that are there, oldest first; none when the folder is not."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted(int(match[1]) for name in names if (match := _NAME.fullmatch(name)))


class Disk:
    """The system calls by which a log is changed; tests give one that fails."""

    def write(self, handle: int, data: memoryview, offset: int) -> int:
        """Write at `offset` and tell how many bytes were taken, which may be fewer."""
        return os.pwrite(handle, data, offset)

    def sync(self, handle: int) -> None:
        """Put a file's content on the disk itself."""
        if hasattr(fcntl, "F_FULLFSYNC"):  # macOS: its fsync stops at the drive's cache
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
        else:
            os.fdatasync(handle)

    def extend(self, handle: int, offset: int, size: int) -> None:
        """Write zeros from `offset` on, the end of the file."""
        os.pwrite(handle, bytes(size), offset)

    def truncate(self, handle: int, size: int) -> None:
        """Cut a file to `size` bytes."""
        os.ftruncate(handle, size)


def read_rest(path: Path, handle: int, offset: int) -> bytes:
    """All that an open segment holds from `offset` on; raise `DamagedFile` when the disk does not give it."""
    try:
        return os.pread(handle, max(0, os.fstat(handle).st_size - offset), offset)
    except OSError as error:
        raise DamagedFile(
            f"{path} cannot be read ({error.strerror}); restore it, or move it away and fetch that time again"
        ) from error
