"""Gradient boosting: trees in a row, stopped where the validation span says so."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ai.baselines.base import LEAST, Arrays, Baseline, Points
from ai.baselines.design import Design
from ai.baselines.simple import Usual
from ai.baselines.trees import Trees
from ai.baselines.units import CLOSE, SIZES, Units
from ai.data import Bars
from ai.meta import Floats
from ai.targets import NAMES

_TREES: dict[str, Any] = {
    "learning_rate": 0.05,
    "max_iter": 300,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 50,
    "l2_regularization": 10.0,
}
_PATIENCE = 15
_SIZES = [NAMES[column] for column in SIZES]


class Boosting(Baseline):
    """scikit-learn's histogram trees on what ridge sees, for sizes and for the spread; no return.

    A direction that trees could find and lines could not has to be shown by the network; each candidate more
    asks more proof of all.
    """

    name = "boosting"

    def _learn(self, train: Bars, validation: Bars, seed: int) -> None:
        self._usual = Usual.of(train)
        units, later = Units.of(train), Units.of(validation)
        now = Design.of(train, units, self._usual).market
        then = Design.of(validation, later, self._usual).market
        sizes = [(units.following[:, column], later.following[:, column]) for column in SIZES]
        self._trees: list[_Grown | Trees] = [_grow(now, actual, then, after, seed) for actual, after in sizes]
        squares = (each.following[:, CLOSE] ** 2 + LEAST**2 for each in (units, later))
        self._spread: _Grown | Trees = _grow(now, next(squares), then, next(squares), seed, loss="gamma")

    @property
    def _learned(self) -> dict[str, npt.NDArray[Any]]:
        named = {**dict(zip(_SIZES, self._trees, strict=True)), "spread": self._spread}
        grown = [each.arrays(name) for name, each in named.items()]
        return {"usual": self._usual.means} | {key: value for each in grown for key, value in each.items()}

    def _remember(self, arrays: Arrays) -> None:
        self._usual = Usual(arrays["usual"])
        self._trees = [Trees.of_arrays(arrays, name) for name in _SIZES]
        self._spread = Trees.of_arrays(arrays, "spread")

    def _points(self, bars: Bars, units: Units, since: int) -> Points:
        table = Design.of(bars, units, self._usual).market[since:]
        mean = np.where(np.isfinite(units.sigma[1:, None]), np.zeros_like(units.encoded), np.nan)
        mean[:since] = np.nan
        mean[since:, SIZES] += np.stack([each.predict(table) for each in self._trees], axis=1)
        spread = np.full(len(bars), np.nan)
        # The link of the gamma family is the logarithm of the variance.
        spread[since:] = np.exp(self._spread.predict(table) / 2)
        return Points(mean, spread)


def _grow(
    table: Floats, actual: Floats, later: Floats, later_actual: Floats, seed: int, loss: str = "squared_error"
) -> "_Grown":
    from sklearn.dummy import DummyRegressor
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    known, after = np.isfinite(actual), np.isfinite(later_actual)
    if not (known.any() and after.any()):
        return _Grown(None, loss)
    table, actual = table[known], actual[known]
    # Threads that wait for each other by spinning cost ten times the work where cores are shared.
    with threadpool_limits(1):
        trees = HistGradientBoostingRegressor(
            loss=loss, random_state=seed, early_stopping=True, n_iter_no_change=_PATIENCE, **_TREES
        )
        trees.fit(table, actual, X_val=later[after], y_val=later_actual[after])
        # It keeps the trees that were one too many, so it is grown again without them.
        best = int(np.argmax(trees.validation_score_))
        if best == 0:
            return _Grown(DummyRegressor().fit(table, actual), loss)
        return _Grown(trees.set_params(early_stopping=False, max_iter=best).fit(table, actual), loss)


@dataclass(frozen=True)
class _Grown:
    """An estimator of scikit-learn, quick for many rows at once; None where nothing was observed."""

    estimator: Any
    loss: str

    def predict(self, table: Floats) -> Floats:
        """As `Trees.predict`."""
        from threadpoolctl import threadpool_limits

        if self.estimator is None:
            return np.full(len(table), np.nan)
        with threadpool_limits(1):
            said = np.asarray(self.estimator.predict(table), np.float64)
        return np.asarray(np.log(said)) if self.loss == "gamma" else said

    def arrays(self, prefix: str) -> dict[str, npt.NDArray[Any]]:
        """As `Trees` saves them."""
        estimator = self.estimator
        if hasattr(estimator, "_predictors"):
            # The estimator has no public way out without its own code; a test compares the two.
            first, nodes = (
                float(estimator._baseline_prediction[0, 0]),
                [each[0].nodes for each in estimator._predictors],
            )
            return Trees.of(first, nodes).arrays(prefix)
        return Trees.of(float(self.predict(np.zeros((1, 1)))[0]), []).arrays(prefix)
