"""What of a store's folder is copied, in which order, and how each file is read.

The ledger and what history answered go first: what is copied later may hold more than they claim, never less.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from data_storage import ledger, lock, manifest
from data_storage.atomic import TEMPORARY
from data_storage.backup.objects import CHUNK
from data_storage.errors import DamagedFile, UnusableFolder

_CLAIMS = {ledger.FILE: 0, "coverage.json": 1, manifest.FILE: 2}
_LEFT_OUT = frozenset({lock.FILE, "quarantine"})


class Vanished(Exception):
    """A file went away while it was copied: the writer replaced it, and the list has to be made anew."""


class StoreFile(msgspec.Struct, frozen=True):
    """A file of the store: its place below the folder, its size, when it changed (UTC nanoseconds).

    One that is `fixed` is replaced whole, so that size and time tell whether it is another.
    """

    path: str
    size: int
    changed: int
    fixed: bool


def listing(folder: Path) -> list[StoreFile]:
    """Every file that belongs to the store, in the order in which they have to be copied."""
    try:
        found = [_described(folder, path) for path in folder.rglob("*") if _belongs(folder, path)]
    except FileNotFoundError:
        raise Vanished from None
    return sorted(found, key=lambda each: (_CLAIMS.get(Path(each.path).name, len(_CLAIMS)), each.path))


def read(folder: Path, file: StoreFile) -> Iterator[bytes]:
    """The content of a file in pieces, a database as of one moment.

    Raise `Vanished`, `UnusableFolder` for what the system refuses, `DamagedFile` for a damaged database.
    """
    path = folder / file.path
    try:
        yield from _database(path) if path.name == ledger.FILE else _plain(path)
    except FileNotFoundError:
        raise Vanished from None
    except OSError as error:
        raise UnusableFolder(f"{path} cannot be read: {error.strerror or error}") from error


def _described(folder: Path, path: Path) -> StoreFile:
    found = path.stat()
    return StoreFile(
        path.relative_to(folder).as_posix(), found.st_size, found.st_mtime_ns, path.name != ledger.FILE
    )


def _belongs(folder: Path, path: Path) -> bool:
    torn = path.name.startswith(".") and path.name.endswith(TEMPORARY)
    return path.is_file() and not torn and path.relative_to(folder).parts[0] not in _LEFT_OUT


def _plain(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


def _database(path: Path) -> Iterator[bytes]:
    # By way of the memory, since SQLite's copy begins anew when the writer commits meanwhile.
    try:
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(":memory:")) as copy,
        ):
            source.backup(copy)
            yield copy.serialize()
    except sqlite3.OperationalError as error:
        raise UnusableFolder(f"{path} cannot be read: {error}") from error
    except sqlite3.DatabaseError as error:
        raise DamagedFile(f"{path} is damaged ({error}); move it away to begin anew") from error
