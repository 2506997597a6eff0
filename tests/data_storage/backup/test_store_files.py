import sqlite3
from pathlib import Path

import pytest

from data_storage.backup.store_files import StoreFile, Vanished, listing, read
from data_storage.errors import DamagedFile
from data_storage.ledger import FILE, Ledger, Span
from tests.data_storage.backup.stores import STREAM, make_store, put


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return make_store(tmp_path)


def ledger_of(store: Path) -> StoreFile:
    return next(each for each in listing(store) if each.path == FILE)


def test_what_claims_comes_before_what_is_claimed(store: Path) -> None:
    put(store, "bars/1m/TRADES/all/1@SMART/coverage.json", b"[]")
    names = [each.path for each in listing(store)]
    assert names[:3] == [FILE, "bars/1m/TRADES/all/1@SMART/coverage.json", "manifest.json"]
    assert len(names) == 5


def test_locks_torn_files_and_the_quarantine_are_left_out(store: Path) -> None:
    before = listing(store)
    for path in (
        "writer.lock",
        "ticks/Last/1@SMART/.2026-01-05.parquet.77.tmp",
        "quarantine/ticks/a.parquet",
    ):
        put(store, path, b"no")
    assert listing(store) == before


def test_a_file_that_goes_away_is_told(store: Path) -> None:
    gone = listing(store)[-1]
    (store / gone.path).unlink()
    with pytest.raises(Vanished):
        b"".join(read(store, gone))


def test_a_ledger_is_copied_as_of_one_moment_in_the_middle_of_a_transaction(
    store: Path, tmp_path: Path
) -> None:
    before = Ledger(store).spans()
    with sqlite3.connect(store / FILE, isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM spans")
        (tmp_path / FILE).write_bytes(b"".join(read(store, ledger_of(store))))
        writer.execute("ROLLBACK")
    writer.close()
    assert Ledger(tmp_path).spans() == before


def test_an_unchanged_ledger_gives_the_same_bytes(store: Path) -> None:
    first = b"".join(read(store, ledger_of(store)))
    assert b"".join(read(store, ledger_of(store))) == first
    Ledger(store).put([Span(STREAM, 9, None, "pending")])
    assert b"".join(read(store, ledger_of(store))) != first


def test_a_damaged_ledger_is_told(store: Path) -> None:
    (store / FILE).write_bytes(b"no database at all, but long enough to look like one" * 99)
    with pytest.raises(DamagedFile, match="move it away"):
        b"".join(read(store, ledger_of(store)))
