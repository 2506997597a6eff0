"""What of a store is copied, and how each part of it is read.

The ledger is read between two looks at the manifest that see the same, then the log from where the manifest's
files end: so a copy may hold more than its ledger claims, never less. The manifest names the files, which
never change. Of the segment of the log that is still being written to, the whole frames are taken.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from data_storage import ledger
from data_storage import manifest as manifests
from data_storage.backup.objects import CHUNK
from data_storage.errors import DamagedFile, UnusableFolder
from data_storage.log.frames import spans
from data_storage.log.segments import Position, numbers, path_of
from data_storage.manifest import Manifest
from market.source import Source

LOG = "log"
_ATTEMPTS = 100


class Part(msgspec.Struct, frozen=True):
    """A file of the store: its place below the folder and its size in bytes.

    `checksum` is known of a file that never changes, `content` of one that was read already.
    """

    path: str
    size: int
    checksum: str = ""
    content: bytes | None = None


def parts(store: Path, source: Source) -> list[Part]:
    """Everything that belongs to the store, while `data_storage.lock.keeping` sees that nothing goes away.

    Raise what `manifest.load` does, and `DamagedFile` for a damaged ledger.
    """
    with manifests.usable(store):
        claims, manifest = _claims(store, source)
        log = _log(store, manifest.log)
    listed = [Part(each.path, each.size, each.checksum) for each in manifest.files]
    content = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    return [*claims, _read(manifests.FILE, content), *log, *listed]


def read(store: Path, part: Part) -> Iterator[bytes]:
    """The content of a part in pieces; raise `FileNotFoundError`, and `UnusableFolder` for all else."""
    if part.content is not None:
        yield part.content
        return
    path = store / part.path
    try:
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnusableFolder(f"{path} cannot be read: {error.strerror or error}") from error


def _claims(store: Path, source: Source) -> tuple[list[Part], Manifest]:
    # New rows are there before the ledger speaks of them, old ones go after it has forgotten them.
    before = manifests.load(store, source)
    for _ in range(_ATTEMPTS):
        claims, manifest = _ledger(store / ledger.FILE), manifests.load(store, source)
        if manifest == before:
            return claims, manifest
        before = manifest
    raise UnusableFolder(f"{store} changes faster than it can be read; try again later")


def _log(store: Path, position: Position) -> list[Part]:
    folder = store / LOG
    needed = [number for number in numbers(folder) if number >= position.segment]
    closed = [path_of(folder, number) for number in needed[:-1]]
    found = [Part(f"{LOG}/{path.name}", path.stat().st_size) for path in closed]
    if needed:
        path = path_of(folder, needed[-1])
        data = path.read_bytes()
        ends = [span.end for span in spans(memoryview(data), Position(needed[-1], 0))]
        found.append(_read(f"{LOG}/{path.name}", data[: max(ends, default=0)]))
    return found


def _ledger(path: Path) -> list[Part]:
    if not path.exists():
        return []
    # By way of the memory, since SQLite's copy begins anew when the writer commits meanwhile.
    try:
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(":memory:")) as copy,
        ):
            source.backup(copy)
            return [_read(path.name, copy.serialize())]
    except sqlite3.OperationalError as error:
        raise UnusableFolder(f"{path} cannot be read: {error}") from error
    except sqlite3.DatabaseError as error:
        raise DamagedFile(f"{path} is damaged ({error}); move it away to begin anew") from error


def _read(path: str, content: bytes) -> Part:
    return Part(path, len(content), content=content)
