import hashlib
import os
import sqlite3
from pathlib import Path

import pytest

from data_storage.backup import store_files
from data_storage.backup.store_files import Part, parts, read
from data_storage.errors import DamagedFile, NoStore, UnusableFolder
from data_storage.ledger import FILE, Ledger, Span
from data_storage.log.reader import LogReader
from data_storage.log.segments import path_of
from tests.data_storage.backup.stores import DAY5, DAY6, STREAM, log, make_store, put, remove
from tests.fakes import SIM


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return make_store(tmp_path)


def bytes_of(store: Path, part: Part) -> bytes:
    return b"".join(read(store, part))


def test_what_claims_comes_before_what_is_claimed(store: Path) -> None:
    names = [each.path for each in parts(store, SIM)]
    assert names[:2] == [FILE, "manifest.json"]
    assert names[2].startswith("log/")
    assert sorted(names[3:]) == ["bars/1D/TRADES/all/all.2.parquet", f"{DAY5}.1.parquet"]


def test_what_is_pruned_meanwhile_is_claimed_no_longer(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, read_before = store_files._ledger, list[Part]()

    def pruned(path: Path) -> list[Part]:
        found = plain(path)
        if not read_before:
            Ledger(store).put([], gone=[(STREAM, 0)])
            remove(store, DAY5)
        read_before.extend(found)
        return found

    monkeypatch.setattr(store_files, "_ledger", pruned)
    found = parts(store, SIM)
    assert found[0].content == read_before[1].content != read_before[0].content
    assert not [each for each in found if each.path.startswith(DAY5)]


def test_a_store_that_never_stands_still_is_told(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = store_files._ledger

    def changing(path: Path) -> list[Part]:
        put(store, DAY6, b"six")
        return plain(path)

    monkeypatch.setattr(store_files, "_ledger", changing)
    with pytest.raises(UnusableFolder, match="changes faster"):
        parts(store, SIM)


def test_sizes_and_checksums_are_those_of_what_is_read(store: Path) -> None:
    for part in parts(store, SIM):
        content = bytes_of(store, part)
        assert part.size == len(content)
        assert part.checksum in ("", hashlib.sha256(content).hexdigest())


def test_what_no_manifest_lists_is_left_out(store: Path) -> None:
    before = parts(store, SIM)
    for path in ("writer.lock", f"{DAY5}.99.parquet", "quarantine/ticks/a.parquet", "ticks/.torn.tmp"):
        (store / path).parent.mkdir(parents=True, exist_ok=True)
        (store / path).write_bytes(b"no")
    assert parts(store, SIM) == before


def test_of_a_frame_that_is_being_written_nothing_is_taken(store: Path, tmp_path: Path) -> None:
    before = parts(store, SIM)
    path = path_of(store / "log", max(int(each.stem) for each in (store / "log").iterdir()))
    with path.open("ab") as file:
        file.write(path.read_bytes()[:50])
    assert parts(store, SIM) == before


def test_segments_that_files_have_are_left_out_and_all_others_taken(store: Path, tmp_path: Path) -> None:
    for row in range(2, 5):
        log(store, row)
    (store / "copy").mkdir()
    for part in parts(store, SIM):
        if part.path.startswith("log/"):
            (store / "copy" / Path(part.path).name).write_bytes(bytes_of(store, part))
    frames = LogReader(store / "copy", lambda damage: pytest.fail(str(damage))).read_new()
    assert [frame.batches[0][1]["row"].to_pylist() for frame in frames] == [[1], [2], [3], [4]]


def test_a_store_without_ledger_or_log_has_neither(store: Path) -> None:
    os.unlink(store / FILE)
    for path in (store / "log").iterdir():
        path.unlink()
    assert [each.path.split("/")[0] for each in parts(store, SIM)] == ["manifest.json", "ticks", "bars"]
    with pytest.raises(NoStore):
        parts(store.parent, SIM)


def test_a_file_that_is_gone_is_told(store: Path) -> None:
    gone = parts(store, SIM)[-1]
    (store / gone.path).unlink()
    with pytest.raises(FileNotFoundError):
        bytes_of(store, gone)


def test_a_ledger_is_copied_as_of_one_moment_in_the_middle_of_a_transaction(
    store: Path, tmp_path: Path
) -> None:
    before = Ledger(store).spans()
    with sqlite3.connect(store / FILE, isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM spans")
        (tmp_path / FILE).write_bytes(bytes_of(store, parts(store, SIM)[0]))
        writer.execute("ROLLBACK")
    writer.close()
    assert Ledger(tmp_path).spans() == before


def test_an_unchanged_ledger_gives_the_same_bytes(store: Path) -> None:
    first = parts(store, SIM)[0]
    assert parts(store, SIM)[0] == first
    Ledger(store).put([Span(STREAM, 9, None, "pending")])
    assert parts(store, SIM)[0] != first


def test_a_damaged_ledger_is_told(store: Path) -> None:
    (store / FILE).write_bytes(b"no database at all, but long enough to look like one" * 99)
    with pytest.raises(DamagedFile, match="move it away"):
        parts(store, SIM)


def test_a_file_may_be_replaced_after_the_list_was_made(store: Path) -> None:
    listed = next(each for each in parts(store, SIM) if each.path.startswith(DAY5))
    content = bytes_of(store, listed)
    kept = (store / listed.path).read_bytes()
    put(store, DAY5, b"newer")
    (store / listed.path).write_bytes(kept)  # as `keeping` has it
    assert bytes_of(store, listed) == content
