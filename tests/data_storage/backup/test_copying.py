from pathlib import Path

import pytest

from data_storage.backup.copying import PER_FILE, Copy
from data_storage.backup.objects import Objects
from data_storage.backup.place import Place
from data_storage.backup.store_files import parts
from tests.data_storage.backup.stores import DAY5, DAY6, make_store, put
from tests.fakes import SIM


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return make_store(tmp_path / "data")


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects(Place.make(tmp_path / "drive"))


def copy_of(objects: Objects, store: Path, *, check: bool = False) -> Copy:
    """A copy that was made."""
    copy = Copy(objects, store, check, lambda done, total: None)
    copy.run(parts(store, SIM))
    return copy


def test_only_what_the_place_has_not_is_copied(objects: Objects, store: Path) -> None:
    assert copy_of(objects, store).files == 5
    put(store, DAY6, b"six")
    assert copy_of(objects, store).files == 2  # the file, and the manifest that lists it


def test_progress_ends_at_the_whole(objects: Objects, store: Path) -> None:
    seen = list[tuple[int, int]]()
    wanted = parts(store, SIM)
    Copy(objects, store, False, lambda done, total: seen.append((done, total))).run(wanted)
    assert seen[-1] == (sum(each.size for each in wanted),) * 2
    assert len(seen) == len(wanted)


def test_the_room_that_is_asked_for_is_enough_for_what_is_copied(objects: Objects, store: Path) -> None:
    copy = Copy(objects, store, False, lambda done, total: None)
    first = copy.need(parts(store, SIM))
    copy.run(parts(store, SIM))
    assert first >= copy.bytes > 0
    assert first - copy.need(parts(store, SIM)) == 4_000 + 3_600 + 2 * PER_FILE


def test_a_file_that_is_gone_or_damaged_is_named_and_the_rest_copied(objects: Objects, store: Path) -> None:
    lost, damaged = put(store, DAY6, b"six"), put(store, DAY5, b"five")
    lost.unlink()
    damaged.write_bytes(b"fives")
    copy = copy_of(objects, store)
    assert [Path(path).name for path in copy.damaged] == [lost.name, damaged.name]
    assert copy.files == 5


def test_a_file_that_was_copied_before_it_was_damaged_is_in_the_snapshot_whole(
    objects: Objects, store: Path
) -> None:
    copy_of(objects, store)
    (file,) = (store / "ticks/Last").iterdir()
    file.write_bytes(b"damaged")
    copy = Copy(objects, store, False, lambda done, total: None)
    entries = {each.path: each for each in copy.run(parts(store, SIM))}
    entry = entries[file.relative_to(store).as_posix()]
    assert b"".join(objects.read(entry.checksum)) == b"five" * 1_000
