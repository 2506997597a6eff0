"""Targets in units of the market, so that "as the last bar" means what it says.

A target is scaled by what was known before its own bar; the last bar's has another scale than the next one's.
"""

from dataclasses import dataclass

import numpy as np

from ai.data import Bars
from ai.meta import Floats
from ai.targets import NAMES, encode, scales

DIRECTIONS = [NAMES.index(name) for name in ("gap", "body", "close")]
LENGTHS = [NAMES.index(name) for name in ("upper", "lower", "range")]
VOLUME = NAMES.index("volume")
CLOSE = NAMES.index("close")
RANGE = NAMES.index("range")
SIZES = [*LENGTHS, VOLUME]
"""Targets that have a level, so that the last value says something of the next."""


@dataclass(frozen=True)
class Units:
    """Of N bars: `encoded` (N, 7) are the targets; adding `offset` (N + 1, 7) gives units of the market.

    Those are logarithms of lengths and volumes; directions stay multiples of `sigma` (N + 1), since their
    persistence is 0 in any unit. Entry t of `offset` and `sigma` belongs to row t and was known before it.
    """

    encoded: Floats
    offset: Floats
    sigma: Floats

    @classmethod
    def of(cls, bars: Bars) -> "Units":
        scale = scales(bars)
        offset = np.zeros((len(bars) + 1, len(NAMES)))
        offset[:, LENGTHS] = np.log(scale.sigma)[:, None]
        offset[:, VOLUME] = scale.level
        return cls(encode(bars, scale), offset, scale.sigma)

    @property
    def market(self) -> Floats:
        """(N, 7): what happened, in units of the market."""
        return self.encoded + self.offset[:-1]

    def of_next(self, market: Floats) -> Floats:
        """Forecasts in units of the market, row t telling of row t + 1, as targets."""
        return market - self.offset[1:]

    @property
    def following(self) -> Floats:
        """(N, 7): row t has the targets of row t + 1, the last row NaN."""
        return np.concatenate([self.encoded[1:], np.full((1, self.encoded.shape[1]), np.nan)])


def carried(values: Floats) -> Floats:
    """Each column with its gaps filled by the last known value; NaN before the first.

    >>> carried(np.array([[np.nan], [1.0], [np.nan]])).ravel().tolist()
    [nan, 1.0, 1.0]
    """
    rows = np.where(np.isfinite(values), np.arange(len(values))[:, None], -1)
    last = np.maximum.accumulate(rows, axis=0)
    found = np.take_along_axis(values, np.maximum(last, 0), axis=0)
    return np.where(last >= 0, found, np.nan)


def mean_of_last(values: Floats, count: int) -> Floats:
    """The mean of each value and those before it, `count` in all; fewer where there are no more.

    >>> mean_of_last(np.array([[1.0], [3.0], [5.0]]), 2).ravel().tolist()
    [1.0, 2.0, 4.0]
    """
    known = np.isfinite(values)
    total = np.cumsum(np.where(known, values, 0.0), axis=0)
    seen = np.cumsum(known, axis=0)
    for sums in (total, seen):
        sums[count:] = sums[count:] - sums[:-count].copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / seen)
