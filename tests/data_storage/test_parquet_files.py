from pathlib import Path

import pytest

from data_storage import parquet_files
from data_storage.errors import DamagedFile, WrongSchema, WrongSource
from data_storage.parquet_files import FileInfo
from data_storage.tables import bars_table
from tests.fakes import T0, bar

INFO = FileInfo("ib", "bars/x", revised=1)
TABLE = bars_table([bar(0), bar(1, volume=None, average=None, count=None), bar(2, close=-37.63)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a" / "file.parquet"
    parquet_files.write(path, TABLE, INFO)
    return path


def test_rows_read_back_as_they_were_written(path: Path) -> None:
    assert parquet_files.read(path, "ib", "bars/x").equals(TABLE)


def test_the_same_rows_are_the_same_bytes(path: Path) -> None:
    before = path.read_bytes()
    parquet_files.write(path, TABLE, INFO)
    assert path.read_bytes() == before


def test_the_footer_tells_rows_and_times(path: Path) -> None:
    summary = parquet_files.summary(path, "ib", "bars/x")
    assert (summary.rows, summary.first, summary.last) == (3, T0, T0 + 120 * 10**9)
    assert (summary.info, summary.size) == (INFO, path.stat().st_size)


@pytest.mark.parametrize("read", [parquet_files.read, parquet_files.summary])
def test_a_file_of_another_source_is_refused(path: Path, read: object) -> None:
    assert callable(read)
    with pytest.raises(WrongSource, match="'ib', not of 'sim-1-tws'"):
        read(path, "sim-1-tws", "bars/x")


def test_a_file_of_a_newer_schema_is_refused(path: Path) -> None:
    parquet_files.write(path, TABLE, FileInfo("ib", "bars/x", schema=2))
    with pytest.raises(WrongSchema, match="schema 2"):
        parquet_files.read(path, "ib", "bars/x")


def test_a_file_in_the_wrong_place_is_named(path: Path) -> None:
    with pytest.raises(DamagedFile, match="belongs to bars/x, not to bars/y"):
        parquet_files.read(path, "ib", "bars/y")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"x" * 1_000 + b"PAR1"])
def test_a_torn_file_is_named(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match=r"file\.parquet is damaged"):
        parquet_files.read(path, "ib", "bars/x")


@pytest.mark.parametrize("place", range(4, 400, 9))
def test_a_flipped_bit_is_never_read_as_data(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 0x10
    path.write_bytes(content)
    try:
        table = parquet_files.read(path, "ib", "bars/x")
    except DamagedFile:
        return
    assert table.equals(TABLE)


def test_a_file_that_cannot_be_opened_is_not_called_damaged(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(OSError, match="symbolic links"):
        parquet_files.read(path, "ib", "bars/x")


def test_a_quarantined_file_keeps_its_bytes_and_never_replaces_another(path: Path, tmp_path: Path) -> None:
    places = []
    for content in (b"one", b"two"):
        path.write_bytes(content)
        places.append(parquet_files.quarantine(path, tmp_path))
    assert [place.read_bytes() for place in places] == [b"one", b"two"]
    assert not path.exists()
