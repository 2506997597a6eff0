"""Intervals cover nine in ten, whatever the model says."""

import numpy as np
import pytest

from ai.conformal import Conformal, calibrated


@pytest.mark.parametrize("belief", [0.3, 1.0, 3.0])
def test_a_model_too_sure_or_too_shy_is_put_right(belief: float) -> None:
    outcome = np.random.default_rng(1).normal(size=4_000)
    edge = np.full(4_000, 1.6449 * belief)
    lower, upper = calibrated(-edge, edge, outcome)
    inside = (outcome >= lower) & (outcome <= upper)
    assert 0.89 <= inside[500:].mean() <= 0.91


def test_coverage_returns_after_a_jump_of_volatility() -> None:
    random = np.random.default_rng(2)
    outcome = np.concatenate([random.normal(size=2_000), random.normal(0, 3, 2_000)])
    edge = np.full(4_000, 1.6449)
    lower, upper = calibrated(-edge, edge, outcome)
    assert 0.88 <= ((outcome >= lower) & (outcome <= upper))[2_600:].mean() <= 0.92


def test_an_interval_is_made_before_its_outcome() -> None:
    outcome = np.random.default_rng(3).normal(size=300)
    edge = np.ones(300)
    one = calibrated(-edge, edge, outcome)
    outcome[-1] = 1e9
    other = calibrated(-edge, edge, outcome)
    assert np.array_equal(one[1], other[1])


def test_it_goes_on_with_the_scores_of_another() -> None:
    first = Conformal()
    for outcome in np.random.default_rng(4).normal(size=700):
        first.observe(-1.0, 1.0, outcome)
    again = Conformal(scores=first.scores)
    assert len(first.scores) == 500
    assert again.adjusted(-1, 1) == pytest.approx(first.adjusted(-1, 1), abs=0.1)
