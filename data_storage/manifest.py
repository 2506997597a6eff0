"""The store's folder and what it says of itself: `manifest.json` with schema, source and instruments.

A store belongs to one source. Its folder is named after it, but the manifest decides: a renamed folder is
still the store of whoever filled it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from data_storage.atomic import TEMPORARY, make_folder, replacing
from data_storage.errors import NoStore, UnusableFolder, WrongSchema, WrongSource
from market.instrument import Instrument
from market.source import Source
from market.times import iso

SCHEMA = 1
FILE = "manifest.json"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`writers` counts the openings for writing; it numbers recordings and is never reused."""

    schema: int
    source: str
    created: str
    writers: int = 0
    instruments: tuple[Instrument, ...] = ()


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
        if not (folder / FILE).exists():
            raise NoStore(
                f"nothing is stored yet for {source.name!r} in {folder.parent}; backfill or stream first"
            )
        return _decode(folder, (folder / FILE).read_bytes(), source)


def prepare(folder: Path, source: Source) -> None:
    """Make the folder of a store, or see that the one there is of `source`; raises as `load` does."""
    with usable(folder):
        if (folder / FILE).exists():
            load(folder, source)
        elif any((folder / name).exists() for name in ("bars", "ticks")):
            raise WrongSchema(
                f"{folder} holds data but no {FILE}, so nobody knows whose; restore it or move it away"
            )
        make_folder(folder)


def begin(folder: Path, source: Source, now: int) -> Manifest:
    """Count a new writer, who must hold the lock; the manifest is made when missing."""
    with usable(folder):
        sweep(folder)
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


def sweep(folder: Path) -> None:
    """Remove what an interrupted write left; only the writer may."""
    for leftover in folder.rglob(f".*{TEMPORARY}"):
        leftover.unlink(missing_ok=True)


def _decode(folder: Path, content: bytes, source: Source) -> Manifest:
    try:
        head = msgspec.json.decode(content, type=_Head)
        if head.schema != SCHEMA:
            raise WrongSchema(
                f"{folder} has schema {head.schema}, this version understands {SCHEMA}; "
                f"use the version that wrote it"
            )
        if head.source != source.name:
            raise WrongSource(folder, head.source, source.name)
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError as error:
        raise WrongSchema(
            f"{folder / FILE} cannot be understood ({error}); restore it from a backup"
        ) from error
