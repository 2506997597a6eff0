import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from data_storage.errors import DamagedFile
from data_storage.log.repair import repair
from data_storage.log.segments import Damage, Position, path_of
from tests.data_storage.log.logs import change, read, refuse, texts, written


def told(folder: Path) -> list[Damage]:
    damage: list[Damage] = []
    repair(folder, damage.append)
    return damage


def test_a_whole_log_stays_as_it_is(tmp_path: Path) -> None:
    repair(tmp_path / "none", refuse)
    written(tmp_path, 3)
    before = path_of(tmp_path, 1).read_bytes()
    repair(tmp_path, refuse)
    assert path_of(tmp_path, 1).read_bytes() == before


@pytest.mark.parametrize("lacking", [1, 8, 300, 900])
def test_a_torn_tail_is_cut_told_and_then_gone(tmp_path: Path, lacking: int) -> None:
    ends = [0, *(end.offset for end in written(tmp_path, 3))]
    size = ends[-1] - lacking
    os.truncate(path_of(tmp_path, 1), size)
    kept = max(end for end in ends if end < size)
    assert texts(told(tmp_path)) == [("torn", kept, size)]
    assert told(tmp_path) == []
    written(tmp_path, 1)
    assert read(tmp_path) == ([*range(ends.index(kept)), 0], [])


def test_room_that_was_not_used_is_cut_and_is_no_damage(tmp_path: Path) -> None:
    end = written(tmp_path, 2)[-1].offset
    change(tmp_path, lambda content: content.extend(b"\0" * 5_000))
    assert told(tmp_path) == []
    assert path_of(tmp_path, 1).stat().st_size == end


def test_a_torn_frame_in_room_for_more_is_told_and_cut(tmp_path: Path) -> None:
    ends = [end.offset for end in written(tmp_path, 2)]
    os.truncate(path_of(tmp_path, 1), ends[1] - 100)
    change(tmp_path, lambda content: content.extend(b"\0" * 5_000))
    assert texts(told(tmp_path)) == [("torn", ends[0], ends[1] + 4_900)]
    assert path_of(tmp_path, 1).stat().st_size == ends[0]


def test_damage_in_the_middle_is_told_with_its_bounds_and_left(tmp_path: Path) -> None:
    ends = [end.offset for end in written(tmp_path, 5)]

    def spoil(content: bytearray) -> None:
        content[ends[0] : ends[0] + 4] = b"\0\0\0\0"
        content[ends[2] - 20] ^= 16

    change(tmp_path, spoil)
    assert texts(told(tmp_path)) == texts(told(tmp_path)) == [("damaged", ends[0], ends[2])]
    assert read(tmp_path)[0] == [0, 3, 4]


def test_the_end_of_an_older_segment_is_told_and_left(tmp_path: Path) -> None:
    ends = [end.offset for end in written(tmp_path, 2)]
    written(tmp_path, 1)
    os.truncate(path_of(tmp_path, 1), ends[1] - 1)
    assert texts(told(tmp_path)) == texts(told(tmp_path)) == [("torn", ends[0], ends[1] - 1)]


def test_missing_segments_are_told_once(tmp_path: Path) -> None:
    for _ in range(4):
        written(tmp_path, 1)
    path_of(tmp_path, 2).unlink()
    path_of(tmp_path, 3).unlink()
    assert told(tmp_path) == [Damage(path_of(tmp_path, 2), 0, 0, "missing")]


def test_segments_that_files_have_are_passed_over(tmp_path: Path) -> None:
    for _ in range(3):
        written(tmp_path, 1)
    os.truncate(path_of(tmp_path, 1), 5)
    path_of(tmp_path, 2).unlink()
    repair(tmp_path, refuse, Position(3, 0))
    assert len(told(tmp_path)) == 2


@pytest.mark.parametrize("look", [told, read])
def test_a_disk_that_does_not_give_what_it_has_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: Callable[[Path], object]
) -> None:
    written(tmp_path, 1)

    def failing(*_: object) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "pread", failing)
    with pytest.raises(DamagedFile, match=r"1\.log cannot be read \(Input/output error\); restore it"):
        look(tmp_path)


def test_damage_is_told_in_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "0000000001.log"
    assert str(Damage(path, 8, 99, "damaged")) == (
        f"{path}, bytes 8 to 99: the log is damaged; what was there is lost: "
        "restore it, or fetch that time again"
    )
    assert str(Damage(path, 8, 99, "torn")) == (
        f"{path}, bytes 8 to 99: the log ends in no whole frame: "
        "it was cut off while being written, or damaged since"
    )
