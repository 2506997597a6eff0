"""The tests of significance: their size under the null, and their power."""

import numpy as np
import pytest

from ai.evaluation.significance import better, christoffersen, corrected, kupiec

pytest.importorskip("statsmodels")


def test_equal_forecasts_are_found_better_one_time_in_twenty() -> None:
    rejected = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        rejected += better(rng.standard_normal(300) ** 2, rng.standard_normal(300) ** 2) < 0.05
    assert 0.03 <= rejected / 400 <= 0.08


def test_a_better_forecast_is_found_and_a_worse_one_is_not() -> None:
    rng = np.random.default_rng(5)
    noise = rng.standard_normal(1000) ** 2
    good, bad = noise, noise + 0.3 * rng.standard_normal(1000) ** 2
    assert better(good, bad) < 1e-6
    assert better(bad, good) > 1 - 1e-6


def test_a_forecast_that_never_differs_is_not_better() -> None:
    loss = np.random.default_rng(5).standard_normal(100) ** 2
    assert better(loss, loss) == 1.0
    assert better(loss, loss + 1e-15) == 1.0


def test_it_is_the_statistic_of_statsmodels_one_sided() -> None:
    from statsmodels.tsa.stattools import diebold_mariano_test

    rng = np.random.default_rng(6)
    actual, first, second = rng.standard_normal((3, 400))
    theirs = diebold_mariano_test(actual, first, second, harvey_adj=True)
    one_sided = theirs.pvalue / 2 if theirs.statistic < 0 else 1 - theirs.pvalue / 2
    assert better((actual - first) ** 2, (actual - second) ** 2) == pytest.approx(one_sided)


def test_picking_the_best_of_many_useless_forecasts_is_corrected_for() -> None:
    false = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        actual, base = rng.standard_normal(300), rng.standard_normal((300,)) ** 2
        losses = [(actual - 0.3 * rng.standard_normal(300)) ** 2 for _ in range(6)]
        base = (actual - 0.3 * rng.standard_normal(300)) ** 2
        best = min(losses, key=lambda loss: float(loss.mean()))
        false += corrected(better(best, base), len(losses)) < 0.05
    assert false / 300 <= 0.06


@pytest.mark.parametrize(("missed", "agrees"), [(100, True), (150, False), (60, False), (0, False)])
def test_kupiec_tells_a_wrong_share_of_misses(missed: int, agrees: bool) -> None:
    assert (kupiec(np.arange(1000) < missed, 0.1) > 0.05) is agrees


def test_kupiec_is_the_likelihood_ratio_of_two_binomials() -> None:
    from scipy.stats import binom, chi2

    ratio = 2 * (binom.logpmf(7, 255, 7 / 255) - binom.logpmf(7, 255, 0.01))
    assert kupiec(np.arange(255) < 7, 0.01) == pytest.approx(chi2.sf(ratio, 1))


def test_christoffersen_tells_clusters_from_independent_misses() -> None:
    rng = np.random.default_rng(2)
    independent = rng.random(2000) < 0.1
    clustered = np.repeat(rng.random(200) < 0.1, 10)
    assert christoffersen(independent) > 0.05
    assert christoffersen(clustered) < 1e-6
