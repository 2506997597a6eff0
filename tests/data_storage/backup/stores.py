"""A small store on disk, a backup place beside it, and what they hold."""

from pathlib import Path

from data_storage import lock, manifest
from data_storage.ledger import FILE, Ledger, Span, Stream
from tests.fakes import SIM, T0

STREAM = Stream(1, "SMART", "Last", "tbt")


def make_store(data_dir: Path) -> Path:
    """A store with a manifest, a ledger and two files."""
    store = data_dir / SIM.name
    manifest.prepare(store, SIM)
    manifest.begin(store, SIM, T0)
    Ledger(store).put([Span(STREAM, 0, 5, "have")])
    put(store, "ticks/Last/1@SMART/2026-01-05.parquet", b"five" * 1_000)
    put(store, "bars/1m/TRADES/all/1@SMART/2026-01.parquet", b"bars" * 900)
    return store


def put(store: Path, path: str, content: bytes) -> None:
    """Write a file as the store does: another one of the same name."""
    place = store / path
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_name("new")
    new.write_bytes(content)
    new.replace(place)


def content(folder: Path) -> dict[str, object]:
    """All that a store holds: bytes of the files, rows of the ledger."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in (lock.FILE, FILE)]
    found: dict[str, object] = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    return found | {FILE: Ledger(folder).spans()}
