"""Linear models: ridge on all that is known, and the decomposition of DLinear on one series at a time."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ai.baselines.base import LEAST, Baseline, Points
from ai.baselines.design import Design, age_of, lags
from ai.baselines.simple import Usual
from ai.baselines.units import CLOSE, DIRECTIONS, RANGE, Units, carried, mean_of_last
from ai.data import Bars
from ai.meta import Floats, Ints
from ai.targets import NAMES

PENALTIES = (1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0)
"""Tried on the validation span; with so many rows of weight for each squared weight."""
_GAMMA_PENALTY = 0.01


class Ridge(Baseline):
    """Least squares with a penalty that is chosen for each target on the validation span."""

    name = "ridge"

    def _learn(self, train: Bars, validation: Bars, seed: int) -> None:
        self._usual = Usual(train)
        units, later = Units.of(train), Units.of(validation)
        now, then = Design.of(train, units, self._usual), Design.of(validation, later, self._usual)
        self._maps = [
            _best(_of(now, column), units.following[:, column], _of(then, column), later.following[:, column])
            for column in range(len(NAMES))
        ]
        self._spread = GammaSpread().fit(now.market, units.following[:, CLOSE])

    def _points(self, bars: Bars, units: Units) -> Points:
        design = Design.of(bars, units, self._usual)
        mean = np.stack([each(_of(design, column)) for column, each in enumerate(self._maps)], axis=1)
        mean[~np.isfinite(units.sigma[1:])] = np.nan
        return Points(mean, self._spread.predict(design.market))


def _of(design: Design, column: int) -> Floats:
    return design.returns if column in DIRECTIONS else design.market


class Affine:
    """Standardised columns, weights and a constant: `(N, F) -> (N,)`."""

    def __init__(self, table: Floats, actual: Floats) -> None:
        known = np.isfinite(actual)
        table, actual = table[known], actual[known]
        self.known = len(actual)
        if not self.known:
            return
        self.centre, self.scale = table.mean(axis=0), table.std(axis=0) + 1e-9
        self.constant = float(actual.mean())
        standard = (table - self.centre) / self.scale
        self.squares, self.products = standard.T @ standard, standard.T @ (actual - self.constant)
        self.weights = np.zeros(table.shape[1])

    def penalised(self, penalty: float) -> "Affine":
        """The same with weights that this penalty allows; in place."""
        if self.known:
            self.weights = np.linalg.solve(self.squares + penalty * np.eye(len(self.squares)), self.products)
        return self

    def __call__(self, table: Floats) -> Floats:
        if not self.known:
            return np.full(len(table), np.nan)
        return np.asarray((table - self.centre) / self.scale @ self.weights + self.constant)


def _best(table: Floats, actual: Floats, later: Floats, later_actual: Floats) -> Affine:
    fitted = Affine(table, actual)
    known = np.isfinite(later_actual)

    def loss(penalty: float) -> float:
        return float(np.mean((fitted.penalised(penalty)(later[known]) - later_actual[known]) ** 2))

    return fitted.penalised(min(PENALTIES, key=loss) if known.any() else PENALTIES[-1])


class GammaSpread:
    """The volatility whose square has the least QLIKE: a linear model of the gamma family with a log link."""

    def fit(self, table: Floats, close: Floats) -> "GammaSpread":
        from sklearn.linear_model import GammaRegressor

        known = np.isfinite(close)
        self._centre, self._scale = table[known].mean(axis=0), table[known].std(axis=0) + 1e-9
        self._model: Any = GammaRegressor(alpha=_GAMMA_PENALTY, max_iter=300)
        self._model.fit(self._standard(table[known]), close[known] ** 2 + LEAST**2)
        return self

    def predict(self, table: Floats) -> Floats:
        """(N,) in sigmas."""
        return np.asarray(np.sqrt(self._model.predict(self._standard(table))))

    def _standard(self, table: Floats) -> Floats:
        return np.asarray((table - self._centre) / self._scale)


class DLinear(Baseline):
    """Trend and remainder of the last 60 bars, each with linear weights (Zeng et al. 2023), by ridge.

    Each target sees its own series only; the spread follows the range.
    """

    name = "dlinear"
    window = 60
    trend = 25

    def _learn(self, train: Bars, validation: Bars, seed: int) -> None:
        now, then = (_Series(each, Units.of(each)) for each in (train, validation))
        self._maps = [
            _best(
                self._parts(now, column),
                now.units.following[:, column],
                self._parts(then, column),
                then.units.following[:, column],
            )
            for column in range(len(NAMES))
        ]
        self._range = float(np.nanmean(now.units.encoded[:, RANGE]))

    def _points(self, bars: Bars, units: Units) -> Points:
        series = _Series(bars, units)
        mean = np.stack([each(self._parts(series, column)) for column, each in enumerate(self._maps)], axis=1)
        mean[~np.isfinite(units.sigma[1:])] = np.nan
        return Points(mean, np.maximum(np.exp(mean[:, RANGE] - self._range), LEAST))

    def _parts(self, series: "_Series", column: int) -> Floats:
        """(N, 60 + 60 / 5): remainders and every fifth value of the trend, as targets of the next bar."""
        market = carried(series.units.market[:, [column]])
        trend = mean_of_last(market, self.trend)
        rests = lags((market - trend)[:, 0], self.window, series.age)
        trends = lags(trend[:, 0], self.window, series.age)[:, ::5] - series.units.offset[1:, [column]]
        return np.asarray(np.nan_to_num(np.concatenate([rests, trends], axis=1)))


@dataclass(frozen=True)
class _Series:
    bars: Bars
    units: Units

    @cached_property
    def age(self) -> Ints:
        return age_of(self.bars)
