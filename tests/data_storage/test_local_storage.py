import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_storage.backup.errors import BackupFailed, DamagedBackup, NoSnapshot, StoreExists
from data_storage.backup.retention import Keep
from data_storage.backup.snapshots import Snapshot, Snapshots
from data_storage.errors import LowDisk, NoStore, StoreBusy, WrongSource
from data_storage.ledger import Ledger, Span
from data_storage.local_storage import LocalStorage
from data_storage.lock import Owner, WriterLock
from market.errors import BadRequest
from market.source import Source
from market.times import DAY
from tests.data_storage.backup.stores import DAY5, DAY6, STREAM, content, log, make_store, put, remove
from tests.fakes import SIM, T0


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return make_store(tmp_path / "data")


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage.make(tmp_path / "drive")


def restored(storage: LocalStorage, folder: Path, time: int | None = None) -> dict[str, object]:
    """What comes back of the snapshot at `time`, into a new data folder."""
    place = Path(tempfile.mkdtemp(prefix="back", dir=folder))
    storage.restore(storage.snapshot_at(SIM.name, time), place, T0)
    return content(place / SIM.name)


def objects(storage: LocalStorage) -> list[Path]:
    return sorted(storage.folder.glob("objects/??/*"))


def test_a_store_comes_back_as_it_was(storage: LocalStorage, store: Path, tmp_path: Path) -> None:
    storage.back_up(store, SIM, T0)
    assert restored(storage, tmp_path) == content(store)


def test_a_second_snapshot_copies_only_what_changed(storage: LocalStorage, store: Path) -> None:
    first = storage.back_up(store, SIM, T0)
    put(store, DAY6, b"six")
    second = storage.back_up(store, SIM, T0 + DAY)
    third = storage.back_up(store, SIM, T0 + 2 * DAY)
    assert [each.copied_files for each in (first, second, third)] == [5, 2, 0]
    assert first.copied_bytes > 7_600 > second.copied_bytes


def test_unchanged_files_are_not_even_read(
    storage: LocalStorage, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.back_up(store, SIM, T0)
    opened = list[str]()
    plain = Path.open

    def watched(path: Path, *arguments: Any, **options: Any) -> Any:  # as Path.open
        opened.append(path.name)
        return plain(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", watched)
    storage.back_up(store, SIM, T0 + 1)
    assert not [name for name in opened if name.endswith(".parquet")]


def test_a_snapshot_is_written_when_all_it_needs_is_on_the_disk(
    storage: LocalStorage, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, put_snapshot, checked = set[int](), Snapshots.put, list[Snapshot]()

    def put_checked(snapshots: Snapshots, snapshot: Snapshot) -> None:
        for each in snapshot.files:
            path = storage.folder / "objects" / each.checksum[:2] / each.checksum
            assert {path.stat().st_ino, path.parent.stat().st_ino} <= synced
        checked.append(snapshot)
        put_snapshot(snapshots, snapshot)

    monkeypatch.setattr(os, "fsync", lambda handle: synced.add(os.fstat(handle).st_ino))
    monkeypatch.setattr(Snapshots, "put", put_checked)
    storage.back_up(store, SIM, T0)
    assert storage.snapshots()[0] == checked


def test_any_point_in_time_comes_back(storage: LocalStorage, store: Path, tmp_path: Path) -> None:
    states = []
    for day in range(3):
        put(store, DAY5, b"x" * day)
        Ledger(store).put([Span(STREAM, 9, 10 + day, "gap", "no")])
        storage.back_up(store, SIM, T0 + day * DAY)
        states.append(content(store))
    times = (T0, T0 + 2 * DAY - 1, T0 + 99 * DAY)
    assert [restored(storage, tmp_path, time) for time in times] == states


def test_a_time_before_all_snapshots_is_told(storage: LocalStorage, store: Path) -> None:
    with pytest.raises(NoSnapshot, match="see what there is"):
        storage.snapshot_at(SIM.name)
    storage.back_up(store, SIM, T0)
    with pytest.raises(NoSnapshot, match="at or before 2026-01-05T14:29:59"):
        storage.snapshot_at(SIM.name, T0 - 1)


def test_a_store_that_is_there_is_never_replaced_unasked(
    storage: LocalStorage, store: Path, tmp_path: Path
) -> None:
    storage.back_up(store, SIM, T0)
    put(store, DAY5, b"newer")
    newer = content(store)
    with pytest.raises(StoreExists, match="--replace"):
        storage.restore(storage.snapshot_at(SIM.name), tmp_path / "data", T0)
    assert content(store) == newer


def test_a_store_that_is_replaced_is_moved_aside_whole(
    storage: LocalStorage, store: Path, tmp_path: Path
) -> None:
    storage.back_up(store, SIM, T0)
    older = content(store)
    put(store, DAY5, b"newer")
    newer = content(store)
    aside = storage.restore(storage.snapshot_at(SIM.name), tmp_path / "data", T0, replace=True)
    assert aside is not None
    assert (content(store), content(aside)) == (older, newer)
    assert not (tmp_path / "data" / "restoring").exists()


def test_a_store_that_is_written_to_is_not_replaced(storage: LocalStorage, store: Path) -> None:
    storage.back_up(store, SIM, T0)
    writer = WriterLock(store, Owner(1, "recorder", "today"))
    with pytest.raises(StoreBusy, match="recorder"):
        storage.restore(storage.snapshot_at(SIM.name), store.parent, T0, replace=True)
    writer.release()


def test_a_store_may_be_written_to_during_a_backup(storage: LocalStorage, store: Path) -> None:
    writer = WriterLock(store, Owner(1, "recorder", "today"))
    assert storage.back_up(store, SIM, T0).copied_files == 5
    writer.release()


def test_a_store_cannot_be_backed_up_into_itself(store: Path) -> None:
    with pytest.raises(BadRequest, match="lies in the store itself"):
        LocalStorage.make(store / "backups").back_up(store, SIM, T0)


def test_a_store_of_another_source_is_refused(storage: LocalStorage, store: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongSource):
        storage.back_up(store, Source.of_account("DU1"), T0)
    with pytest.raises(NoStore):
        storage.back_up(tmp_path / "data" / "ib", Source.of_account("DU1"), T0)


def test_two_backups_take_turns(storage: LocalStorage, store: Path) -> None:
    other = WriterLock(storage.folder, Owner(1, "another", "today"))
    with pytest.raises(StoreBusy, match="another"):
        storage.back_up(store, SIM, T0)
    other.release()


def test_too_little_room_is_told_before_anything_is_copied(tmp_path: Path, store: Path) -> None:
    LocalStorage.make(tmp_path / "drive")
    small = LocalStorage(tmp_path / "drive", free=lambda path: 5_000)
    with pytest.raises(BackupFailed, match="nothing was copied"):
        small.back_up(store, SIM, T0)
    assert (objects(small), small.snapshots()) == ([], ([], []))


def test_restoring_without_room_touches_nothing(storage: LocalStorage, store: Path, tmp_path: Path) -> None:
    storage.back_up(store, SIM, T0)
    full = LocalStorage(storage.folder, free=lambda path: 1_000)
    with pytest.raises(LowDisk):
        full.restore(full.snapshot_at(SIM.name), tmp_path / "new", T0)
    assert list((tmp_path / "new").iterdir()) == []


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def test_verify_names_every_damaged_file_and_its_snapshots(storage: LocalStorage, store: Path) -> None:
    storage.back_up(store, SIM, T0)
    storage.back_up(store, SIM, T0 + 1)
    assert storage.verify().whole
    (damaged,) = (path for path in objects(storage) if path.stat().st_size == 4_000)
    flip(damaged)
    report = storage.verify()
    path = f"{DAY5}.1.parquet"
    assert [(each.time, each.path) for each in report.damaged] == [(T0, path), (T0 + 1, path)]
    damaged.unlink()
    assert not storage.verify().whole


def test_verify_tells_a_damaged_snapshot(storage: LocalStorage, store: Path) -> None:
    storage.back_up(store, SIM, T0)
    (path,) = storage.folder.glob("snapshots/*/*.json")
    flip(path)
    assert storage.verify().unreadable == (path,)


def test_a_sector_that_cannot_be_read_is_damage_and_the_rest_is_verified(
    storage: LocalStorage, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.back_up(store, SIM, T0)
    bad, plain = objects(storage)[1], Path.open

    def read(path: Path, *arguments: Any, **options: Any) -> Any:  # as Path.open
        if path == bad:
            raise OSError(errno.EIO, "Input/output error")
        return plain(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", read)
    assert [each.checksum for each in storage.verify().damaged] == [bad.name]


def test_a_damaged_snapshot_is_in_the_way_of_no_other(
    storage: LocalStorage, store: Path, tmp_path: Path
) -> None:
    storage.back_up(store, SIM, T0)
    storage.back_up(store, SIM, T0 + 1)
    path = sorted(storage.folder.glob("snapshots/*/*.json"))[1]
    flip(path)
    assert storage.snapshots()[1] == [path]
    with pytest.raises(DamagedBackup, match="choose an earlier one"):
        storage.snapshot_at(SIM.name)
    assert restored(storage, tmp_path, T0) == content(store)


def test_a_damaged_file_is_not_restored(storage: LocalStorage, store: Path, tmp_path: Path) -> None:
    storage.back_up(store, SIM, T0)
    flip(objects(storage)[0])
    with pytest.raises(DamagedBackup, match="other bytes than were written"):
        restored(storage, tmp_path)
    assert not list(tmp_path.glob("back*/*"))


@pytest.mark.parametrize("harm", [flip, Path.unlink, lambda path: os.truncate(path, 3)])
def test_a_checked_backup_heals_what_the_drive_damaged(
    storage: LocalStorage, store: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    storage.back_up(store, SIM, T0)
    for path in objects(storage):
        harm(path)
    report = storage.back_up(store, SIM, T0 + 1, check=True)
    assert report.copied_files >= len(list(store.rglob("*.parquet"))) > 0
    assert storage.verify().whole
    assert restored(storage, tmp_path, T0) == content(store)


def test_retention_removes_old_snapshots_and_what_only_they_need(
    storage: LocalStorage, store: Path, tmp_path: Path
) -> None:
    for day in range(4):
        put(store, DAY5, bytes([day]) * 2_000)
        storage.back_up(store, SIM, T0 + day * DAY)
    gone, freed = storage.retain(SIM.name, Keep(daily=2), T0)
    assert [each.time for each in gone] == [T0, T0 + DAY]
    assert 4_000 < freed < 8_000
    assert storage.verify().whole
    assert restored(storage, tmp_path) == content(store)


def test_retention_leaves_what_another_store_needs(
    storage: LocalStorage, store: Path, tmp_path: Path
) -> None:
    other = Source.of_account("DU1")
    shutil.copytree(store, tmp_path / "data" / "ib")
    path = tmp_path / "data" / "ib" / "manifest.json"
    path.write_text(path.read_text().replace(SIM.name, "ib"))
    for time in (T0, T0 + 1):
        storage.back_up(store, SIM, time)
        storage.back_up(tmp_path / "data" / "ib", other, time)
    storage.retain(SIM.name, Keep(last=1), T0)
    assert len(storage.snapshots("ib")[0]) == 2
    assert storage.verify().whole


def test_retention_stops_where_a_snapshot_cannot_be_read(storage: LocalStorage, store: Path) -> None:
    storage.back_up(store, SIM, T0)
    flip(next(storage.folder.glob("snapshots/*/*.json")))
    put(store, DAY6, b"six")
    storage.back_up(store, SIM, T0 + 1)
    before = objects(storage)
    with pytest.raises(DamagedBackup):
        storage.retain(SIM.name, Keep(last=1), T0)
    assert objects(storage) == before


class _Failing:
    """The system from its `number`-th durable write on: a drive that is full, read-only or gone."""

    def __init__(self, patch: pytest.MonkeyPatch, number: int, code: int) -> None:
        self.left = number
        for name in ("fsync", "write", "replace"):
            patch.setattr(os, name, self._wrapped(getattr(os, name), code))

    def _wrapped(self, real: Callable[..., Any], code: int) -> Callable[..., Any]:  # any call of `os`
        def call(*arguments: Any) -> Any:
            self.left -= 1
            if self.left < 0:
                raise OSError(code, os.strerror(code))
            return real(*arguments)

        return call


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.ENODEV])
def test_a_drive_that_fails_anywhere_harms_neither_the_store_nor_the_snapshots(
    storage: LocalStorage, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    storage.back_up(store, SIM, T0)
    first = content(store)
    put(store, DAY6, b"six" * 500)
    second = content(store)
    for number in range(1_000):
        with monkeypatch.context() as patch:
            failing = _Failing(patch, number, code)
            try:
                storage.back_up(store, SIM, T0 + 1)
            except BackupFailed as error:
                assert "no earlier snapshot was harmed" in str(error)  # noqa: PT017
        if failing.left >= 0:
            break
        assert content(store) == second
        assert storage.verify().whole
    assert 5 < number < 100
    assert restored(storage, tmp_path, T0) == first
    assert restored(storage, tmp_path, T0 + 1) == second


@pytest.mark.parametrize("mount_point", [True, False])
def test_a_drive_that_is_unplugged_half_way_is_told_and_its_mount_point_left_empty(
    storage: LocalStorage, store: Path, tmp_path: Path, mount_point: bool
) -> None:
    before = content(store)

    def unplug(done: int, total: int) -> None:
        if storage.folder.exists():
            storage.folder.rename(tmp_path / "unplugged")
            storage.folder.mkdir() if mount_point else storage.folder.write_text("")

    with pytest.raises(BackupFailed, match="see that the drive is there"):
        storage.back_up(store, SIM, T0, progress=unplug)
    assert content(store) == before
    assert not mount_point or list(storage.folder.iterdir()) == []
    assert LocalStorage(tmp_path / "unplugged").verify().whole


def test_a_restore_that_fails_anywhere_leaves_the_store_as_it_was(
    storage: LocalStorage, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.back_up(store, SIM, T0)
    put(store, DAY5, b"newer")
    newer = content(store)
    for number in range(8):
        with monkeypatch.context() as patch:
            failing = _Failing(patch, number, errno.EIO)
            with pytest.raises(Exception, match=r"cannot be used|failed"):
                storage.restore(storage.snapshot_at(SIM.name), tmp_path / "data", T0, replace=True)
        assert failing.left < 0
        assert content(store) == newer
        assert [path.parent for path in (tmp_path / "data").glob("*/manifest.json")] == [store]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the store to begin with; no disk is waited for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        folder = tmp_path_factory.mktemp("model")
        make_store(folder / "first")
        yield folder


PATHS = st.sampled_from([DAY5, DAY6, "bars/1D/TRADES/all/all"])
CHANGES = st.one_of(
    st.tuples(st.just("put"), PATHS, st.binary(max_size=20)),
    st.tuples(st.just("remove"), PATHS),
    st.tuples(st.just("span"), st.integers(10, 99)),
    st.tuples(st.just("log"), st.integers(0, 9)),
    st.tuples(st.just("back up"), st.booleans()),
    st.tuples(st.just("keep"), st.integers(1, 3)),
)


# A run makes folders on the disk: many would take long, and a slow disk proves nothing.
@settings(max_examples=25, deadline=None)
@given(st.lists(CHANGES, max_size=12))
def test_every_snapshot_that_is_kept_comes_back_whatever_came_between(
    workplace: Path,
    steps: list[tuple[Any, ...]],  # a step has a word and what belongs to it
) -> None:
    place = Path(tempfile.mkdtemp(dir=workplace))
    store = shutil.copytree(workplace / "first", place / "data") / SIM.name
    storage = LocalStorage.make(place / "drive")
    model = dict[int, dict[str, object]]()
    for now, (step, *rest) in enumerate(steps, T0):
        if step == "put":
            put(store, *rest)
        elif step == "remove":
            remove(store, *rest)
        elif step == "log":
            log(store, *rest)
        elif step == "span":
            Ledger(store).put([Span(STREAM, rest[0], None, "pending")])
        elif step == "back up":
            storage.back_up(store, SIM, now, check=rest[0])
            model[now] = content(store)
        else:
            storage.retain(SIM.name, Keep(last=rest[0]), now)
            model = dict(sorted(model.items())[-rest[0] :])
    assert [each.time for each in storage.snapshots()[0]] == sorted(model)
    assert storage.verify().whole
    assert {time: restored(storage, place, time) for time in model} == model
