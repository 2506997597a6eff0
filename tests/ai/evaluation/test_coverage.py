"""Coverage of intervals, over all rows and where the forecast was wild."""

import numpy as np
import pytest

from ai.evaluation.coverage import coverage

pytest.importorskip("scipy")


def test_intervals_of_one_width_fail_where_it_is_wild_though_they_hold_on_average() -> None:
    rng = np.random.default_rng(4)
    volatility = np.repeat(rng.choice([0.5, 2.0], size=200, p=[0.8, 0.2]), 50)
    actual = volatility * rng.standard_normal(len(volatility))
    width = float(np.quantile(np.abs(actual), 0.9))
    flat = coverage(actual, np.full_like(actual, -width), np.full_like(actual, width), volatility)
    scaled = coverage(actual, -1.645 * volatility, 1.645 * volatility, volatility)
    assert flat.kupiec > 0.9
    assert flat.wild.value < 0.8
    assert flat.christoffersen < 1e-6
    assert scaled.wild.value == pytest.approx(0.9, abs=0.02)
    assert scaled.christoffersen > 0.05


def test_bounds_belong_to_the_interval() -> None:
    ones = np.ones(10)
    found = coverage(ones, ones, ones, np.arange(10.0))
    assert (found.share.value, found.width) == (1.0, 0.0)
