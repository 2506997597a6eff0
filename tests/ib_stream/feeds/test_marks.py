from pathlib import Path

import pytest

from ib_stream.feeds.marks import FILE, KEPT, Marks, Position
from market.times import SECOND
from tests.fakes import T0


def marks(folder: Path, epoch: str, *numbers: int) -> Marks:
    """Event n was received n seconds after T0, its time was half a second earlier."""
    made = Marks(folder, epoch)
    for n in numbers:
        made.note(n, T0 + n * SECOND, T0 + n * SECOND - SECOND // 2)
    made.write(made.take())
    return made


def at(n: int, surely: int) -> Position:
    return Position(T0 + n * SECOND, T0 + n * SECOND - SECOND // 2, T0 + surely * SECOND)


def test_a_noted_id_has_its_place_in_this_life_and_in_the_next(tmp_path: Path) -> None:
    first = marks(tmp_path, "a", 3, 7)
    second = marks(tmp_path, "b", 1)
    assert first.find("a", 7) == second.find("a", 7) == at(7, surely=7)
    assert second.find("b", 1) == at(1, surely=1)


def test_an_id_between_two_notes_says_from_when_on_it_is_not_sure(tmp_path: Path) -> None:
    first = marks(tmp_path, "a", 3, 7)
    assert first.find("a", 5) == Marks(tmp_path, "b").find("a", 5) == at(7, surely=3)


def test_what_the_process_did_not_live_to_note_is_not_sure_to_the_end(tmp_path: Path) -> None:
    marks(tmp_path, "a", 3)
    found = Marks(tmp_path, "b").find("a", 9)
    assert found == Position(None, T0 + 3 * SECOND - SECOND // 2, T0 + 3 * SECOND)


def test_what_nobody_noted_has_no_place(tmp_path: Path) -> None:
    assert marks(tmp_path, "a", 3).find("a", 1) is None
    assert marks(tmp_path, "a", 3).find("c", 3) is None
    assert Marks(None, "a").find("b", 3) is None


def test_one_life_that_is_taken_up_twice_knows_what_was_noted_before(tmp_path: Path) -> None:
    marks(tmp_path, "a", 3, 7)
    assert marks(tmp_path, "a", 9).find("a", 7) == at(7, surely=7)


def test_old_notes_go(tmp_path: Path) -> None:
    marks(tmp_path, "a", 3)
    marks(tmp_path, "b", 4 + KEPT // SECOND)
    assert Marks(tmp_path, "c").find("a", 3) is None


def test_a_number_is_noted_once_and_the_first_that_waits_says_so(tmp_path: Path) -> None:
    fresh = Marks(tmp_path, "a")
    assert [fresh.note(n, T0, T0) for n in (1, 1, 2)] == [True, False, False]
    assert len(fresh.take()) == 2
    assert fresh.note(3, T0, T0)
    assert not Marks(None, "a").note(1, T0, T0)


def test_memory_holds_the_newest_notes_and_the_disk_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ib_stream.feeds.marks.KEPT_IN_MEMORY", 4)
    first = marks(tmp_path, "a", *range(1, 40))
    assert [first.find("a", n) for n in range(1, 40)] == [at(n, surely=n) for n in range(1, 40)]
    (tmp_path / FILE).unlink()
    assert sum(first.find("a", n) is not None for n in range(1, 40)) <= 8


def test_without_a_disk_nothing_waits_for_it() -> None:
    made = Marks(None, "a")
    for n in range(1, 40):
        made.note(n, T0, T0)
    assert made.take() == []
