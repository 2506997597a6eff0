import os
from pathlib import Path

import pytest

from data_storage.backup.errors import DamagedBackup
from data_storage.backup.place import Place
from data_storage.backup.snapshots import Entry, Snapshot, Snapshots
from tests.fakes import T0


def entry(path: str = "ticks/a.parquet") -> Entry:
    return Entry(path, 3, "ab" * 32)


def test_snapshots_read_back_by_source_and_time(tmp_path: Path) -> None:
    made = [Snapshot("b", T0, ()), Snapshot("a", T0 + 1, (entry(),)), Snapshot("a", T0, (entry(),))]
    for each in made:
        Snapshots(Place.make(tmp_path)).put(each)
    assert Snapshots(Place.make(tmp_path)).all() == [made[2], made[1], made[0]]
    assert Snapshots(Place.make(tmp_path)).all("a") == [made[2], made[1]]


def test_a_removed_one_is_gone_and_no_other(tmp_path: Path) -> None:
    snapshots, made = Snapshots(Place.make(tmp_path)), [Snapshot("a", T0 + i, ()) for i in range(3)]
    for each in made:
        snapshots.put(each)
    snapshots.remove(made[1])
    assert snapshots.all() == [made[0], made[2]]


def test_names_sort_as_times_do_and_any_drive_takes_them(tmp_path: Path) -> None:
    for time in (T0, T0 + 1, T0 + 5 * 10**8, T0 + 10**9):
        Snapshots(Place.make(tmp_path)).put(Snapshot("a", time, ()))
    names = [path.name for path in Snapshots(Place.make(tmp_path)).paths()]
    assert [each.time - T0 for each in Snapshots(Place.make(tmp_path)).all()] == [0, 1, 5 * 10**8, 10**9]
    assert names[0].startswith("20260105T143000.000000000Z-")
    assert not set(':\\?*"<>| ') & set("".join(names))


def test_any_change_of_a_snapshot_is_told(tmp_path: Path) -> None:
    snapshots = Snapshots(Place.make(tmp_path))
    snapshots.put(Snapshot("a", T0, (entry(),)))
    (path,) = snapshots.paths()
    raw = path.read_bytes()
    for place in range(len(raw)):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        with pytest.raises(DamagedBackup, match="is damaged"):
            snapshots.load(path)
    os.truncate(path, 0)
    with pytest.raises(DamagedBackup, match="is damaged"):
        snapshots.all()


@pytest.mark.parametrize("path", ["/etc/passwd", "../other/a.parquet", "bars/../../a"])
def test_a_snapshot_reaches_nothing_outside_of_a_store(tmp_path: Path, path: str) -> None:
    Snapshots(Place.make(tmp_path)).put(Snapshot("a", T0, (entry(path),)))
    with pytest.raises(DamagedBackup, match="outside of a store"):
        Snapshots(Place.make(tmp_path)).all()
