"""Whatever is asked of whatever files, read side by side, is what Arrow reads of each."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_storage import row_groups
from data_storage.errors import DamagedFile
from data_storage.file_index import Entry, FileInfo, Footer, index_of
from data_storage.row_groups import Part, read_entries, read_groups
from data_storage.tables import TIME

INFO = FileInfo("ib", "bars/x")
NAMES = ["time", "price", "word", "number", "small", "flag", "none"]


def table(seed: int, rows: int, lacking: float, kinds: int) -> pa.Table:
    random = np.random.default_rng(seed)

    def some(values: pa.Array) -> pa.Array:
        return pa.array(values.to_pylist(), values.type, mask=random.random(rows) < lacking)

    return pa.table(
        {
            "time": pa.array(np.arange(rows) * 10**9).cast(TIME),
            "price": some(pa.array(random.integers(0, kinds, rows) / 4)),
            "word": some(pa.array([f"w{n}" for n in random.integers(0, kinds, rows)])),
            "number": some(pa.array(random.integers(0, kinds, rows))),
            "small": some(pa.array(random.integers(0, kinds, rows), pa.int8())),
            "flag": some(pa.array(random.integers(0, kinds, rows) > 0)),
            "none": pa.nulls(rows, pa.string()),
        }
    )


def file(path: Path, rows: pa.Table, group: int, codec: str) -> Footer:
    pq.write_table(rows, path, row_group_size=group, compression=codec, write_page_checksum=True)
    return Footer(index_of(pq.read_metadata(path), INFO))


TABLES = st.lists(
    st.builds(table, st.integers(0, 99), st.integers(1, 90), st.sampled_from([0.0, 0.4]), st.integers(1, 5)),
    min_size=1,
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(
    TABLES,
    st.integers(1, 40),
    st.sampled_from(["none", "lz4", "zstd"]),
    st.lists(st.sampled_from(NAMES), unique=True, min_size=1),
    st.booleans(),
)
def test_row_groups_of_many_files_are_read_as_one(
    tables: Sequence[pa.Table], group: int, codec: str, columns: list[str], encoded: bool
) -> None:
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{i}.parquet" for i in range(len(tables))]
        footers = [file(path, rows, group, codec) for path, rows in zip(paths, tables, strict=True)]
        parts = [Part(path, each, each.groups) for path, each in zip(paths, footers, strict=True)]
        answer = read_groups(parts, columns, encoded=encoded)
    expected = pa.concat_tables(tables).select(columns)
    assert answer.cast(expected.schema).to_pydict() == expected.to_pydict()


@pytest.fixture
def wanted(tmp_path: Path) -> list[tuple[Part, Entry]]:
    """Ten rows of each of three files, the middle one of which has columns that may be null."""
    found = list[tuple[Part, Entry]]()
    for i in range(3):
        rows = table(i, 30, 0.4 if i == 1 else 0.0, 3)
        rows = rows.set_column(0, "time", pa.array(np.arange(30) + 100 * i).cast(TIME))
        names = [name for name in NAMES if name != "none"]
        schema = pa.schema([field.with_nullable(i == 1) for field in rows.select(names).schema])
        path = tmp_path / f"{i}.parquet"
        footer = file(path, rows.select(names).cast(schema), 20, "lz4")
        found.append((Part(path, footer, range(2)), Entry(1, "SMART", 10, 10, 100 * i + 10, 100 * i + 19)))
    return found


@pytest.mark.parametrize("together", [0, 1_000])
@pytest.mark.parametrize("large", [0, 1_000])
def test_of_each_file_only_the_contract_and_the_range_are_given(
    wanted: list[tuple[Part, Entry]], together: int, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_groups, "_TOGETHER", together)
    monkeypatch.setattr(row_groups, "_LARGE", large)
    parts = read_entries(wanted, 15, 213, ["time", "word"])
    times = pa.concat_tables(parts)["time"].cast(pa.int64()).to_pylist()
    assert times == [*range(15, 20), *range(110, 120), *range(210, 213)]


def test_a_file_that_was_cut_short_is_named(wanted: list[tuple[Part, Entry]]) -> None:
    part = wanted[1][0]
    part.path.write_bytes(part.path.read_bytes()[:200])
    with pytest.raises(DamagedFile, match=r"1\.parquet is damaged: it is cut short"):
        read_groups([part], ["time", "word"])


def test_a_flipped_bit_in_a_page_is_damage(wanted: list[tuple[Part, Entry]]) -> None:
    part = wanted[0][0]
    (chunk,) = part.footer.chunks(1, ["price"]).tolist()
    content = bytearray(part.path.read_bytes())
    content[chunk[0] + chunk[2] - 1] ^= 1
    part.path.write_bytes(content)
    with pytest.raises(DamagedFile, match=r"0\.parquet is damaged"):
        read_groups([part], ["price"])
    assert read_groups([part._replace(groups=range(1))], ["price"]).num_rows == 20
