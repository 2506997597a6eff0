"""Series of which the best forecast is known: what can be learned is learned, and nothing else."""

import numpy as np
import pytest

from ai.data import Bars
from ai.forecaster import Forecast
from ai.lstm import LSTM
from ai.meta import Floats
from ai.targets import NAMES, encode, scales
from ai.training import Config
from ai.utils import extra
from tests.ai.markets import ar1, bars_of, walk

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]
CLOSE = NAMES.index("close")
PURGE = 90


def fitted(bars: Bars, seed: int) -> tuple[Forecast, Bars]:
    """The forecasts of the last fifth by what was learned of the first seven tenths."""
    n = len(bars)
    learn, judge, test = (
        bars[: n * 7 // 10],
        bars[n * 7 // 10 + PURGE : n * 8 // 10],
        bars[n * 8 // 10 + PURGE :],
    )
    network = LSTM(Config(epochs=14, rate=2e-3))
    network.fit(learn, judge, seed)
    return network.predict(test), test


def returns(forecast: Forecast, bars: Bars) -> tuple[Floats, Floats]:
    """Forecast and true returns of the rows that have both."""
    sigma = scales(bars).sigma[1:-1]
    said, came = forecast.mean[:-1, CLOSE] * sigma, encode(bars)[1:, CLOSE] * sigma
    known = np.isfinite(said) & np.isfinite(came)
    return said[known], came[known]


def skill(said: Floats, came: Floats) -> float:
    """Against persistence, which says that nothing changes."""
    return float(1 - np.mean((came - said) ** 2) / np.mean(came**2))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("phi", "least"), [(0.1, 0.95), (0.3, 0.99)])
def test_an_autoregression_is_learned_nearly_as_well_as_it_can_be(
    phi: float, least: float, seed: int
) -> None:
    bars = bars_of(ar1(200_000, phi, seed) * 5e-4, seed=seed)
    forecast, test = fitted(bars, seed)
    said, came = returns(forecast, test)
    before = np.diff(np.log(test.close))[-len(came) - 1 : -1]
    oracle = skill(phi * before, came)
    assert skill(said, came) >= least * oracle


def test_of_random_walks_nothing_is_learned() -> None:
    stattools, better = extra("statsmodels.tsa.stattools"), 0
    for seed in range(20):
        said, came = returns(*fitted(walk(60_000, seed=100 + seed), seed))
        assert abs(skill(said, came)) <= 0.001
        if not said.any():
            continue
        test = stattools.diebold_mariano_test(came, said, np.zeros(len(came)), harvey_adj=True)
        better += test.pvalue < 0.1 and skill(said, came) > 0
    assert better <= 3


def test_the_volume_of_tomorrow_is_learned() -> None:
    logs = ar1(120_000, 0.8, 3)
    bars = bars_of(np.random.default_rng(3).normal(0, 5e-4, 120_000), volume=np.exp(8 + 0.3 * logs))
    forecast, test = fitted(bars, 3)
    place, level = NAMES.index("volume"), scales(test).level[1:-1]
    said, came = forecast.mean[:-1, place] + level, np.log1p(test.volume[1:])
    oracle = 8 + 0.8 * (np.log(test.volume[:-1]) - 8)
    known = np.isfinite(said)
    spread = np.mean((came[known] - 8) ** 2)
    best = 1 - np.mean((came[known] - oracle[known]) ** 2) / spread
    assert 1 - np.mean((came[known] - said[known]) ** 2) / spread >= 0.95 * best


def test_the_variance_of_a_garch_is_told() -> None:
    random, n = np.random.default_rng(5).normal(size=120_000), 120_000
    variance, made = np.empty(n), np.empty(n)
    h = 1.0
    for row in range(n):
        variance[row] = h
        made[row] = np.sqrt(h) * random[row]
        h = 0.05 + 0.1 * made[row] ** 2 + 0.85 * h
    forecast, test = fitted(bars_of(made * 5e-4), 5)
    width = forecast.quantiles[:-1, CLOSE, -1] - forecast.quantiles[:-1, CLOSE, 0]
    said = (width / 3.29 * scales(test).sigma[1:-1] / 5e-4) ** 2
    true, came = variance[-len(test) + 1 :], made[-len(test) + 1 :] ** 2
    known = np.isfinite(said)
    assert qlike(came[known], said[known]) <= 1.05 * qlike(came[known], true[known])


def qlike(squares: Floats, variance: Floats) -> float:
    """The loss of a variance forecast."""
    ratio = squares / variance
    return float(np.mean(ratio - np.log(ratio) - 1))
