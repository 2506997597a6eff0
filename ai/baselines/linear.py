"""Linear models: ridge on all that is known, and the decomposition of DLinear on one series at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ai.baselines.base import LEAST, Arrays, Baseline, Points
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
        self._usual = Usual.of(train)
        units, later = Units.of(train), Units.of(validation)
        now, then = Design.of(train, units, self._usual), Design.of(validation, later, self._usual)
        self._maps = [
            _best(_of(now, column), units.following[:, column], _of(then, column), later.following[:, column])
            for column in range(len(NAMES))
        ]
        self._spread = _gamma(now.market, units.following[:, CLOSE])

    @property
    def _learned(self) -> dict[str, npt.NDArray[Any]]:
        return {**_by_target(self._maps), "spread": self._spread.terms, "usual": self._usual.means}

    def _remember(self, arrays: Arrays) -> None:
        self._maps, self._spread = _lines(arrays), Line(arrays["spread"])
        self._usual = Usual(arrays["usual"])

    def _points(self, bars: Bars, units: Units, since: int) -> Points:
        design = Design.of(bars, units, self._usual)
        mean = np.stack([each(_of(design, column)) for column, each in enumerate(self._maps)], axis=1)
        mean[~np.isfinite(units.sigma[1:])] = np.nan
        return Points(mean, np.exp(self._spread(design.market) / 2))


def _of(design: Design, column: int) -> Floats:
    return design.returns if column in DIRECTIONS else design.market


@dataclass(frozen=True)
class Line:
    """A constant and the weights of F columns in one array, (F + 1,); of NaN where nothing was observed."""

    terms: Floats

    def __call__(self, table: Floats) -> Floats:
        """(N, F) -> (N,)."""
        return np.asarray(table @ self.terms[1:] + self.terms[0])


class Affine:
    """Least squares on standardised columns, for whatever penalty is tried."""

    def __init__(self, table: Floats, actual: Floats) -> None:
        known = np.isfinite(actual)
        table, actual = table[known], actual[known]
        self._columns = table.shape[1]
        self._known = len(actual)
        if not self._known:
            return
        self._standard = _Standard.of(table)
        self._constant = float(actual.mean())
        standard = self._standard.apply(table)
        self._squares, self._products = standard.T @ standard, standard.T @ (actual - self._constant)

    def penalised(self, penalty: float) -> Line:
        """With weights that this penalty allows."""
        if not self._known:
            return Line(np.full(self._columns + 1, np.nan))
        weights = np.linalg.solve(self._squares + penalty * np.eye(self._columns), self._products)
        return self._standard.line(np.asarray(weights, np.float64), self._constant)


@dataclass(frozen=True)
class _Standard:
    """Columns less their means, over their deviations."""

    centre: Floats
    scale: Floats

    @classmethod
    def of(cls, table: Floats) -> "_Standard":
        return cls(table.mean(axis=0), table.std(axis=0) + 1e-9)

    def apply(self, table: Floats) -> Floats:
        return np.asarray((table - self.centre) / self.scale)

    def line(self, weights: Floats, constant: float) -> Line:
        """The same sum of columns as they are."""
        plain = weights / self.scale
        return Line(np.concatenate([[constant - plain @ self.centre], plain]))


def _best(table: Floats, actual: Floats, later: Floats, later_actual: Floats) -> Line:
    fitted = Affine(table, actual)
    known = np.isfinite(later_actual)

    def loss(penalty: float) -> float:
        return float(np.mean((fitted.penalised(penalty)(later[known]) - later_actual[known]) ** 2))

    return fitted.penalised(min(PENALTIES, key=loss) if known.any() else PENALTIES[-1])


def _gamma(table: Floats, close: Floats) -> Line:
    """The logarithm of the variance that has the least QLIKE: a linear model of the gamma family."""
    from sklearn.linear_model import GammaRegressor

    known = np.isfinite(close)
    standard = _Standard.of(table[known])
    model: Any = GammaRegressor(alpha=_GAMMA_PENALTY, max_iter=300)
    model.fit(standard.apply(table[known]), close[known] ** 2 + LEAST**2)
    return standard.line(model.coef_, float(model.intercept_))


def _by_target(lines: Sequence[Line]) -> dict[str, npt.NDArray[Any]]:
    return {target: line.terms for target, line in zip(NAMES, lines, strict=True)}


def _lines(arrays: Arrays) -> list[Line]:
    return [Line(arrays[target]) for target in NAMES]


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

    @property
    def _learned(self) -> dict[str, npt.NDArray[Any]]:
        return {**_by_target(self._maps), "usual_range": np.array(self._range)}

    def _remember(self, arrays: Arrays) -> None:
        self._maps, self._range = _lines(arrays), float(arrays["usual_range"])

    def _points(self, bars: Bars, units: Units, since: int) -> Points:
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
