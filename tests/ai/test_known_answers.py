"""Markets whose best forecast is known: what serves comes close to it, and finds nothing in noise."""

import numpy as np
import pytest

from ai.baselines.simple import SIMPLE
from ai.baselines.units import CLOSE, VOLUME
from ai.champions import Contestants, volatility
from ai.evaluation.scores import qlike
from ai.evaluation.split import WalkForward
from ai.evaluation.walk import SERVED, Walked, walk
from ai.meta import Floats
from ai.pipelines.eval import evaluate_bars
from tests.ai import markets

pytest.importorskip("sklearn")
pytest.importorskip("statsmodels")
from ai.baselines.linear import DLinear, Ridge
from ai.contestants import contestants

pytestmark = pytest.mark.long
ONE_TEST = WalkForward(folds=1)
SIMPLE_ONES = {each.name: each for each in SIMPLE}


@pytest.mark.timeout(600)
def test_nothing_is_found_in_a_random_walk() -> None:
    # Boosting has nothing to say of the direction, so it would only take its time.
    competing = Contestants(SIMPLE_ONES, {"ridge": Ridge, "dlinear": DLinear})
    skills, rejected = [], 0
    for seed in range(20):
        close = evaluate_bars(markets.walk(20_000, seed=seed), competing, split=ONE_TEST).report.of("close")
        skills.append(close.against_persistence.value)
        rejected += close.against_persistence.probability < 0.05
    assert max(map(abs, skills)) <= 0.001
    assert rejected <= 3


def judged(returns: Floats, volume: Floats | None) -> Walked:
    bars = markets.bars_of(returns, volume=volume)
    return walk(bars, contestants(), ONE_TEST, 0, lambda _: None)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(3))
def test_the_variance_of_a_garch_series_is_told_nearly_as_well_as_by_who_knows_it(seed: int) -> None:
    rng, count = np.random.default_rng(seed), 30_000
    variance, returns = np.full(count, 1.0), np.zeros(count)
    for row in range(1, count):
        variance[row] = 0.05 + 0.1 * returns[row - 1] ** 2 + 0.85 * variance[row - 1]
        returns[row] = np.sqrt(variance[row]) * rng.standard_normal()
    found = judged(5e-4 * returns, None)
    forecast = found.factors[SERVED] * (volatility(found.said[SERVED]) * found.sigma) ** 2
    squares = (found.actual[:, CLOSE] * found.sigma) ** 2
    ours, oracle = (qlike(squares, each).mean() for each in (forecast, 2.5e-7 * variance[found.row]))
    assert ours <= 1.05 * oracle
    assert ours >= 0.99 * oracle


@pytest.mark.timeout(600)
@pytest.mark.parametrize("rho", [0.7, 0.95])
def test_the_volume_of_an_autoregression_is_told_nearly_as_well_as_possible(rho: float) -> None:
    rng, count = np.random.default_rng(11), 30_000
    logs = np.zeros(count)
    for row in range(1, count):
        logs[row] = rho * logs[row - 1] + np.sqrt(1 - rho**2) * rng.standard_normal()
    found = judged(5e-4 * rng.standard_normal(count), np.exp(8 + 0.5 * logs))
    errors = found.actual[:, VOLUME] - found.said[SERVED].mean[:, VOLUME]
    skill = 1 - np.mean(errors**2) / np.var(0.5 * logs[found.row])
    assert 0.95 * rho**2 <= skill <= 1.02 * rho**2
