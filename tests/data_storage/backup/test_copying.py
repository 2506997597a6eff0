from pathlib import Path

import pytest

from data_storage.backup.copying import Copy
from data_storage.backup.errors import BackupFailed
from data_storage.backup.objects import Objects
from data_storage.backup.place import Place
from tests.data_storage.backup.stores import make_store, put

OLD, NEW = "ticks/Last/1@SMART/2026-01-05.parquet", "ticks/Last/1@SMART/2026-01-05.2.parquet"


def copy_of(place: Path, store: Path, step: object) -> Copy:
    return Copy(Objects(Place.make(place)), store, {}, check=False, progress=step)  # type: ignore[arg-type]  # a test's own


def test_a_file_that_is_replaced_meanwhile_is_listed_anew_and_the_rest_not_read_again(tmp_path: Path) -> None:
    store, steps = make_store(tmp_path), list[int]()

    def compact(done: int, total: int) -> None:
        if not steps and (store / OLD).exists():
            (store / OLD).unlink()
            put(store, NEW, b"compacted")
        steps.append(done)

    copy = copy_of(tmp_path / "drive", store, compact)
    paths = [each.path for each in copy.run(lambda need: None)]
    assert NEW in paths
    assert OLD not in paths
    assert copy.files == 4


def test_a_store_that_never_stands_still_is_told(tmp_path: Path) -> None:
    store, count = make_store(tmp_path), iter(range(1, 10_000))
    put(store, "ticks/0", b"")

    def change(done: int, total: int) -> None:
        for old in (store / "ticks").glob("[0-9]*"):
            old.unlink()
        put(store, f"ticks/{next(count)}", b"")

    with pytest.raises(BackupFailed, match="changes faster"):
        copy_of(tmp_path / "drive", store, change).run(lambda need: None)


def test_the_room_that_is_asked_for_is_enough_for_what_is_copied(tmp_path: Path) -> None:
    needs, store = list[int](), make_store(tmp_path)
    objects = Objects(Place.make(tmp_path / "drive"))
    copy = Copy(objects, store, {}, check=False, progress=lambda done, total: None)
    known = {each.path: each for each in copy.run(needs.append)}
    assert needs[0] >= copy.bytes > 0
    Copy(objects, store, known, check=False, progress=lambda done, total: None).run(needs.append)
    assert needs[1] < needs[0] / 2
