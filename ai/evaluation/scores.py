"""Losses and what they are worth beside a forecast that costs nothing.

Arrays are one-dimensional, one entry for each row of the test span. Skill is one minus the ratio of two mean
losses: 0 is as good as the baseline, 1 is perfect, below 0 is worse than the baseline.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from ai.meta import Floats

BoolArray = npt.NDArray[np.bool_]
Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


def squared(actual: Floats, forecast: Floats) -> Floats:
    return np.square(actual - forecast)


def pinball(actual: Floats, quantile: Floats, level: float) -> Floats:
    """The loss whose least mean is at the quantile of that `level` (Koenker and Bassett 1978).

    >>> float(pinball(np.array([1.0]), np.array([0.0]), 0.95)[0])
    0.95
    """
    miss = actual - quantile
    return np.maximum(level * miss, (level - 1) * miss)


def qlike(realised: Floats, variance: Floats) -> Floats:
    """The loss of variance forecasts that a noisy measure of the variance does not mislead (Patton 2011).

    r²/h - ln(r²/h) - 1, where `realised` is a squared return or another such measure and `variance` the
    forecast, above 0.
    """
    ratio = np.maximum(realised, 1e-300) / variance
    return np.asarray(ratio - np.log(ratio) - 1)


def skill(loss: Floats, baseline: Floats) -> Estimate:
    """One minus the ratio of the mean losses; NaN where the baseline makes no mistake at all.

    The interval is that of a ratio of means (delta method), with the long-run variance of its terms, since
    losses come in clusters.
    """
    mean = float(baseline.mean())
    if not mean > 0:
        return Estimate(np.nan, np.nan, np.nan)
    ratio = float(loss.mean()) / mean
    half = Z_95 * sqrt(long_run_variance((loss - ratio * baseline) / mean) / len(loss))
    return Estimate(1 - ratio, 1 - ratio - half, 1 - ratio + half)


def long_run_variance(terms: Floats) -> float:
    """Newey and West (1987): autocovariances up to the cube root of the length, with falling weights."""
    terms = terms - terms.mean()
    lags = min(int(np.ceil(len(terms) ** (1 / 3))), len(terms) - 1)
    total = float(terms @ terms)
    for lag in range(1, lags + 1):
        total += 2 * (1 - lag / (lags + 1)) * float(terms[lag:] @ terms[:-lag])
    return max(total, 0.0) / len(terms)


def wilson(hits: int, trials: int) -> Estimate:
    """A share with the interval of Wilson (1927), which stays within 0 and 1.

    >>> share = wilson(5, 10)
    >>> round(share.low, 3), share.value, round(share.high, 3)
    (0.237, 0.5, 0.763)
    """
    if trials == 0:
        return Estimate(np.nan, 0.0, 1.0)
    share, z2 = hits / trials, Z_95**2
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z_95 / (1 + z2 / trials) * sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return Estimate(share, centre - half, centre + half)


@dataclass(frozen=True, slots=True)
class Direction:
    """How often the sign was right, and how often it would have been by always saying the commoner one.

    Rows that did not move, and forecasts of exactly nothing, are no calls and are left out; `calls` is what
    remains.
    """

    right: Estimate
    majority: float
    calls: int


def direction(actual: Floats, forecast: Floats) -> Direction:
    """Compare the signs of returns and of their forecasts."""
    called = (actual != 0) & (forecast != 0)
    actual, forecast = actual[called], forecast[called]
    up = float((actual > 0).mean()) if len(actual) else np.nan
    hits = int((np.sign(actual) == np.sign(forecast)).sum())
    return Direction(wilson(hits, len(actual)), max(up, 1 - up), len(actual))
