from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_processing.queries.as_of import as_of, trades_with_quotes
from data_processing.timeseries_db import TimeseriesDB
from data_storage.tables import TIME
from market.errors import BadRequest
from market.times import MINUTE, SECOND
from tests.fakes import AAPL, SIM, T0, quote, trade


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        yield db


def rows(times: list[int], **columns: list[int]) -> pa.Table:
    return pa.table({"time": pa.array(times, pa.int64()).cast(TIME), **columns})


MOMENTS = st.lists(st.integers(0, 9), max_size=12).map(sorted)


@given(MOMENTS, MOMENTS, st.booleans(), st.one_of(st.none(), st.integers(0, 5)))
def test_each_row_gets_the_latest_one_before_it(
    left: list[int], right: list[int], strict: bool, age: int | None
) -> None:
    def expected(time: int) -> int | None:
        before = [n for n, each in enumerate(right) if each < time or (each == time and not strict)]
        young = bool(before) and (age is None or time - right[before[-1]] <= age)
        return before[-1] if young else None

    right_rows = rows([each * SECOND for each in right], n=list(range(len(right))))
    left_rows = rows([each * SECOND for each in left])
    joined = as_of(left_rows, right_rows, ["n"], max_age=age, strict=strict)
    assert joined["n"].to_pylist() == [expected(each) for each in left]


def test_a_print_stands_beside_the_quote_before_its_second(db: TimeseriesDB) -> None:
    db.append_ticks([quote(0, 1.0, 2.0), quote(0, 1.5, 2.5), quote(5, 3.0, 4.0)])
    db.append_ticks([trade(0), trade(3), trade(5)])
    joined = trades_with_quotes(db, AAPL.contract_id, "SMART", T0, T0 + MINUTE)
    assert joined["bid"].to_pylist() == [None, 1.5, 1.5]
    younger = trades_with_quotes(db, AAPL.contract_id, "SMART", T0, T0 + MINUTE, strict=False)
    assert younger["ask"].to_pylist() == [2.5, 2.5, 4.0]


def test_the_quote_from_before_the_range_counts(db: TimeseriesDB) -> None:
    db.append_ticks([quote(0, 1.0, 2.0), trade(30)])
    joined = trades_with_quotes(db, AAPL.contract_id, "SMART", T0 + 20 * SECOND, T0 + MINUTE)
    assert joined["bid"].to_pylist() == [1.0]
    assert joined["time_as_of"].cast(pa.int64()).to_pylist() == [T0]


def test_a_column_of_both_gets_a_suffix() -> None:
    joined = as_of(rows([5], price=[1]), rows([4], price=[2]), ["price"])
    assert joined.column_names == ["time", "price", "time_as_of", "price_as_of"]


def test_a_negative_age_is_refused() -> None:
    with pytest.raises(BadRequest, match="negative"):
        as_of(rows([1]), rows([1]), [], max_age=-1)
