import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_storage.layout import FOREVER, BarSeries, Series, TickSeries, parse_folder, periods, span
from market.bar_size import BAR_SIZES
from market.errors import BadRequest
from market.times import DAY, iso, parse

EXCHANGES = st.text(st.characters(categories=["L", "N", "P", "Z"]), min_size=1)
BAR_SERIES = st.builds(
    BarSeries,
    st.integers(1),
    EXCHANGES,
    st.sampled_from([size.name for size in BAR_SIZES]),
    st.sampled_from(["TRADES", "BID_ASK", "MIDPOINT"]),
    st.sampled_from(["rth", "all"]),
)
TICK_SERIES = st.builds(
    TickSeries, st.integers(1), EXCHANGES, st.sampled_from(["Last", "AllLast", "BidAsk", "MidPoint"])
)


@given(BAR_SERIES | TICK_SERIES)
def test_a_series_is_known_by_its_folder(series: Series) -> None:
    assert parse_folder(series.folder) == series


@given(BAR_SERIES, st.integers(0, 4 * 10**18))
def test_a_time_lies_in_the_span_of_its_file(series: BarSeries, time: int) -> None:
    stem = periods(series, np.array([time]))[0]
    bounds = span(f"{stem}.parquet")
    assert bounds is not None
    assert bounds[0] <= time < bounds[1]


def test_folders_differ_also_where_case_is_ignored() -> None:
    folders = {BarSeries(1, "SMART", size.name).folder.lower() for size in BAR_SIZES}
    assert len(folders) == len(BAR_SIZES)


def test_spans_are_days_months_or_everything() -> None:
    day = parse("2026-02-01")
    assert span("2026-02-01.0001.part.parquet") == (day, day + DAY)
    assert [iso(each) for each in span("2026-02.parquet") or ()] == [
        "2026-02-01T00:00:00Z",
        "2026-03-01T00:00:00Z",
    ]
    assert span("all.parquet") == FOREVER
    assert span("coverage.json") is None


def test_a_contract_without_an_exchange_is_no_route() -> None:
    with pytest.raises(BadRequest, match="no route"):
        _ = TickSeries(1, "", "Last").folder


@pytest.mark.parametrize(
    "folder", ["bars/1m/TRADES/all/x@SMART", "bars/1m/TRADES/1@SMART", "ticks/First/1@SMART"]
)
def test_a_strange_folder_is_named(folder: str) -> None:
    with pytest.raises(BadRequest, match=folder):
        parse_folder(folder)
