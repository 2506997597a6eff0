"""Columns between Arrow and numpy: the same values as Arrow's own ways give."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_storage.columns import column, ints, numbers, repeated, some_rows
from data_storage.tables import TIME


@given(st.lists(st.lists(st.integers(-(2**63), 2**63 - 1)), max_size=3), st.integers(0, 5))
def test_times_come_as_arrow_has_them(parts: list[list[int]], skipped: int) -> None:
    column = pa.chunked_array([pa.array(part, pa.int64()).cast(TIME) for part in parts], TIME)
    table = pa.table({"time": column}).slice(skipped)
    assert ints(table, "time").tolist() == [value for part in parts for value in part][skipped:]


@given(st.lists(st.booleans(), max_size=40), st.lists(st.integers(-128, 127)))
def test_numbers_and_truths_go_there_and_back(truths: list[bool], small: list[int]) -> None:
    assert column(np.array(truths, bool)).to_pylist() == truths
    made = column(np.array(small, np.int8))
    assert made.type == pa.int8()
    assert numbers(pa.chunked_array([made])).tolist() == small


@pytest.mark.parametrize(
    ("value", "kind"),
    [(-1, pa.int8()), (10**18, TIME), (True, pa.bool_()), (b"NYSE", pa.string()), (None, pa.string())],
)
def test_a_value_of_a_file_is_a_value_of_its_column(value: int | bytes | None, kind: pa.DataType) -> None:
    plain = value.decode() if isinstance(value, bytes) else value
    assert repeated(value, 3, kind).equals(pa.chunked_array([pa.repeat(pa.scalar(plain, kind), 3)]))


def test_few_rows_do_not_keep_the_others_in_memory() -> None:
    table = pa.table({"price": np.arange(10_000.0)})
    assert some_rows(table, 9_000, 10).get_total_buffer_size() == 80
    assert some_rows(table, 9_000, 10)["price"].to_pylist() == list(range(9_000, 9_010))
