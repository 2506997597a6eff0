"""Intervals that cover what they say, whatever the model believes of itself.

A forecast interval is widened by what recent outcomes missed it by, in units of its own width; how many may
be missed is adapted to how many were (Gibbs and Candes, Adaptive Conformal Inference, 2021). Forecasts are in
units of the volatility known before, so the scores of calm and wild times compare.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from math import ceil, isfinite

import numpy as np

from ai.meta import Floats

ALPHA = 0.1
WINDOW = 500
RATE = 0.01
_ENOUGH = 30


class Conformal:
    """The margin of one target's interval; show it each outcome after its interval was given.

    >>> wide = Conformal()
    >>> for n in range(100):
    ...     wide.observe(-1.0, 1.0, 2.0 if n % 2 else 0.0)
    >>> lower, upper = wide.adjusted(-1.0, 1.0)
    >>> lower <= -1.9 and upper >= 1.9
    True
    """

    def __init__(self, alpha: float = ALPHA, scores: Iterable[float] = ()) -> None:
        self._goal = self._alpha = alpha
        self._recent = deque[float]()
        self._sorted = list[float]()
        self.margin = 0.0
        """How much is added on each side, in widths of the interval; below 0 it is drawn in."""
        for each in scores:
            self._add(float(each))

    @property
    def scores(self) -> list[float]:
        """By how much recent outcomes missed, oldest first; enough to begin another with."""
        return list(self._recent)

    def adjusted(self, lower: float, upper: float) -> tuple[float, float]:
        """The interval to give."""
        more = max(self.margin, -0.5) * (upper - lower)
        return lower - more, upper + more

    def observe(self, lower: float, upper: float, outcome: float) -> None:
        """Learn from what happened; the interval is the one before it was adjusted. NaN is no outcome."""
        width = upper - lower
        if not (isfinite(outcome) and width > 0):
            return
        score = max(lower - outcome, outcome - upper) / width
        missed = score > self.margin
        self._alpha = min(max(self._alpha + RATE * (self._goal - missed), 0.0), 1.0)
        self._add(score)

    def _add(self, score: float) -> None:
        self._recent.append(score)
        insort(self._sorted, score)
        if len(self._recent) > WINDOW:
            del self._sorted[bisect_left(self._sorted, self._recent.popleft())]
        self.margin = self._margin()

    def _margin(self) -> float:
        count = len(self._sorted)
        if count < _ENOUGH:
            return 0.0
        place = ceil((count + 1) * (1 - self._alpha)) - 1
        return self._sorted[min(max(place, 0), count - 1)]


def calibrated(lower: Floats, upper: Floats, outcome: Floats, alpha: float = ALPHA) -> tuple[Floats, Floats]:
    """The intervals that would have been given, one after another, each by the outcomes before it."""
    conformal, found = Conformal(alpha), np.full((2, len(outcome)), np.nan)
    for n, (a, b, y) in enumerate(zip(lower.tolist(), upper.tolist(), outcome.tolist(), strict=True)):
        if isfinite(a) and isfinite(b):
            found[:, n] = conformal.adjusted(a, b)
            conformal.observe(a, b, y)
    return found[0], found[1]
