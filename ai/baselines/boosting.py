"""Gradient boosting: trees in a row, stopped where the validation span says so."""

from typing import Any

import numpy as np

from ai.baselines.base import LEAST, Baseline, Points
from ai.baselines.design import Design
from ai.baselines.simple import Usual
from ai.baselines.units import CLOSE, SIZES, Units
from ai.data import Bars
from ai.meta import Floats

_TREES: dict[str, Any] = {
    "learning_rate": 0.05,
    "max_iter": 300,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 50,
    "l2_regularization": 10.0,
}
_PATIENCE = 15


class Boosting(Baseline):
    """scikit-learn's histogram trees on what ridge sees, for sizes and for the spread; no return.

    A direction that trees could find and lines could not has to be shown by the network; each candidate more
    asks more proof of all.
    """

    name = "boosting"

    def _learn(self, train: Bars, validation: Bars, seed: int) -> None:
        self._usual = Usual(train)
        units, later = Units.of(train), Units.of(validation)
        now = Design.of(train, units, self._usual).market
        then = Design.of(validation, later, self._usual).market
        sizes = [(units.following[:, column], later.following[:, column]) for column in SIZES]
        self._trees = [_grow(now, actual, then, after, seed) for actual, after in sizes]
        squares = (each.following[:, CLOSE] ** 2 + LEAST**2 for each in (units, later))
        self._spread = _grow(now, next(squares), then, next(squares), seed, loss="gamma")

    def _points(self, bars: Bars, units: Units) -> Points:
        table = Design.of(bars, units, self._usual).market
        mean = np.where(np.isfinite(units.sigma[1:, None]), np.zeros_like(units.encoded), np.nan)
        mean[:, SIZES] += np.stack([_fall(each, table) for each in self._trees], axis=1)
        return Points(mean, np.sqrt(_fall(self._spread, table)))


def _grow(
    table: Floats, actual: Floats, later: Floats, later_actual: Floats, seed: int, loss: str = "squared_error"
) -> Any:  # an estimator of scikit-learn, which has no types; None where nothing was observed
    from sklearn.dummy import DummyRegressor
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    known, after = np.isfinite(actual), np.isfinite(later_actual)
    if not (known.any() and after.any()):
        return None
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
            return DummyRegressor().fit(table, actual)
        return trees.set_params(early_stopping=False, max_iter=best).fit(table, actual)


def _fall(trees: Any, table: Floats) -> Floats:
    from threadpoolctl import threadpool_limits

    if trees is None:
        return np.full(len(table), np.nan)
    with threadpool_limits(1):
        return np.asarray(trees.predict(table), np.float64)
