"""Stop before the disk is full: a store that cannot finish a write must not begin it."""

import shutil
from collections.abc import Callable
from pathlib import Path

from data_storage.errors import LowDisk

KEEP_FREE = 256 * 1024**2
WARN_BELOW = 2 * 1024**3

FreeSpace = Callable[[Path], int]


def free_space(path: Path) -> int:
    """Bytes this user may still write on the disk of `path`."""
    return shutil.disk_usage(path).free


def check_disk(path: Path, need: int, free: FreeSpace = free_space) -> str | None:
    """Raise `LowDisk` when writing `need` bytes would leave less than `KEEP_FREE`.

    The answer is a line of warning when less than `WARN_BELOW` would be left, else `None`.
    """
    left = free(path) - need
    if left < KEEP_FREE:
        raise LowDisk(
            f"the disk of {path} is nearly full ({_mib(left + need)} MiB left, "
            f"{_mib(KEEP_FREE)} MiB are kept free); free some, prune old data or choose another data folder"
        )
    return f"the disk of {path} has only {_mib(left)} MiB left" if left < WARN_BELOW else None


def _mib(size: int) -> int:
    return max(0, size) // 1024**2
