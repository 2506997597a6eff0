"""Features stand on the past alone."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from ai.features import COLUMNS, features, minute_of_day
from market.times import from_datetime
from tests.ai.markets import walk


def test_a_row_is_the_same_whatever_follows() -> None:
    bars = walk(1500)
    whole = features(bars)
    assert whole.shape == (1500, len(COLUMNS))
    for row in (1, 40, 700, 1499):
        assert np.array_equal(features(bars[:row]), whole[:row])


def test_one_wrong_bar_is_cut_off() -> None:
    bars = walk(300)
    high = bars.high.copy()
    high[200] = 1e6
    assert np.abs(features(replace(bars, high=high))).max() <= 10


def test_the_minute_of_the_day_follows_summer_time() -> None:
    times = [from_datetime(datetime(2024, month, 15, 14, 30, tzinfo=UTC)) for month in (1, 7)]
    assert minute_of_day(np.array(times), "America/New_York").tolist() == [570, 630]
