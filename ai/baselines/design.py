"""What the models that learn in seconds are shown at each row: some eighty numbers, known at its close."""

from dataclasses import dataclass

import numpy as np

from ai.baselines.simple import HAR_SPANS, Usual
from ai.baselines.units import CLOSE, RANGE, SIZES, VOLUME, Units, carried, mean_of_last
from ai.data import Bars
from ai.features import LARGEST, features
from ai.meta import Floats, Ints
from ai.targets import average

LAGS = 20
SHORT = 5
_SLOW = (0.99, 0.999)


@dataclass(frozen=True)
class Design:
    """Of N bars, (N, F) each: `market` for sizes, `returns` for the direction. Row t is known at its close.

    Returns of the past say so little of the next that anything else beside them is noise to fit.
    """

    market: Floats
    returns: Floats

    @classmethod
    def of(cls, bars: Bars, units: Units, usual: Usual) -> "Design":
        """Lags within the stretch; levels and what is usual at the next bar's minute, across stretches."""
        age = age_of(bars)
        close, span, volume = (units.encoded[:, column] for column in (CLOSE, RANGE, VOLUME))
        returns = lags(close, LAGS, age)
        table: list[Floats] = [
            features(bars).astype(np.float64),
            returns,
            lags(span, LAGS, age),
            lags(volume, LAGS, age),
            lags(np.abs(close), SHORT, age),
            lags(np.minimum(close, 0), SHORT, age),
            _levels(units),
            usual.next(bars),
        ]
        return cls(_bounded(np.concatenate(table, axis=1)), _bounded(returns))


def lags(series: Floats, count: int, age: Ints) -> Floats:
    """(N, count): each value and the `count` - 1 before it; NaN for what lies before the stretch began."""
    found = np.full((count, len(series)), np.nan)
    for lag in range(min(count, len(series))):
        found[lag, lag:] = np.where(age[lag:] >= lag, series[: len(series) - lag], np.nan)
    return found.T


def age_of(bars: Bars) -> Ints:
    """How many rows of its stretch lie before each row."""
    rows = np.arange(len(bars))
    return rows - np.maximum.accumulate(np.where(bars.first, rows, 0))


def _levels(units: Units) -> Floats:
    """How the means of HAR, and slow averages of the volatility, stand to the scale of the next bar."""
    sizes = units.market[:, SIZES]
    past = [carried(mean_of_last(sizes, span)) - units.offset[1:, SIZES] for span in HAR_SPANS]
    squares = (units.encoded[:, CLOSE] * units.sigma[:-1]) ** 2
    slow = [0.5 * np.log(average(squares, decay) + 1e-16) - np.log(units.sigma[1:]) for decay in _SLOW]
    return np.concatenate([*past, np.stack(slow, axis=1)], axis=1)


def _bounded(table: Floats) -> Floats:
    return np.clip(np.nan_to_num(table), -LARGEST, LARGEST)
