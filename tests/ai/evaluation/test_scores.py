"""Losses, skill, shares and directions against values known otherwise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.evaluation.scores import direction, pinball, qlike, skill, squared, wilson


def test_skill_of_the_true_mean_of_an_autoregression_is_phi_squared() -> None:
    rng = np.random.default_rng(3)
    noise, phi = rng.standard_normal(200_000), 0.3
    series = np.zeros_like(noise)
    for row in range(1, len(noise)):
        series[row] = phi * series[row - 1] + noise[row]
    actual = series[1:]
    found = skill(squared(actual, phi * series[:-1]), squared(actual, np.zeros_like(actual)))
    assert found.value == pytest.approx(phi**2, abs=0.004)
    assert found.low < phi**2 < found.high


def test_the_interval_of_skill_holds_the_truth_nineteen_times_in_twenty() -> None:
    held = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        actual = rng.standard_normal(500)
        # The forecast carries noise of its own, so that its true skill is -0.25.
        found = skill(squared(actual, 0.5 * rng.standard_normal(500)), squared(actual, np.zeros(500)))
        held += found.low <= -0.25 <= found.high
    assert 0.92 <= held / 400 <= 0.97


def test_a_baseline_without_error_leaves_no_skill_to_speak_of() -> None:
    assert np.isnan(skill(np.ones(5), np.zeros(5)).value)


@given(st.sampled_from([0.05, 0.5, 0.95]))
def test_the_least_pinball_loss_is_at_the_quantile(level: float) -> None:
    actual = np.random.default_rng(1).standard_normal(20_000)
    best = float(np.quantile(actual, level))
    least = pinball(actual, np.full_like(actual, best), level).mean()
    for off in (-0.2, 0.2):
        assert pinball(actual, np.full_like(actual, best + off), level).mean() > least


def test_the_least_qlike_is_at_the_true_variance() -> None:
    returns = 2.0 * np.random.default_rng(1).standard_normal(50_000)
    losses = [qlike(returns**2, np.full_like(returns, variance)).mean() for variance in (3.0, 4.0, 5.5)]
    assert losses[1] == min(losses)
    assert losses[1] == pytest.approx(1.27, abs=0.02)


def test_wilsons_interval_is_that_of_statsmodels() -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    low, high = proportion.proportion_confint(37, 60, method="wilson")
    ours = wilson(37, 60)
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-6)


def test_direction_leaves_out_rows_without_a_call_and_names_the_majority() -> None:
    actual = np.array([1.0, 2.0, -1.0, 3.0, 0.0, 1.0])
    found = direction(actual, np.array([1.0, -1.0, -1.0, 1.0, 1.0, 0.0]))
    assert (found.calls, found.right.value, found.majority) == (4, 0.75, 0.75)
