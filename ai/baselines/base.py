"""The frame of every baseline: points and a spread, made into a forecast with intervals."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from ai.baselines.units import CLOSE, DIRECTIONS, SIZES, Units
from ai.data import Bars
from ai.errors import UnusableBars
from ai.forecaster import QUANTILES, Forecast
from ai.meta import Floats
from ai.targets import NAMES

LEAST = 0.05
"""A spread is at least so many sigmas: nothing is ever certain."""
_FEWEST = 50


@dataclass(frozen=True)
class Points:
    """Of N bars, row t telling of row t + 1: `mean` (N, 7), and the `spread` (N,) of directions in sigmas."""

    mean: Floats
    spread: Floats


class Baseline(ABC):
    """Says points; intervals follow from how far these were off in the validation span.

    Directions were off by multiples of the spread, lengths and volume by additions to a logarithm.
    """

    name = ""

    def __init__(self) -> None:
        self._errors = np.full((len(NAMES), len(QUANTILES)), np.nan)

    def fit(self, train: Bars, validation: Bars, seed: int) -> None:
        """Learn from `train`, the size of errors from `validation`; raise `UnusableBars` if there are few."""
        self._learn(train, validation, seed)
        units = Units.of(validation)
        points, actual = self._points(validation, units), units.following
        known = np.isfinite(points.mean[:, CLOSE]) & np.isfinite(actual[:, CLOSE])
        if known.sum() < _FEWEST:
            raise UnusableBars(
                f"{known.sum()} bars are too few to see how large errors are, of {_FEWEST}: backfill more"
            )
        off = self._off(points, actual)
        for column in range(len(NAMES)):
            # A MIDPOINT has no volume: nothing is known of its errors, and nothing is said.
            seen = off[np.isfinite(off[:, column]), column]
            self._errors[column] = np.quantile(seen, QUANTILES) if len(seen) else np.nan

    def predict(self, bars: Bars) -> Forecast:
        """What follows each row; NaN where too little was seen."""
        points = self._points(bars, Units.of(bars))
        scale = np.ones_like(points.mean)
        scale[:, DIRECTIONS] = points.spread[:, None]
        quantiles = points.mean[:, :, None] + scale[:, :, None] * self._errors
        return Forecast(points.mean, quantiles)

    @abstractmethod
    def _learn(self, train: Bars, validation: Bars, seed: int) -> None:
        """What there is to learn beside the size of errors."""

    @abstractmethod
    def _points(self, bars: Bars, units: Units) -> Points:
        """What follows each row."""

    def _off(self, points: Points, actual: Floats) -> Floats:
        off = actual - points.mean
        off[:, DIRECTIONS] /= points.spread[:, None]
        return off


def nothing(units: Units) -> Floats:
    """(N, 7): no return, and lengths and volume that are still to be filled in."""
    mean = np.full_like(units.encoded, np.nan)
    mean[:, DIRECTIONS] = np.where(np.isfinite(units.sigma[1:]), 0.0, np.nan)[:, None]
    return mean


def sizes_only(units: Units, market: Floats, spread: Floats) -> Points:
    """No return; lengths and volume from units of the market; `spread` at least `LEAST`."""
    mean = nothing(units)
    mean[:, SIZES] = units.of_next(market)[:, SIZES]
    return Points(mean, np.maximum(spread, LEAST))
