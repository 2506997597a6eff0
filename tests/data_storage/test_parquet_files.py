from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_storage import parquet_files
from data_storage.errors import DamagedFile, WrongSchema, WrongSource
from data_storage.file_index import Entry, FileInfo, Footer, index_of
from data_storage.manifest import StoreFile
from data_storage.parquet_files import GROUP_ROWS, GROUP_ROWS_MAX, Writer, write
from data_storage.row_groups import Part, footer, read_groups, verify
from data_storage.tables import BARS, WORDS, bars_table, with_ids
from tests.fakes import T0, bar

NAME, SECTION, SCHEMA = "bars/x/file.parquet", "bars/x", with_ids(BARS)
TABLE = bars_table([bar(0), bar(1, volume=None, average=None, count=None), bar(2, close=-37.63)], SCHEMA)
ENTRY = Entry(1, "SMART", 0, 3, T0, T0 + 120 * 10**9, revised=1)


def written(root: Path) -> StoreFile:
    file = write(root, NAME, SCHEMA, "ib", [(TABLE, [ENTRY])])
    assert file is not None
    return file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written(tmp_path)
    return tmp_path / NAME


def read(path: Path, source: str = "ib", section: str = SECTION) -> pa.Table:
    found = footer(path, source, section)
    return read_groups([Part(path, found, found.groups)], SCHEMA.names)


def test_rows_read_back_as_they_were_written(path: Path) -> None:
    assert read(path).equals(TABLE)


def test_the_same_rows_are_the_same_bytes(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    assert written(tmp_path).checksum == written(tmp_path).checksum
    assert path.read_bytes() == before


def test_the_same_words_are_the_same_bytes_however_they_were_numbered(tmp_path: Path) -> None:
    place = SCHEMA.get_field_index("source")
    checksums = set[str]()
    for words, numbers in ((["live", "history"], [1, 0, 1]), (["history", "none", "live"], [0, 2, 0])):
        source = pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), words)
        for column in (source, source.cast(pa.string())):
            file = write(tmp_path, NAME, SCHEMA, "ib", [(TABLE.set_column(place, "source", column), [ENTRY])])
            checksums.add(file.checksum if file else "")
    assert len(checksums) == 1


def test_columns_that_say_the_same_of_all_rows_cost_next_to_nothing(tmp_path: Path) -> None:
    rows = pa.concat_tables([TABLE.slice(0, 1)] * 100_000)
    file = write(tmp_path, NAME, SCHEMA, "ib", [(rows, [Entry(1, "SMART", 0, 100_000, T0, T0)])])
    assert file is not None
    assert file.size < 0.2 * file.rows


def test_a_file_is_described_by_rows_times_and_size(tmp_path: Path) -> None:
    file = written(tmp_path)
    assert (file.path, file.section, file.rows) == (NAME, SECTION, 3)
    assert (file.first, file.last) == (T0, T0 + 120 * 10**9)
    assert file.size == (tmp_path / NAME).stat().st_size
    assert footer(tmp_path / NAME, "ib", SECTION).entries == [ENTRY]


def test_a_column_of_one_value_is_told_by_the_footer(tmp_path: Path) -> None:
    rows = pa.table(
        {"contract_id": [1, 1], "time": [1, 2], "none": pa.nulls(2, pa.string()), "price": [5.0, None]}
    )
    path = tmp_path / "file.parquet"
    pq.write_table(rows, path, row_group_size=1)
    found = Footer(index_of(pq.read_metadata(path), FileInfo("ib", SECTION)))
    assert found.constants(1, rows.column_names) == {"contract_id": 1, "time": 2, "none": None}
    both = read_groups([Part(path, found, range(2))], ["none", "price", "contract_id"])
    assert both.equals(rows.select(["none", "price", "contract_id"]))
    one = read_groups([Part(path, found, range(1, 2))], ["none", "time"])
    assert one.equals(rows.slice(1).select(["none", "time"]))


def test_words_may_be_had_as_numbers(path: Path) -> None:
    found = footer(path, "ib", SECTION)
    part = Part(path, found, found.groups)
    rows = read_groups([part], ["exchange", "source", "close"], encoded=True)
    assert [field.type for field in rows.schema] == [WORDS, WORDS, pa.float64()]
    assert rows.to_pydict() == TABLE.select(["exchange", "source", "close"]).to_pydict()


def test_words_that_are_missing_are_missing_as_numbers_too(tmp_path: Path) -> None:
    rows = pa.table({"time": [1, 2], "none": pa.nulls(2, pa.string()), "word": ["a", None]})
    pq.write_table(rows, tmp_path / "file.parquet")
    found = Footer(index_of(pq.read_metadata(tmp_path / "file.parquet"), FileInfo("ib", SECTION)))
    part = Part(tmp_path / "file.parquet", found, found.groups)
    answer = read_groups([part], ["none", "word"], encoded=True)
    assert {field.type for field in answer.schema} == {WORDS}
    assert answer.to_pydict() == {"none": [None, None], "word": ["a", None]}


def test_what_no_row_lacks_is_never_null_whatever_was_thought_of_it(tmp_path: Path) -> None:
    full, checksums = TABLE.slice(0, 1), set[str]()
    for nullable in (True, False):
        schema = pa.schema([field.with_nullable(nullable) for field in SCHEMA])
        file = write(tmp_path, NAME, schema, "ib", [(full, [Entry(1, "SMART", 0, 1, T0, T0)])])
        checksums.add(file.checksum if file else "")
    assert len(checksums) == 1
    assert not any(field.nullable for field in pq.read_schema(tmp_path / NAME))


def test_a_file_that_is_written_again_has_the_same_row_groups(tmp_path: Path) -> None:
    counts = [3, GROUP_ROWS, 2 * GROUP_ROWS_MAX + 7, 5]
    rows = pa.concat_tables([TABLE.slice(0, 1)] * sum(counts))
    offsets = [sum(counts[:i]) for i in range(len(counts))]
    entries = [Entry(i, "SMART", offset, counts[i], T0, T0) for i, offset in enumerate(offsets)]
    found = []
    for nullable in (True, False):
        schema = pa.schema([field.with_nullable(nullable) for field in SCHEMA])
        found.append(write(tmp_path, NAME, schema, "ib", [(rows, entries)]))
    assert found[0] == found[1]


def test_a_null_where_none_may_be_is_not_written(tmp_path: Path) -> None:
    schema = pa.schema([field.with_nullable(False) for field in SCHEMA])
    with pytest.raises(pa.ArrowInvalid, match="non-nullable"):
        write(tmp_path, NAME, schema, "ib", [(TABLE, [ENTRY])])
    assert list((tmp_path / SECTION).iterdir()) == []


def test_other_programs_read_a_file_by_its_own_end(path: Path) -> None:
    assert pq.read_table(path).cast(SCHEMA).equals(TABLE)
    verify(path)


def test_a_file_whose_own_end_is_damaged_is_told_to_whoever_reads_by_it(path: Path) -> None:
    content = path.read_bytes()
    length = int.from_bytes(content[-8:-4], "little")
    path.write_bytes(content[: -8 - length] + bytes(length) + content[-8:])
    assert read(path).equals(TABLE)
    with pytest.raises(DamagedFile, match=r"file\.parquet is damaged"):
        verify(path)


def test_small_contracts_share_a_row_group_and_large_ones_have_their_own(tmp_path: Path) -> None:
    counts = [10, 20, GROUP_ROWS, 3, GROUP_ROWS - 3, GROUP_ROWS + 1, 7]
    rows = pa.concat_tables([TABLE.slice(0, 1)] * sum(counts))
    offsets = [sum(counts[:i]) for i in range(len(counts))]
    entries = [Entry(i, "SMART", offset, counts[i], T0, T0) for i, offset in enumerate(offsets)]
    write(tmp_path, NAME, SCHEMA, "ib", [(rows, entries)])
    starts = footer(tmp_path / NAME, "ib", SECTION).starts.tolist()
    assert starts == [0, offsets[3], offsets[5], offsets[6], sum(counts)]


def test_no_rows_make_no_file(tmp_path: Path) -> None:
    assert write(tmp_path, NAME, SCHEMA, "ib", []) is None
    assert list((tmp_path / SECTION).iterdir()) == []


def test_a_file_of_another_source_is_refused(path: Path) -> None:
    with pytest.raises(WrongSource, match="'ib', not of 'sim-1-tws'"):
        footer(path, "sim-1-tws", SECTION)


def test_a_file_of_a_newer_schema_is_refused(path: Path) -> None:
    with path.open("wb") as file:
        writer = Writer(file, SCHEMA)
        writer.add(TABLE, [3])
        writer.close(FileInfo("ib", SECTION, schema=3))
    with pytest.raises(WrongSchema, match="schema 3"):
        read(path)


def test_a_file_of_an_earlier_version_says_the_same_by_its_own_end(path: Path) -> None:
    found = footer(path, "ib", SECTION)
    # Without an index, and with columns that may be null and are not.
    with path.open("wb") as file:
        writer = Writer(file, SCHEMA)
        writer.add(TABLE, [3])
        writer.close(FileInfo("ib", SECTION, [ENTRY]))
    earlier = footer(path, "ib", SECTION)
    assert (earlier.entries, earlier.starts.tolist()) == (found.entries, found.starts.tolist())
    assert earlier.constants(0, SCHEMA.names) == found.constants(0, SCHEMA.names)
    assert earlier.form != found.form
    assert read(path).equals(TABLE)


def test_a_file_in_the_wrong_place_is_named(path: Path) -> None:
    with pytest.raises(DamagedFile, match="belongs to bars/x, not to bars/y"):
        footer(path, "ib", "bars/y")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"x" * 1_000 + b"PAR1"])
def test_a_torn_file_is_named(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match=r"file\.parquet is damaged"):
        read(path)


@pytest.mark.parametrize("place", range(100))
def test_a_flipped_bit_is_never_read_as_data(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[4 + place * (len(content) - 4) // 100] ^= 0x10
    path.write_bytes(content)
    try:
        table = read(path)
    except DamagedFile:
        return
    assert table.equals(TABLE)


def test_a_file_that_cannot_be_opened_is_not_called_damaged(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(OSError, match="symbolic links"):
        read(path)


def test_a_quarantined_file_keeps_its_bytes_and_never_replaces_another(path: Path, tmp_path: Path) -> None:
    places = []
    for content in (b"one", b"two"):
        path.write_bytes(content)
        places.append(parquet_files.quarantine(path, tmp_path))
    assert [place.read_bytes() for place in places] == [b"one", b"two"]
    assert not path.exists()
