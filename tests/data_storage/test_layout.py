import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_storage.layout import (
    FOREVER,
    RECENT_DAYS,
    BarSeries,
    Series,
    TickSeries,
    file_name,
    parse_folder,
    series_in,
    span,
    stem,
    stem_of_day,
)
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


@given(BAR_SERIES | TICK_SERIES)
def test_a_series_is_a_contract_in_a_section(series: Series) -> None:
    assert series_in(series.section, series.contract_id, series.exchange) == series


@given(BAR_SERIES | TICK_SERIES, st.integers(-(2**62), 2**62), st.integers(0, 9))
def test_a_time_lies_in_the_span_of_its_file(series: Series, time: int, later: int) -> None:
    name = file_name(stem_of_day(series.section, time // DAY, time // DAY + later), 7)
    bounds = span(name)
    assert bounds is not None
    assert bounds[0] <= time < bounds[1]
    assert file_name(stem(name), 7) == name


def test_the_newest_days_of_short_bars_have_files_of_their_own() -> None:
    section, day = BarSeries(1, "SMART", "1m").section, parse("2026-02-10") // DAY
    stems = [stem_of_day(section, day - ago, day) for ago in range(RECENT_DAYS + 1)]
    assert stems == ["2026-02-10", "2026-02-09", "2026-02-08", "2026-02"]
    other = {size: stem_of_day(BarSeries(1, "SMART", size).section, day, day) for size in ("5s", "1h", "1D")}
    assert other == {"5s": "2026-02-10", "1h": "2026", "1D": "all"}


def test_folders_differ_also_where_case_is_ignored() -> None:
    folders = {BarSeries(1, "SMART", size.name).folder.lower() for size in BAR_SIZES}
    assert len(folders) == len(BAR_SIZES)


def test_spans_are_days_months_years_or_everything() -> None:
    day = parse("2026-02-01")
    assert span("2026-02-01.000001.parquet") == (day, day + DAY)
    ends = {
        name: [iso(each) for each in span(f"{name}.000001.parquet") or ()] for name in ("2026-12", "2026")
    }
    assert ends == {
        "2026-12": ["2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"],
        "2026": ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"],
    }
    assert span("all.000012.parquet") == FOREVER
    assert span("2026-02-01.parquet") is None


def test_a_contract_without_an_exchange_is_no_route() -> None:
    with pytest.raises(BadRequest, match="no route"):
        _ = TickSeries(1, "", "Last").folder


@pytest.mark.parametrize(
    "folder", ["bars/1m/TRADES/all/x@SMART", "bars/1m/TRADES/1@SMART", "ticks/First/1@SMART"]
)
def test_a_strange_folder_is_named(folder: str) -> None:
    with pytest.raises(BadRequest, match=folder):
        parse_folder(folder)
