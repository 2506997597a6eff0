"""The frame of every baseline: points and a spread, made into a forecast with intervals."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ai.baselines.units import CLOSE, DIRECTIONS, SIZES, Units
from ai.data import Bars
from ai.errors import UnusableBars
from ai.forecaster import QUANTILES, Forecast
from ai.meta import Floats
from ai.targets import NAMES

LEAST = 0.05
"""A spread is at least so many sigmas: nothing is ever certain."""
_FEWEST = 50
Arrays = Mapping[str, npt.NDArray[Any]]


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
        points, actual = self._points(validation, units, 0), units.following
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

    def predict(self, bars: Bars, since: int = 0) -> Forecast:
        """What follows each row; NaN where too little was seen. Rows before `since` may be left out (NaN)."""
        points = self._points(bars, Units.of(bars), since)
        scale = np.ones_like(points.mean)
        scale[:, DIRECTIONS] = points.spread[:, None]
        quantiles = points.mean[:, :, None] + scale[:, :, None] * self._errors
        return Forecast(points.mean, quantiles)

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that was learned; `of_arrays` makes the same forecaster of it, with numpy alone."""
        return {"errors": self._errors, **self._learned}

    @classmethod
    def of_arrays(cls, arrays: Arrays) -> Self:
        """One that was fitted before."""
        made = cls()
        made._errors = arrays["errors"]
        made._remember(arrays)
        return made

    @property
    def _learned(self) -> dict[str, npt.NDArray[Any]]:
        """What was learned beside the size of errors."""
        return {}

    def _remember(self, arrays: Arrays) -> None:
        """The other way of `_learned`."""
        return

    @abstractmethod
    def _learn(self, train: Bars, validation: Bars, seed: int) -> None:
        """What there is to learn beside the size of errors."""

    @abstractmethod
    def _points(self, bars: Bars, units: Units, since: int) -> Points:
        """What follows each row from `since` on; those before may be NaN."""

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
