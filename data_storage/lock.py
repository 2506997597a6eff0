"""One writer per store: a lock file that the system releases when its owner dies, and that names the owner.

Readers need no lock, since every file is replaced whole. Who copies files and needs all of them to stay
meanwhile holds a second lock, shared with others who do; while it is held the writer removes nothing.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from data_storage.errors import StoreBusy

FILE = "writer.lock"
KEEP_FILE = "keep.lock"


class Owner(msgspec.Struct, frozen=True):
    """Who writes, and since when (ISO, UTC)."""

    pid: int
    program: str
    since: str


class WriterLock:
    """The right to write to `folder`; raise `StoreBusy`, naming the owner, when somebody has it."""

    def __init__(self, folder: Path, owner: Owner) -> None:
        self._handle: int | None = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _describe(os.pread(self._handle, 4_096, 0))
            os.close(self._handle)
            raise StoreBusy(
                f"{folder} is being written by {holder}; stop that one first, or open it for reading"
            ) from None
        try:
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, msgspec.json.encode(owner), 0)
        except OSError:
            os.close(self._handle)
            raise

    def release(self) -> None:
        """Let the next writer in; calling it twice is harmless."""
        # The file stays: removing it would let two writers lock two files of the same name.
        handle, self._handle = self._handle, None
        if handle is not None:
            try:
                os.ftruncate(handle, 0)
            finally:
                os.close(handle)


def is_held(folder: Path) -> bool:
    """Whether somebody writes to `folder` now."""
    if not (folder / FILE).exists():
        return False
    handle = os.open(folder / FILE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


@contextmanager
def keeping(folder: Path) -> Iterator[None]:
    """No file of the store in `folder` is removed during the block."""
    handle = os.open(folder / KEEP_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


@contextmanager
def removing(folder: Path) -> Iterator[bool]:
    """Whether files may be removed during the block: nobody needs them to stay."""
    handle = os.open(folder / KEEP_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        allowed = True
    except BlockingIOError:
        allowed = False
    try:
        yield allowed
    finally:
        os.close(handle)


def _describe(content: bytes) -> str:
    try:
        owner = msgspec.json.decode(content, type=Owner)
    except msgspec.DecodeError:
        return "another program"
    return f"{owner.program} (process {owner.pid}, since {owner.since})"
