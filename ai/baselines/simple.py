"""Forecasts that anybody would try first. None of them knows the direction."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ai.baselines.base import Arrays, Baseline, Points, nothing, sizes_only
from ai.baselines.units import CLOSE, SIZES, Units, carried, mean_of_last
from ai.data import Bars
from ai.features import minute_of_day
from ai.meta import Floats, Ints
from ai.targets import average
from market.bar_size import BarSize

RISKMETRICS = 0.94
"""The decay that RiskMetrics (1996) uses for daily volatility."""
HAR_SPANS = (1, 5, 22)
"""Corsi (2009): the last day, week and month."""
_SHRINK = 5.0


class Persistence(Baseline):
    """As the last bar: no return, its length and volume again, and as far as it went."""

    name = "persistence"

    def _learn(self, train: Bars, validation: Bars, seed: int) -> None:
        pass

    def _points(self, bars: Bars, units: Units, since: int) -> Points:
        last = carried(np.abs(units.encoded[:, [CLOSE]]) * units.sigma[:-1, None])[:, 0]
        return sizes_only(units, carried(units.market), last / units.sigma[1:])


class Ewma(Baseline):
    """Averages whose weights fall by `RISKMETRICS` a bar; of squared returns for the spread."""

    name = "ewma"

    def _learn(self, train: Bars, validation: Bars, seed: int) -> None:
        pass

    def _points(self, bars: Bars, units: Units, since: int) -> Points:
        smooth = np.stack([average(column, RISKMETRICS) for column in units.market.T], axis=1)
        squares = (units.encoded[:, CLOSE] * units.sigma[:-1]) ** 2
        return sizes_only(units, smooth, np.sqrt(average(squares, RISKMETRICS)) / units.sigma[1:])


class Har(Baseline):
    """Least squares on the means over 1, 5 and 22 bars, each in units of the market."""

    name = "har"

    def _learn(self, train: Bars, validation: Bars, seed: int) -> None:
        units = Units.of(train)
        found = [_least_squares(past[:-1], series[1:]) for series, past in _histories(units)]
        self._weights = np.stack(found)

    @property
    def _learned(self) -> dict[str, npt.NDArray[Any]]:
        return {"weights": self._weights}

    def _remember(self, arrays: Arrays) -> None:
        self._weights = arrays["weights"]

    def _points(self, bars: Bars, units: Units, since: int) -> Points:
        found = [past @ weights for (_, past), weights in zip(_histories(units), self._weights, strict=True)]
        market = np.full_like(units.encoded, np.nan)
        market[:, SIZES] = np.stack(found[:-1], axis=1)
        return sizes_only(units, market, found[-1] / units.sigma[1:])


class SameMinute(Baseline):
    """What is usual at this minute of the day, as a multiple of the recent level."""

    name = "same minute"

    def _learn(self, train: Bars, validation: Bars, seed: int) -> None:
        self._usual = Usual.of(train)

    @property
    def _learned(self) -> dict[str, npt.NDArray[Any]]:
        return {"usual": self._usual.means}

    def _remember(self, arrays: Arrays) -> None:
        self._usual = Usual(arrays["usual"])

    def _points(self, bars: Bars, units: Units, since: int) -> Points:
        usual = self._usual.next(bars)
        mean = nothing(units)
        mean[:, SIZES] = np.where(np.isfinite(units.sigma[1:, None]), usual[:, :-1], np.nan)
        return Points(mean, np.sqrt(usual[:, -1]))


@dataclass(frozen=True)
class Usual:
    """`means` (1440, 5): of `SIZES` and of the squared close, as targets, by minute of the local day."""

    means: Floats

    @classmethod
    def of(cls, train: Bars) -> "Usual":
        """Of these bars."""
        encoded = Units.of(train).encoded
        minute = minute_of_day(train.time, train.meta.time_zone)
        series = [*encoded[:, SIZES].T, encoded[:, CLOSE] ** 2]
        return cls(np.stack([by_minute(minute, each) for each in series], axis=1))

    def next(self, bars: Bars) -> Floats:
        """(N, 5): what is usual at the minute of the bar that follows each row."""
        following = bars.time + BarSize.parse(bars.meta.size).nanoseconds
        return np.asarray(self.means[minute_of_day(following, bars.meta.time_zone)])


SIMPLE = (Persistence, Ewma, Har, SameMinute)


def _histories(units: Units) -> list[tuple[Floats, Floats]]:
    """Of each of `SIZES` and of the absolute return: the series (N,), and (N, 4) ones and its means."""
    absolute = np.abs(units.encoded[:, CLOSE]) * units.sigma[:-1]
    series = [*units.market[:, SIZES].T, absolute]
    return [(each, _means(each)) for each in series]


def _means(series: Floats) -> Floats:
    means = [carried(mean_of_last(series[:, None], span)) for span in HAR_SPANS]
    return np.concatenate([np.ones((len(series), 1)), *means], axis=1)


def _least_squares(past: Floats, actual: Floats) -> Floats:
    known = np.isfinite(past).all(axis=1) & np.isfinite(actual)
    if not known.any():
        return np.full(past.shape[1], np.nan)
    return np.asarray(np.linalg.lstsq(past[known], actual[known], rcond=None)[0])


def by_minute(minute: Ints, values: Floats) -> Floats:
    """The mean at each of the 1440 minutes, drawn towards the mean of all where few were seen."""
    known = np.isfinite(values)
    if not known.any():
        return np.full(1440, np.nan)
    count = np.bincount(minute[known], minlength=1440)
    total = np.bincount(minute[known], weights=values[known], minlength=1440)
    return np.asarray((total + _SHRINK * values[known].mean()) / (count + _SHRINK))
