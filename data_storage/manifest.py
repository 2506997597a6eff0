"""The store's folder and what it says of itself: `manifest.json` with source, instruments and files.

A store belongs to one source. Its folder is named after it, but the manifest decides: a renamed folder is
still the store of whoever filled it. The manifest is also the only way files are found, and the commit point
of every change of them: it is replaced whole, after the new files are on the disk and before the old ones go.
`log` says up to where the log is in the files, so that what comes after is added to them once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from data_storage.atomic import TEMPORARY, make_folder, replacing
from data_storage.errors import NoStore, OldSchema, UnusableFolder, WrongSchema, WrongSource
from data_storage.layout import FOREVER, GENERATION, span
from data_storage.log.segments import START, Position
from market.instrument import Instrument
from market.source import Source
from market.times import iso

SCHEMA = 2
OLD_SCHEMA = 1
FILE = "manifest.json"


class StoreFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that never changes: its `path` in the store, `first` and `last` time of its `rows` (UTC
    nanoseconds), `size` in bytes and SHA-256 `checksum`. `running`: it has ticks of streams that went on when
    it was written."""

    path: str
    rows: int
    first: int
    last: int
    size: int
    checksum: str
    running: bool = False

    @property
    def section(self) -> str:
        """The folder it lies in, see `data_storage.layout`."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def span(self) -> tuple[int, int]:
        """The range [start, end) that its name stands for."""
        return span(self.name) or FOREVER


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`writers` counts the openings for writing; it numbers recordings and is never reused. `generation` is
    that of the newest file."""

    schema: int
    source: str
    created: str
    writers: int = 0
    generation: int = 0
    log: Position = START
    instruments: tuple[Instrument, ...] = ()
    files: tuple[StoreFile, ...] = ()


class _Head(msgspec.Struct):
    schema: int
    source: str


@contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Turn what the system says of a folder into `UnusableFolder` with advice."""
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        raise UnusableFolder(
            f"the data folder {folder} cannot be used: {why}; choose another one or change its permissions"
        ) from error


def load(folder: Path, source: Source) -> Manifest:
    """The manifest of a store that must be of `source`.

    Raise `NoStore`, `WrongSource`, `WrongSchema` or `UnusableFolder`; each says what to do.
    """
    with usable(folder):
        try:
            content = (folder / FILE).read_bytes()
        except FileNotFoundError:
            raise NoStore(
                f"nothing is stored yet for {source.name!r} in {folder.parent}; backfill or stream first"
            ) from None
        return _decode(folder, content, source)


def prepare(folder: Path, source: Source) -> bool:
    """Make the folder of a store, or see that the one there is of `source`; raises as `load` does.

    The answer is whether it has the old schema and must be migrated.
    """
    with usable(folder):
        if (folder / FILE).exists():
            try:
                load(folder, source)
            except OldSchema:
                return True
        elif any((folder / name).exists() for name in ("bars", "ticks")):
            raise WrongSchema(
                f"{folder} holds data but no {FILE}, so nobody knows whose; restore it or move it away"
            )
        make_folder(folder)
        return False


def begin(folder: Path, source: Source, now: int) -> Manifest:
    """Count a new writer, who must hold the lock; the manifest is made when missing."""
    with usable(folder):
        try:
            manifest = load(folder, source)
        except NoStore:
            manifest = Manifest(schema=SCHEMA, source=source.name, created=iso(now))
        manifest = msgspec.structs.replace(manifest, writers=manifest.writers + 1)
        save(folder, manifest)
        return manifest


def save(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest."""
    with replacing(folder / FILE) as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")


def mark(folder: Path) -> tuple[int, int]:
    """What changes whenever the manifest is replaced."""
    found = (folder / FILE).stat()
    return found.st_ino, found.st_mtime_ns


def sweep(folder: Path, manifest: Manifest) -> list[Path]:
    """Remove what interrupted writes left; only the writer may.

    The answer is what is not listed and yet stays: files newer than this manifest, which is an old copy then.
    """
    listed, newer = {file.path for file in manifest.files}, list[Path]()
    for path in _files_below(folder):
        match = GENERATION.search(path.name)
        if path.name.endswith(TEMPORARY):
            path.unlink(missing_ok=True)
        elif match and path.relative_to(folder).as_posix() not in listed:
            # A file is written before the manifest lists it, so one generation may be ahead.
            if int(match[1]) <= manifest.generation + 1:
                path.unlink(missing_ok=True)
            else:
                newer.append(path)
    return newer


def _files_below(folder: Path) -> Iterator[Path]:
    yield from folder.glob(f".*{TEMPORARY}")
    for place in ("bars", "ticks"):
        yield from (folder / place).rglob("*")


def _decode(folder: Path, content: bytes, source: Source) -> Manifest:
    try:
        head = msgspec.json.decode(content, type=_Head)
        if head.schema not in (SCHEMA, OLD_SCHEMA):
            raise WrongSchema(
                f"{folder} has schema {head.schema}, this version understands {SCHEMA}; "
                f"use the version that wrote it"
            )
        if head.source != source.name:
            raise WrongSource(folder, head.source, source.name)
        if head.schema == OLD_SCHEMA:
            raise OldSchema(
                f"{folder} has the old schema {OLD_SCHEMA}; whatever writes to it, such as backfill, "
                f"brings it up to date and keeps a copy"
            )
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError as error:
        raise WrongSchema(
            f"{folder / FILE} cannot be understood ({error}); restore it from a backup"
        ) from error
