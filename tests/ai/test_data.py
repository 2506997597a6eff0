"""What is learned from is checked, and cut where something interrupts it."""

import numpy as np
import pandas as pd
import pytest

from ai.data import Bars, long_enough
from ai.errors import UnusableBars
from market.times import MINUTE
from tests.ai.markets import START, walk


def frame(rows: int = 60, **columns: object) -> pd.DataFrame:
    index = pd.DatetimeIndex(START + MINUTE * np.arange(rows), tz="UTC", name="time")
    prices = {"open": 10.0, "high": 11.0, "low": 9.0, "close": 10.0, "volume": 5.0}
    return pd.DataFrame(prices | columns, index=index)


def read(table: pd.DataFrame, size: str = "1m") -> Bars:
    return Bars.from_frame(table, size=size, symbol="RHM")


def test_a_frame_becomes_columns_with_its_session() -> None:
    bars = read(frame())
    assert len(bars) == 60
    assert bars.time[1] - bars.time[0] == MINUTE
    assert not bars.session.any()


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (frame().tz_localize(None), "no zone"),
        (frame()[::-1], "sort"),
        (frame(final=[*[True] * 59, False]), "1 of the bars are provisional"),
        (frame(size=["5m", *["1m"] * 59]), "bars of 5m among those of 1m"),
        (frame(high=9.5), "high and low"),
        (frame(close=[np.nan, *[10.0] * 59]), "missing"),
        (frame(low=-1.0), "not above 0"),
        (frame(volume=-1.0), "negative"),
        (frame().drop(columns="open"), "no column open"),
    ],
)
def test_unusable_bars_are_refused_with_the_reason(table: pd.DataFrame, why: str) -> None:
    with pytest.raises(UnusableBars, match=why):
        read(table)


def test_old_rows_of_a_coarser_size_are_found_by_their_steps() -> None:
    mixed = pd.concat([frame(300).iloc[:150:5], frame(300).iloc[150:]])
    with pytest.raises(UnusableBars, match="300 seconds apart"):
        read(mixed)


def test_a_bar_twice_counts_once_and_two_that_differ_are_refused() -> None:
    table = frame()
    assert len(read(pd.concat([table, table.iloc[-1:]]))) == 60
    other = table.iloc[-1:].assign(close=10.5)
    with pytest.raises(UnusableBars, match="two bars of one time differ"):
        read(pd.concat([table, other]))


def test_a_pause_begins_a_stretch_unless_windows_may_cross() -> None:
    table = pd.concat([frame(200).iloc[:50], frame(200).iloc[120:]])
    assert read(table).session.tolist() == [0] * 50 + [1] * 80
    assert not Bars.from_frame(table, size="1m", across_sessions=True).session.any()


def test_a_night_ends_the_stretch_of_hours_too() -> None:
    table = frame(48)
    table.index = pd.date_range("2024-01-01", periods=48, freq="h", tz="UTC")
    open_hours = table[(table.index.hour >= 8) & (table.index.hour < 17)]
    assert np.flatnonzero(read(open_hours, "1h").first).tolist() == [0, 9]


def test_a_split_cuts_a_daily_series() -> None:
    table = frame(40)
    table.index = pd.date_range("2024-01-01", periods=40, tz="UTC")
    table.iloc[20:, :4] /= 4
    bars = read(table, "1D")
    assert bars.splits == 1
    assert np.flatnonzero(bars.first).tolist() == [0, 20]


def test_no_window_fits_into_short_stretches() -> None:
    with pytest.raises(UnusableBars, match="across-sessions"):
        long_enough(read(frame(60)), 90)


def test_the_digest_tells_of_a_changed_value_and_a_slice_is_a_view() -> None:
    bars, same, other = walk(100), walk(100), walk(100, seed=1)
    assert bars.sha256 == same.sha256 != other.sha256
    assert bars[10:20].close.base is not None
    assert bars[10:20].sha256 != bars.sha256
