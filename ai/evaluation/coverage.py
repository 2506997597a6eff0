"""Whether intervals hold as often as they say, also when it matters."""

from dataclasses import dataclass

import numpy as np

from ai.evaluation.scores import Estimate, wilson
from ai.evaluation.significance import christoffersen, kupiec
from ai.meta import Floats

WILD = 0.8
"""From this quantile of the forecast volatility upwards is "the wildest fifth"."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How an interval of the level `nominal` did.

    `wild` is the share that held in the fifth of rows with the highest *forecast* volatility. Not the highest
    realised one: a large surprise is what a miss is, so no honest interval covers 90 % of those. `kupiec`
    tests the share, `christoffersen` whether misses come in clusters; both are probabilities, small is bad.
    `width` is the mean width, in the target's unit.
    """

    nominal: float
    share: Estimate
    wild: Estimate
    kupiec: float
    christoffersen: float
    width: float


def coverage(actual: Floats, low: Floats, high: Floats, volatility: Floats, nominal: float = 0.9) -> Coverage:
    """Judge intervals [low, high] on rows of a test span; `volatility` is what was forecast for each row."""
    held = (low <= actual) & (actual <= high)
    wild = held[volatility >= np.quantile(volatility, WILD)]
    return Coverage(
        nominal=nominal,
        share=wilson(int(held.sum()), len(held)),
        wild=wilson(int(wild.sum()), len(wild)),
        kupiec=kupiec(~held, 1 - nominal),
        christoffersen=christoffersen(~held),
        width=float((high - low).mean()),
    )
