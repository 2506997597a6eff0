"""Who serves: nobody without proof, and the one that has it."""

import numpy as np
import pytest

from ai.baselines.simple import SIMPLE, Persistence
from ai.baselines.units import CLOSE, RANGE, VOLUME
from ai.champions import CONTESTS, Champions, Contestants, compose, losses
from ai.data import Bars
from ai.forecaster import Forecast, Forecaster
from ai.targets import encode
from tests.ai.markets import bars_of, walk

pytest.importorskip("sklearn")
pytest.importorskip("statsmodels")
from ai.baselines.linear import Ridge
from ai.contestants import contestants

SIMPLE_ONES = {each.name: each for each in SIMPLE}


class Guesser(Persistence):
    """Persistence, and a guess at the direction that is worth nothing."""

    name = "guesser"

    def __init__(self, seed: int = 0, size: float = 0.02) -> None:
        super().__init__()
        self.seed, self.size = seed, size

    def predict(self, bars: Bars, since: int = 0) -> Forecast:
        said = super().predict(bars, since)
        said.mean[:, CLOSE] += self.size * np.random.default_rng([self.seed, len(bars)]).standard_normal(
            len(bars)
        )
        return said


class Knower(Persistence):
    """Persistence, and half of what the next return will be: what no forecaster may do."""

    name = "knower"

    def predict(self, bars: Bars, since: int = 0) -> Forecast:
        said = super().predict(bars, since)
        said.mean[:-1, CLOSE] = 0.5 * np.nan_to_num(encode(bars)[1:, CLOSE])
        return said


def champions(bars: Bars, **learned: type[Forecaster]) -> Champions:
    made = Champions(Contestants(SIMPLE_ONES, learned))
    made.fit(bars[: len(bars) // 2], bars[len(bars) // 2 :], 0)
    return made


def test_one_that_knows_serves_and_carries_its_proof() -> None:
    found = champions(walk(4000, seed=1), knower=Knower)
    outcome = {each.target: each for each in found.outcomes}["close"]
    assert (outcome.winner, outcome.challenger, outcome.proven) == ("knower", "knower", True)
    assert outcome.probability < 1e-6
    assert {each.target: each.winner for each in found.outcomes}["range"] != "knower"


def test_of_many_that_guess_hardly_any_ever_serves() -> None:
    served = 0
    for seed in range(40):
        guessers = {f"g{n}": (lambda n=n, seed=seed: Guesser(1000 * seed + n)) for n in range(6)}
        found = Champions(Contestants({"persistence": Persistence}, guessers))
        bars = walk(1200, seed=seed)
        found.fit(bars[:400], bars[400:], 0)
        served += found.winners["close"] != "persistence"
    assert served <= 5


def test_each_contest_is_held_and_all_are_judged_on_the_same_rows() -> None:
    found = champions(walk(3000, seed=2), ridge=Ridge)
    assert tuple(each.target for each in found.outcomes) == CONTESTS
    assert all(set(each.losses) == {*SIMPLE_ONES, "ridge"} for each in found.outcomes)
    assert all(each.trials == 1 for each in found.outcomes)


def test_the_joint_forecast_takes_each_target_from_its_winner() -> None:
    rng = np.random.default_rng(0)
    quantiles = np.sort(rng.normal(size=(2, 5, 7, 5)), axis=3)
    one, two = (Forecast(rng.normal(size=(5, 7)), each) for each in quantiles)
    winners = dict.fromkeys(CONTESTS, "one") | {"close": "two", "volatility": "two", "range": "two"}
    said = compose({"one": one, "two": two}, winners)
    np.testing.assert_array_equal(said.mean[:, CLOSE], two.mean[:, CLOSE])
    np.testing.assert_array_equal(said.quantiles[:, RANGE], two.quantiles[:, RANGE])
    np.testing.assert_array_equal(said.quantiles[:, VOLUME], one.quantiles[:, VOLUME])
    # The body's mean is the first's, the width of its interval that of the volatility's winner.
    np.testing.assert_allclose(np.ptp(said.quantiles[:, 1], axis=1), np.ptp(two.quantiles[:, 1], axis=1))


def test_a_contest_about_volatility_does_not_ask_for_its_level() -> None:
    actual, rng = np.zeros((500, 7)), np.random.default_rng(1)
    actual[:, CLOSE] = rng.standard_normal(500)
    said = Forecast(np.zeros((500, 7)), np.tile([-1.6, -0.7, 0, 0.7, 1.6], (500, 7, 1)))
    wide = Forecast(said.mean, 3 * said.quantiles)
    np.testing.assert_allclose(losses("volatility", actual, said), losses("volatility", actual, wide))


def test_bars_without_volume_have_a_contest_that_nobody_wins() -> None:
    bars = bars_of(5e-4 * np.random.default_rng(1).standard_normal(2500), volume=np.full(2500, np.nan))
    found = champions(bars, ridge=Ridge)
    outcome = {each.target: each for each in found.outcomes}["volume"]
    assert (outcome.winner, outcome.rows, outcome.proven) == ("persistence", 0, False)
    assert np.isfinite(found.predict(bars).mean[100:, RANGE]).all()


def test_the_list_of_all_names_each_once() -> None:
    everyone = contestants()
    assert set(everyone.simple) == {"persistence", "ewma", "har", "same minute"}
    assert set(everyone.learned) == {"ridge", "dlinear", "boosting"}
