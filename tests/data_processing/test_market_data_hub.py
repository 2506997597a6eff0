from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given

from data_processing.market_data_hub import Candle, MarketDataHub, Shown, candles_of
from market.errors import BadRequest
from market.times import MINUTE
from tests.fakes import T0


class Screen:
    """A view that keeps what it shows, and how it was told; `broken` makes its upserts fail."""

    def __init__(self, *, broken: bool = False) -> None:
        self.rows = dict[int, Shown]()
        self.told = list[str]()
        self._broken = broken

    @property
    def candles(self) -> list[Candle]:
        return [self.rows[time].candle for time in sorted(self.rows)]

    @property
    def times(self) -> list[datetime]:
        return [each.when for each in self.rows.values()]

    def upsert(self, rows: Sequence[Shown]) -> None:
        if self._broken:
            raise ValueError("no such series")
        self.told.append("upsert")
        self.rows |= {each.candle.time: each for each in rows}

    def redraw(self, rows: Sequence[Shown]) -> None:
        self.told.append("redraw")
        self.rows = {each.candle.time: each for each in rows}


def frame(*closes: float, start: int = 0, volume: float = 100.0, **columns: object) -> pd.DataFrame:
    index = pd.DatetimeIndex(
        [T0 + (start + at) * MINUTE for at in range(len(closes))], dtype="datetime64[ns, UTC]", name="time"
    )
    values = {"open": 10.0, "high": 20.0, "low": 5.0, "close": list(closes), "volume": volume}
    return pd.DataFrame(values | columns, index=index)


def test_an_authoritative_bar_replaces_a_provisional_one_and_never_the_other_way() -> None:
    hub = MarketDataHub()
    assert hub.upsert_bar(T0, 10, 11, 9, 10.5, 5, provisional=True)
    assert hub.apply_delta_df(frame(10.4)).confirmed == 1
    assert not hub.upsert_bar(T0, 10, 30, 9, 29, 500, provisional=True)
    assert hub.get(T0) == Candle(T0, 10, 20, 5, 10.4, 100)


def test_a_bar_whose_close_did_not_change_still_carries_high_low_and_volume() -> None:
    hub = MarketDataHub()
    hub.upsert_bar(T0, 10, 11, 9, 10, 5, provisional=True)
    assert hub.upsert_bar(T0, 10, 12, 8, 10, 9, provisional=True)
    assert hub.get(T0) == Candle(T0, 10, 12, 8, 10, 9, provisional=True)


def test_revisions_of_history_are_counted_and_the_same_again_is_none() -> None:
    hub = MarketDataHub()
    hub.apply_delta_df(frame(10, 11))
    assert hub.apply_delta_df(frame(10, 11)).unchanged == 2
    assert hub.apply_delta_df(frame(10, 11.5)).revised == 1
    assert hub.revisions == 1


def test_history_drops_a_provisional_bar_that_it_has_not_and_leaves_the_one_that_runs() -> None:
    hub = MarketDataHub()
    for minute in (1, 3):
        hub.upsert_bar(T0 + minute * MINUTE, 10, 11, 9, 10, provisional=True)
    hub.apply_delta_df(frame(10, 11, 12).drop(pd.Timestamp(T0 + MINUTE, unit="ns", tz="UTC")))
    assert [each.time for each in hub.candles()] == [T0, T0 + 2 * MINUTE, T0 + 3 * MINUTE]
    assert hub.provisional_times == [T0 + 3 * MINUTE]


def test_a_row_that_history_says_is_not_final_is_provisional() -> None:
    hub = MarketDataHub()
    hub.apply_delta_df(frame(10, 11, final=[True, False]))
    assert hub.provisional_times == [T0 + MINUTE]


def test_views_are_told_of_changes_only_and_drawn_anew_where_a_bar_goes() -> None:
    hub, screen = MarketDataHub(), Screen()
    hub.attach(screen)
    hub.upsert_bar(T0 + MINUTE, 10, 11, 9, 10, provisional=True)
    hub.upsert_bar(T0 + MINUTE, 10, 11, 9, 10, provisional=True)
    hub.apply_delta_df(frame(10, 11, 12).drop(pd.Timestamp(T0 + MINUTE, unit="ns", tz="UTC")))
    assert screen.told == ["redraw", "upsert", "redraw"]
    assert screen.candles == hub.candles()


def test_a_view_that_cannot_take_an_upsert_is_drawn_anew() -> None:
    hub, screen = MarketDataHub(), Screen(broken=True)
    detach = hub.attach(screen)
    hub.apply_delta_df(frame(10, 11))
    assert screen.told == ["redraw", "redraw"]
    assert screen.candles == hub.candles()
    detach()
    hub.upsert_bar(T0, 1, 2, 0, 1)
    assert screen.told == ["redraw", "redraw"]


def test_the_offset_is_in_what_views_see_and_nowhere_else() -> None:
    hub, screen = MarketDataHub(tz_offset_hours=+2.0), Screen()
    hub.attach(screen)
    hub.upsert_bar(T0, 10, 11, 9, 10)
    (when,) = screen.times
    assert (when.hour, when.utcoffset()) == (16, timedelta(hours=2))
    assert hub.frame().index[0] == pd.Timestamp("2026-01-05T14:30Z")
    hub.show_in("America/New_York")
    (when,) = screen.times
    assert (when.hour, when.timestamp() * 10**9) == (9, T0)


def test_the_hour_that_comes_twice_is_120_bars() -> None:
    hub, screen = MarketDataHub(zone="Europe/Berlin"), Screen()
    hub.attach(screen)
    start = pd.Timestamp("2025-10-26T00:00Z").as_unit("ns")
    index = pd.date_range(start, periods=120, freq="min")
    hub.apply_delta_df(pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), 1.0), index=index))
    assert {when.hour for when in screen.times} == {2}
    assert len({when.timestamp() for when in screen.times}) == 120


def test_a_frame_of_pandas_own_unit_and_in_a_local_zone_is_the_same_history() -> None:
    hub = MarketDataHub()
    local = frame(10, 11).rename(columns=str.capitalize)
    index = pd.DatetimeIndex(local.index).as_unit("us").tz_convert(ZoneInfo("America/New_York"))
    hub.apply_delta_df(local.set_index(index))
    assert [each.time for each in hub.candles()] == [T0, T0 + MINUTE]
    assert list(hub.frame().columns) == ["open", "high", "low", "close", "volume", "provisional"]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (pd.DataFrame({"close": [1.0]}), "DatetimeIndex"),
        (frame(10).drop(columns="high"), "no column high"),
        (frame(float("nan")), "no price for close"),
    ],
)
def test_a_frame_that_is_no_history_is_refused_whole(bad: pd.DataFrame, message: str) -> None:
    hub = MarketDataHub()
    with pytest.raises(BadRequest, match=message):
        hub.apply_delta_df(bad)
    assert hub.last is None


writes = st.lists(
    st.tuples(st.integers(0, 5), st.floats(1, 100), st.booleans()), max_size=30
)  # minute, close, provisional


@given(writes)
def test_in_whatever_order_bars_come_the_last_authoritative_one_holds_and_views_agree(
    taken: list[tuple[int, float, bool]],
) -> None:
    hub, screen = MarketDataHub(), Screen()
    hub.attach(screen)
    for minute, close, provisional in taken:
        hub.upsert_bar(T0 + minute * MINUTE, 1, 100, 1, close, provisional=provisional)
    for minute in {minute for minute, _, _ in taken}:
        final = [close for at, close, provisional in taken if at == minute and not provisional]
        seen = [close for at, close, _ in taken if at == minute]
        kept = hub.get(T0 + minute * MINUTE)
        assert kept is not None
        assert (kept.close, kept.provisional) == ((final or seen)[-1], not final)
    assert screen.candles == hub.candles()


@given(st.lists(st.floats(1, 100), min_size=1, max_size=20))
def test_a_frame_goes_in_and_comes_out_the_same(closes: list[float]) -> None:
    hub = MarketDataHub()
    hub.apply_delta_df(frame(*closes))
    again = hub.frame()
    assert candles_of(again) == hub.candles()
    pd.testing.assert_frame_equal(again.drop(columns="provisional"), frame(*closes), check_freq=False)
