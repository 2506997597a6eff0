"""A small store on disk, a backup place beside it, and what they hold."""

import hashlib
from pathlib import Path

import msgspec
import pyarrow as pa

from data_storage import lock, manifest
from data_storage.backup.store_files import LOG
from data_storage.ledger import FILE, Ledger, Span, Stream
from data_storage.log.writer import LogWriter
from data_storage.manifest import StoreFile
from tests.fakes import SIM, T0

STREAM = Stream(1, "SMART", "Last", "tbt")
DAY5, DAY6 = "ticks/Last/2026-01-05", "ticks/Last/2026-01-06"
_NOT_STORED = (lock.FILE, lock.KEEP_FILE, FILE)


def make_store(data_dir: Path) -> Path:
    """A store with a manifest, a ledger, two files and a frame in its log."""
    store = data_dir / SIM.name
    manifest.prepare(store, SIM)
    manifest.begin(store, SIM, T0)
    Ledger(store).put([Span(STREAM, 0, 5, "have")])
    put(store, DAY5, b"five" * 1_000)
    put(store, "bars/1D/TRADES/all/all", b"bars" * 900)
    log(store, 1)
    return store


def put(store: Path, name: str, content: bytes) -> Path:
    """A new generation of a file, as compaction makes it; the old one goes."""
    known = manifest.load(store, SIM)
    generation = known.generation + 1
    path = f"{name}.{generation}.parquet"
    (store / path).parent.mkdir(parents=True, exist_ok=True)
    (store / path).write_bytes(content)
    file = StoreFile(path, 1, T0, T0, len(content), hashlib.sha256(content).hexdigest())
    _replace(store, name, (file,), generation)
    return store / path


def remove(store: Path, name: str) -> None:
    """Take a file away, as pruning does."""
    _replace(store, name, (), manifest.load(store, SIM).generation)


def log(store: Path, *rows: int) -> None:
    """Append a frame to the log, in a segment of its own."""
    writer = LogWriter(store / LOG, "off", after=manifest.load(store, SIM).log)
    writer.append([("rows", pa.record_batch({"row": list(rows)}))])
    writer.close()


def content(folder: Path) -> dict[str, object]:
    """All that a store holds: bytes of the files, rows of the ledger."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in _NOT_STORED]
    found: dict[str, object] = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    return found | {FILE: Ledger(folder).spans()}


def _replace(store: Path, name: str, files: tuple[StoreFile, ...], generation: int) -> None:
    known = manifest.load(store, SIM)
    gone = [each for each in known.files if each.path.startswith(f"{name}.")]
    kept = tuple(each for each in known.files if each not in gone)
    manifest.save(store, msgspec.structs.replace(known, files=(*kept, *files), generation=generation))
    for each in gone:
        (store / each.path).unlink()
