"""What the network puts out for each target: a mean, a median, four widths; so quantiles cannot cross.

A width is softplus of an output, so any outputs give quantiles in order. Both halves begin at the median: it
and the mean are free of each other, as in skewed targets they are.
"""

import numpy as np

from ai.forecaster import MEDIAN, QUANTILES
from ai.meta import Floats
from ai.targets import NAMES

PER_TARGET = 2 + len(QUANTILES) - 1
OUTPUTS = PER_TARGET * len(NAMES)
# Quantiles of a normal variable: where the widths of a network that knows nothing begin.
_NORMAL = (-1.6449, -0.6745, 0.0, 0.6745, 1.6449)


def unfold(raw: Floats) -> tuple[Floats, Floats]:
    """The mean (..., 7) and the quantiles (..., 7, 5) of outputs (..., OUTPUTS)."""
    parts = raw.reshape(*raw.shape[:-1], len(NAMES), PER_TARGET)
    widths = np.logaddexp(0, parts[..., 2:])
    median = parts[..., 1:2]
    below = median - np.cumsum(widths[..., :MEDIAN], axis=-1)[..., ::-1]
    above = median + np.cumsum(widths[..., MEDIAN:], axis=-1)
    return parts[..., 0], np.concatenate([below, median, above], axis=-1)


def first_bias() -> Floats:
    """The outputs of a network that knows nothing: mean and median 0, the widths of a normal variable."""
    steps = np.diff(_NORMAL)
    widths = np.log(np.expm1(np.concatenate([steps[:MEDIAN][::-1], steps[MEDIAN:]])))
    return np.tile(np.concatenate([[0.0, 0.0], widths]), len(NAMES))
