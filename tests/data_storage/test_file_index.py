"""What a file says of itself before its own end is what its end says."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data_storage import file_index
from data_storage.file_index import Entry, FileInfo, Footer, Index, index_of
from data_storage.tables import BARS, bars_table, with_ids
from tests.fakes import T0, bar

INFO = FileInfo("ib", "bars/x", [Entry(1, "SMART", 0, 3, T0, T0 + 2, revised=1)])
ROWS = bars_table([bar(0), bar(1, volume=None), bar(2)], with_ids(BARS))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file.parquet"
    pq.write_table(ROWS, path, row_group_size=2)
    return path


def found(path: Path) -> Index | None:
    with path.open("rb") as file:
        return file_index.read(file)


def test_an_index_is_read_as_it_was_added(path: Path) -> None:
    assert found(path) is None
    index = index_of(pq.read_metadata(path), INFO)
    file_index.add(path, index)
    assert found(path) == index
    assert pq.read_table(path).equals(ROWS)


def test_an_index_knows_rows_times_and_values(path: Path) -> None:
    footer = Footer(index_of(pq.read_metadata(path), INFO))
    assert footer.starts.tolist() == [0, 2, 3]
    assert (footer.first.tolist(), footer.last[1]) == ([T0, T0 + 120 * 10**9], T0 + 120 * 10**9)
    assert footer.constants(1, ["exchange", "final", "close"]) == {"exchange": b"SMART", "final": True}
    assert footer.of[1, "SMART"] == INFO.entries[0]


def test_the_chunks_of_an_index_are_where_the_end_says(path: Path) -> None:
    metadata = pq.read_metadata(path)
    footer = Footer(index_of(metadata, INFO))
    close = metadata.row_group(1).column(ROWS.schema.get_field_index("close"))
    found = footer.chunks(1, ["close"]).tolist()
    assert found == [[close.dictionary_page_offset, close.data_page_offset, close.total_compressed_size]]


@pytest.mark.parametrize("place", range(40))
def test_a_damaged_index_is_none(path: Path, place: int) -> None:
    before = path.stat().st_size
    end = 8 + int.from_bytes(path.read_bytes()[-8:-4], "little")
    file_index.add(path, index_of(pq.read_metadata(path), INFO))
    content = bytearray(path.read_bytes())
    content[before - end + place * (len(content) - before) // 40] ^= 0x10
    path.write_bytes(content)
    assert found(path) is None
    assert pq.read_table(path).equals(ROWS)
