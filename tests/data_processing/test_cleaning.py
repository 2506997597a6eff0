from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_processing.cleaning import clean_bars
from market.bar_size import BarSize
from market.broker import BarRequest
from market.times import DAY, MINUTE
from tests.fakes import AAPL, T0, bar

REQUEST = BarRequest(BarSize.parse("1m"), T0, T0 + 60 * MINUTE)
NOW = T0 + DAY


def test_good_bars_stay_as_they_are() -> None:
    bars = [bar(i) for i in range(5)]
    assert clean_bars(bars, AAPL, REQUEST, NOW) == (bars, Counter())


@pytest.mark.parametrize("volume", [-1.0, 1.7976931348623157e308, 2.0**127 - 1])
def test_a_sentinel_volume_is_a_missing_one(volume: float) -> None:
    (clean,), _ = clean_bars([bar(volume=volume, average=-1.0, count=-1)], AAPL, REQUEST, NOW)
    assert (clean.volume, clean.average, clean.count) == (None, None, None)


def test_negative_prices_exist() -> None:
    crude = bar(open=-30.0, high=-10.0, low=-40.0, close=-37.63, average=-35.0)
    assert clean_bars([crude], AAPL, REQUEST, NOW) == ([crude], Counter())


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"high": 9.5}, "impossible prices"),
        ({"low": 10.5}, "impossible prices"),
        ({"close": float("nan")}, "missing price"),
        ({"open": 1.7976931348623157e308}, "missing price"),
        ({"time": T0 - 1}, "out of range"),
        ({"time": T0 + 60 * MINUTE}, "out of range"),
        ({"contract_id": 1}, "another series"),
        ({"size": "5m"}, "another series"),
    ],
)
def test_what_cannot_be_true_is_left_out_and_counted(changes: Any, fault: str) -> None:
    bad = bar(0, **changes)
    assert clean_bars([bad, bar(1)], AAPL, REQUEST, NOW) == ([bar(1)], Counter({fault: 1}))


@given(st.permutations(range(6)))
def test_bars_come_out_in_order(order: list[int]) -> None:
    bars, faults = clean_bars([bar(i) for i in order], AAPL, REQUEST, NOW)
    assert bars == [bar(i) for i in range(6)]
    assert ("unsorted" in faults) == (order != sorted(order))


def test_of_duplicates_the_last_stays() -> None:
    bars, faults = clean_bars([bar(close=10.5), bar(close=9.5)], AAPL, REQUEST, NOW)
    assert ([each.close for each in bars], faults) == ([9.5], Counter(duplicate=1))


@pytest.mark.parametrize(("now", "final"), [(T0 + MINUTE - 1, False), (T0 + MINUTE, True)])
def test_a_running_bar_is_not_final(now: int, final: bool) -> None:
    (clean,), _ = clean_bars([bar()], AAPL, REQUEST, now)
    assert clean.final is final
