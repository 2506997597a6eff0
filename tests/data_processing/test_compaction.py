"""Whatever happens in between, the same rows end in the same files."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_processing import compaction, rewriting
from data_processing.contracts import Route
from data_processing.rewriting import Rewriting
from data_processing.shelf import Look
from data_processing.timeseries_db import TimeseriesDB
from data_storage import manifest as manifests
from data_storage.layout import BarSeries, TickSeries
from data_storage.log.writer import LogWriter
from market.events import Bar
from market.times import DAY, SECOND
from tests.fakes import AAPL, SIM, T0, bar, trade

ID, LONG = AAPL.contract_id, (T0 - 400 * DAY, T0 + 400 * DAY)

BARS = st.builds(
    lambda day, minute, id_, close: bar(
        1440 * day + minute,
        float(close),
        contract_id=id_,
        received=T0 + close,
        volume=None if close == 5 else 100.0,
    ),
    st.sampled_from([0, 1, 2, 3, 25, 27, 28, 60]),
    st.integers(0, 3),
    st.integers(1, 3),
    st.integers(1, 5),
)


def sums(db: TimeseriesDB) -> dict[str, str]:
    return {f"{file.section}/{file.name[:-15]}": file.checksum for file in db.files()}


def filled(folder: Path, steps: list[list[Bar]], *, at_once: bool) -> tuple[dict[str, str], list[object]]:
    """The checksums and the bars after `steps`; unless `at_once` each is compacted by a writer of its own."""
    db = TimeseriesDB.open(folder, SIM, write=True)
    for step in steps:
        db.upsert_bars(step)
        db.append_ticks([trade((each.time - T0) // 10**9, each.close, source="history") for each in step])
        if not at_once:
            db.close()
            db = TimeseriesDB.open(folder, SIM, write=True)
    rows = [row for id_ in (1, 2, 3) for row in db.bars(id_, "SMART", "1m", *LONG, known="all").to_pylist()]
    db.close()
    return sums(db), rows


@settings(max_examples=10)
@given(st.lists(st.lists(BARS, min_size=1, max_size=5), min_size=1, max_size=4))
def test_compacting_in_steps_ends_in_the_same_files(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[Bar]]
) -> None:
    folder = tmp_path_factory.mktemp("steps")
    assert filled(folder / "a", steps, at_once=False) == filled(folder / "b", steps, at_once=True)


STEPS = [
    (manifests, "save"),
    (LogWriter, "roll"),
    (LogWriter, "drop"),
    (compaction.Compaction, "_make"),
    (compaction.Compaction, "_keep"),
    (compaction.Compaction, "_forget"),
    (compaction.Compaction, "_discard"),
]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("owner", "name"), STEPS)
def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(
    tmp_path: Path, owner: object, name: str, after: bool
) -> None:
    def copied(*arguments: object, **options: object) -> object:
        # What is on the disk now is what a kill would leave.
        shutil.rmtree(tmp_path / "b", ignore_errors=True)
        done = real(*arguments, **options) if after else None
        shutil.copytree(tmp_path / "a", tmp_path / "b")
        return done if after else real(*arguments, **options)

    real = getattr(owner, name)
    with TimeseriesDB.open(tmp_path / "a", SIM, write=True) as db:
        for second in range(2):
            db.append_ticks([trade(second, second, source="history") for _ in range(2)])
            # A stream is in a second that history tells too.
            db.append_ticks([trade(9, 9), trade(10, 10), trade(10, 11, source="history")])
            db.upsert_bars([bar(second), bar(second + 5 * 1440)])
            with patch.object(owner, name, copied):
                db.compact()
    with TimeseriesDB.open(tmp_path / "b", SIM, write=True) as left:
        assert left.ticks(ID, "SMART", "Last", *LONG)["price"].to_pylist() == [0, 0, 1, 1, 9, 9, 11]
        assert left.bars(ID, "SMART", "1m", *LONG).num_rows == 4
    assert sums(left) == sums(db)


def test_no_file_goes_away_while_it_is_kept(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.upsert_bars([bar(0)])
        db.compact()
        reader = TimeseriesDB.open(tmp_path, SIM)
        with reader.frozen():
            (file,) = reader.files()
            db.upsert_bars([bar(1)])
            db.compact()
            assert (db.folder / file.path).exists()
        db.upsert_bars([bar(2)])
        db.compact()
        assert [path.name for path in db.folder.rglob("*.parquet")] == [db.files()[0].name]


READER = """
import pathlib, sys
from data_processing.timeseries_db import TimeseriesDB
from tests.fakes import AAPL, SIM, T0
db = TimeseriesDB.open(pathlib.Path(sys.argv[1]), SIM)
print("ready", flush=True)
for line in sys.stdin:
    table = db.ticks(AAPL.contract_id, "SMART", "Last", T0, T0 + 10**15)
    print(table["price"].to_pylist() == list(range(int(line))), len(db.files()), flush=True)
"""


def test_another_process_sees_every_step(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        command = [sys.executable, "-c", READER, str(tmp_path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
            assert reader.stdin is not None
            assert reader.stdout is not None
            reader.stdout.readline()
            for i in range(1, 7):
                db.append_ticks([trade(i, i - 1)])
                if i % 2 == 0:
                    db.compact()
                reader.stdin.write(f"{i}\n")
                reader.stdin.flush()
                assert reader.stdout.readline() == f"True {int(i > 1)}\n"
            reader.stdin.close()


def test_ticks_that_streamed_make_the_same_files_however_often_they_were_compacted(tmp_path: Path) -> None:
    for name, often in (("a", True), ("b", False)):
        with TimeseriesDB.open(tmp_path / name, SIM, write=True) as db:
            for second in (0, 1, 1, 2, 86_400, 86_401):
                db.append_ticks([trade(second, second)])
                if often:
                    db.compact()
            prices = db.ticks(ID, "SMART", "Last", *LONG)["price"].to_pylist()
            whole = db.ticks(ID, "SMART", "Last", *LONG)["whole"].to_pylist()
        assert (prices, whole) == ([0, 1, 1, 2, 86_400, 86_401], [False, True, True, False, True, False])
        assert not any(file.running for file in db.files())
    assert sums(TimeseriesDB.open(tmp_path / "a", SIM)) == sums(db)


def told(db: TimeseriesDB) -> list[tuple[object, ...]]:
    columns = ["price", "source", "whole", "disputed", "ordinal"]
    table = db.ticks(ID, "SMART", "Last", *LONG, columns=columns)
    return [tuple(row.values()) for row in table.to_pylist()]


def test_what_a_bar_lacked_before_it_was_replaced_leaves_no_trace(tmp_path: Path) -> None:
    found = []
    for name, before in (
        ("one", [bar(0, volume=None, average=None, final=False, received=T0)]),
        ("other", []),
    ):
        with TimeseriesDB.open(tmp_path / name, SIM, write=True) as db:
            for bars in (before, [bar(0), bar(1)]):
                db.upsert_bars(bars)
                db.compact()
            (file,) = db.files()
            assert not db.footer(file).columns["volume"].nullable
            found.append(file.checksum)
    assert found[0] == found[1]


def test_a_column_that_was_never_null_may_become_so(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        for second, size in enumerate([1.0, None, 2.0]):
            db.append_ticks([trade(second, size=size), trade(DAY // SECOND + second, size=3.0)])
            db.compact()
        assert [db.footer(file).columns["size"].nullable for file in db.files()] == [True, False]
        assert db.ticks(ID, "SMART", "Last", *LONG)["size"].to_pylist() == [1, None, 2, 3, 3, 3]


@pytest.mark.parametrize("compact", [TimeseriesDB.compact, lambda db: None])
def test_a_second_that_history_told_while_a_stream_was_in_it_loses_no_tick(
    tmp_path: Path, compact: Callable[[TimeseriesDB], None]
) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.append_ticks([trade(0), trade(1, 1.0)])
        compact(db)
        db.append_ticks([trade(1, 1.0, source="history")])
        compact(db)
        assert told(db)[1:] == [(1.0, "history", True, False, 0)]
        db.append_ticks([trade(1, 1.1), trade(2)])
        compact(db)
        whole = [(1.0, "tbt", True, True, 0), (1.1, "tbt", True, True, 1)]
        assert told(db)[1:3] == told(TimeseriesDB.open(tmp_path, SIM))[1:3] == whole
    assert told(db)[1:3] == whole
    assert db.footer(db.files()[0]).entries[0].disputed == 1


def test_a_second_of_two_views_is_in_a_file_once_its_stream_has_gone_on(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.append_ticks([trade(0), trade(1)])
        db.append_ticks([trade(1, source="history")])
        for second, rows in ((2, 1), (3, 3)):
            db.append_ticks([trade(second)])
            db.compact()
            assert sum(file.rows for file in db.files()) == 1 + rows


def test_a_second_that_its_stream_went_on_from_stays_whole_when_only_the_log_tells_so(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.append_ticks([trade(0), trade(1), trade(2)])
        db.fill_ticks([trade(2, source="history")])
        db.compact()
        db.cut()
        db.append_ticks([trade(2), trade(3)])
        db.compact()
        assert [whole for _, _, whole, *_ in told(db)] == [False, True, True, False]
    assert [whole for _, _, whole, *_ in told(db)] == [False, True, True, False]


def test_a_deleted_series_leaves_nothing_of_the_second_that_its_stream_is_in(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.append_ticks([trade(0), trade(1)])
        db.append_ticks([trade(1, source="history")])
        db.delete(TickSeries(ID, "SMART", "Last"))
        assert told(db) == []
        db.append_ticks([trade(1, 2.0), trade(2)])
        assert [(price, whole) for price, _, whole, *_ in told(db)] == [(2.0, False), (10.0, False)]


def test_batches_are_read_while_files_are_replaced(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.append_ticks([trade(0, 1)])
        db.compact()
        db.append_ticks([trade(1, 2)])
        reader = TimeseriesDB.open(tmp_path, SIM)

        def replaced(section: str, route: Route | None = None) -> Look:
            found = look(section, route)
            db.compact()
            return found

        look = reader._shelf.look
        with patch.object(reader._shelf, "look", replaced):
            batches = list(reader.tick_batches(ID, "SMART", "Last", *LONG))
        assert [price for each in batches for price in each["price"].to_pylist()] == [1, 2]


def test_the_last_ticks_are_as_many_where_history_has_fewer_than_a_file(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.append_ticks([trade(0, 1), trade(DAY // SECOND, 2), trade(DAY // SECOND, 3)])
        db.cut()
        db.compact()
        db.fill_ticks([trade(DAY // SECOND, 3, source="history")])
        assert db.last_ticks(ID, "SMART", "Last", 2)["price"].to_pylist() == [1, 3]


def test_a_compaction_that_fails_in_the_background_is_told_and_tried_again(tmp_path: Path) -> None:
    said, tries, done = list[str](), list[int](), threading.Event()

    def failing(*arguments: object) -> None:
        tries.append(1)
        done.set()
        raise OSError(5, "Input/output error")

    with (
        patch("data_processing.background.ROWS", 3),
        patch.object(compaction.Compaction, "compact", failing),
        TimeseriesDB.open(tmp_path, SIM, write=True, report=said.append) as db,
    ):
        for second in range(3):
            db.append_ticks([trade(second)])
        assert done.wait(20)
        assert db.ticks(ID, "SMART", "Last", *LONG).num_rows == 3
    assert "3 rows stay in the log" in said[0]


def test_files_are_deleted_while_a_compaction_is_under_way(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        series = BarSeries(ID, "SMART", "1m")
        for day in range(5):
            db.upsert_bars([bar(1440 * day), bar(1440 * day, contract_id=1)])
            thread = threading.Thread(target=db.compact)
            thread.start()
            db.delete(series)
            thread.join()
            db.upsert_bars([bar(1440 * day, contract_id=2)])
        assert [db.bars(id_, "SMART", "1m", *LONG).num_rows for id_ in (ID, 1, 2)] == [0, 5, 5]


@pytest.mark.parametrize("written", [False, True])
def test_a_manifest_that_could_not_be_replaced_for_certain_is_read_again(
    tmp_path: Path, written: bool
) -> None:
    real = manifests.save

    def failing(folder: Path, manifest: manifests.Manifest) -> None:
        if written:
            real(folder, manifest)
        raise OSError(5, "Input/output error")

    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        for minute in range(3):
            db.upsert_bars([bar(minute)])
            with patch.object(manifests, "save", failing), pytest.raises(OSError, match="Input/output"):
                db.compact()
            assert db.bars(ID, "SMART", "1m", *LONG).num_rows == minute + 1
            assert db.files() == TimeseriesDB.open(tmp_path, SIM).files()
        for _ in range(2):
            db.compact()
        assert db.bars(ID, "SMART", "1m", *LONG).num_rows == 3
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        assert [path.name for path in db.folder.rglob("*.parquet")] == [db.files()[0].name]


def test_a_store_closes_although_all_that_a_file_held_is_damaged(tmp_path: Path) -> None:
    told = list[str]()
    with TimeseriesDB.open(tmp_path, SIM, write=True, report=told.append) as db:
        db.append_ticks([trade(second) for second in range(3)])
        db.compact()
        (path,) = tmp_path.rglob("ticks/Last/*.parquet")
        content = path.read_bytes()
        footer = 8 + int.from_bytes(content[-8:-4], "little")
        path.write_bytes(bytes(len(content) - footer) + content[-footer:])
    assert any("was moved to" in line for line in told)
    with TimeseriesDB.open(tmp_path, SIM) as db:
        assert not db.files()


def test_names_of_files_are_on_the_disk_before_the_manifest_lists_them(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.append_ticks([trade(day * 86_400, 1.0) for day in range(3)])
        done = list[tuple[str, int]]()
        with patch.object(compaction, "sync_folder") as sync, patch.object(manifests, "save") as save:
            sync.side_effect = lambda folder: done.append((folder.name, len(list(folder.iterdir()))))
            save.side_effect = lambda folder, manifest: done.append(("manifest", len(manifest.files)))
            db.compact()
        assert done == [("Last", 3), ("manifest", 3)]


def test_compaction_needs_memory_for_some_contracts_and_not_for_all_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "_CHUNK_ROWS", 3_000)
    settled, held = Rewriting._settled, list[int]()

    def counted(self: Rewriting, stored: Sequence[pa.Table], fresh: pa.Table) -> pa.Table:
        found = settled(self, stored, fresh)
        held.append(pa.total_allocated_bytes() - before)
        return found

    monkeypatch.setattr(Rewriting, "_settled", counted)
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        for second in range(100):
            for id_ in range(40):
                db.append_ticks([trade(second, price, contract_id=id_) for price in range(20)])
        size = 40 * db.ticks(1, "SMART", "Last", *LONG).nbytes
        before = pa.total_allocated_bytes()
        db.compact()
        assert db.ticks(1, "SMART", "Last", *LONG).num_rows == 2_000
    assert len(held) >= 40
    assert max(held) < size / 2
