"""One bar at a time gives what whole series give."""

from dataclasses import replace

import numpy as np

from ai.data import Bars
from ai.features import features
from ai.stepping import Stepper
from ai.targets import scales
from tests.ai.markets import walk


def broken() -> Bars:
    """Bars in New York with idle ones, another stretch, and one wild bar."""
    bars = walk(700, seed=5)
    volume, high = bars.volume.copy(), bars.high.copy()
    volume[[3, 200, 201]] = 0
    high[300] *= 1.2
    session = (np.arange(700) >= 400).astype(np.int32)
    return replace(
        bars,
        meta=type(bars.meta)(symbol="X", size="1m", time_zone="America/New_York"),
        volume=volume,
        high=high,
        session=session,
    )


def test_features_and_scales_are_those_of_the_whole() -> None:
    bars = broken()
    whole, scale = features(bars), scales(bars)
    stepper, rows = Stepper.after(bars)
    assert np.allclose(rows, whole, atol=1e-5)
    assert np.isclose(stepper.sigma, scale.sigma[-1], rtol=1e-9)
    assert np.isclose(stepper.level, scale.level[-1], rtol=1e-9)


def test_a_midpoint_has_no_volume_and_that_is_no_trouble() -> None:
    bars = replace(walk(200), volume=np.full(200, np.nan))
    assert np.allclose(Stepper.after(bars)[1], features(bars), atol=1e-5)
