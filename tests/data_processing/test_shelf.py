from pathlib import Path

import pytest

from data_processing.shelf import Shelf
from data_storage.disk import KEEP_FREE, WARN_BELOW
from data_storage.layout import FOREVER, BarSeries, TickSeries
from data_storage.tables import bars_table
from tests.fakes import bar

SERIES = BarSeries(1, "SMART", "1m")
TABLE = bars_table([bar()])


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def shelf(tmp_path: Path, said: list[str]) -> Shelf:
    return Shelf(tmp_path, "ib", said.append, lambda path: 2 * WARN_BELOW)


def test_a_strange_folder_is_reported_once_and_passed_over(shelf: Shelf, said: list[str]) -> None:
    for series in (SERIES, TickSeries(1, "SMART", "Last")):
        (shelf.root / series.folder).mkdir(parents=True)
    (shelf.root / "ticks" / "Last" / "backup").mkdir()
    (shelf.root / "ticks" / "Last" / "notes.txt").write_text("mine")
    assert list(shelf.series()) == list(shelf.series()) == [SERIES, TickSeries(1, "SMART", "Last")]
    assert len(said) == 1
    assert "ticks/Last/backup" in said[0]


def test_files_are_found_by_the_range_in_their_names(shelf: Shelf) -> None:
    for name in ("2026-01", "2026-02", "2026-04"):
        shelf.write(shelf.root / SERIES.folder / f"{name}.parquet", SERIES, TABLE)
    february = shelf.files(SERIES, *FOREVER)[1]
    assert [found.path.stem for found in shelf.files(SERIES, february.start, february.end)] == ["2026-02"]
    assert [found.path.stem for found in shelf.files(SERIES, february.start - 1, february.end + 1)] == [
        "2026-01",
        "2026-02",
    ]


def test_little_space_is_said_once(tmp_path: Path, said: list[str]) -> None:
    shelf = Shelf(tmp_path, "ib", said.append, lambda path: KEEP_FREE + 100 * 1024**2)
    for _ in range(3):
        shelf.write(tmp_path / "2026-01.parquet", SERIES, TABLE)
    assert len(said) == 1
    assert "MiB left" in said[0]
