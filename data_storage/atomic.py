"""Write a file whole or not at all: a temporary name, fsync, rename, fsync of the folder.

A reader sees the old file or the new one, also after a kill or a power cut.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

TEMPORARY = ".tmp"


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to, which becomes `path` when the block ends well and vanishes otherwise."""
    with named_at_end(path) as file:
        yield file
    sync_folder(path.parent)


@contextmanager
def named_at_end(path: Path) -> Iterator[BinaryIO]:
    """As `replacing`, for one of many files: its name is safe once somebody has synced the folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def make_folder(path: Path) -> None:
    """Make `path` and its parents, so that they survive a power cut too."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for each in missing:
        sync_folder(each.parent)


def sync_folder(path: Path) -> None:
    """Make renames and removals in a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
