import shutil
from pathlib import Path

import pytest

from data_storage.backup.errors import BackupFailed, NoBackupPlace
from data_storage.backup.place import FILE, Place
from data_storage.errors import StoreBusy
from market.errors import BadRequest


def test_a_drive_that_is_not_there_is_no_place(tmp_path: Path) -> None:
    (tmp_path / "mount").mkdir()
    for folder in (tmp_path / "mount", tmp_path / "missing"):
        with pytest.raises(NoBackupPlace, match="is the drive there"):
            Place(folder)
    assert list((tmp_path / "mount").iterdir()) == []


def test_a_folder_in_use_is_not_marked(tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").touch()
    with pytest.raises(BadRequest, match="not empty"):
        Place.make(tmp_path)
    assert not (tmp_path / FILE).exists()


def test_a_file_is_no_place(tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").touch()
    with pytest.raises(BadRequest, match="is a file"):
        Place.make(tmp_path / "cat.jpg")


def test_an_empty_drive_may_have_what_systems_put_there(tmp_path: Path) -> None:
    for name in ("lost+found", ".Trashes"):
        (tmp_path / name).mkdir()
    Place.make(tmp_path)
    mark = (tmp_path / FILE).read_bytes()
    Place.make(tmp_path)
    assert (tmp_path / FILE).read_bytes() == mark


@pytest.mark.parametrize("mark", ['{"schema": 99}', "{}", "what?", ""])
def test_a_place_of_another_version_is_left_alone(tmp_path: Path, mark: str) -> None:
    (tmp_path / FILE).write_text(mark)
    with pytest.raises(NoBackupPlace, match="update truetick"):
        Place(tmp_path)


def test_a_drive_that_went_and_left_its_mount_point_is_not_written_to(tmp_path: Path) -> None:
    place = Place.make(tmp_path / "drive")
    shutil.move(tmp_path / "drive", tmp_path / "unplugged")
    (tmp_path / "drive").mkdir()
    with pytest.raises(BackupFailed, match="the drive has gone"), place.usable():
        raise AssertionError("nothing may be done there")


def test_two_programs_take_turns(tmp_path: Path) -> None:
    place = Place.make(tmp_path)
    with place.locked(0), pytest.raises(StoreBusy), place.locked(0):
        raise AssertionError("only one may write")
    with place.locked(0):
        pass
