"""A small model, trained once."""

from functools import lru_cache

from ai.data import Bars
from ai.training import Config, Trained, train
from tests.ai.markets import walk

SMALL = Config(steps=30, epochs=8, rate=3e-3)


@lru_cache(maxsize=1)
def small() -> tuple[Trained, Bars, Bars]:
    """It, what it learned from and what it was chosen by."""
    bars = walk(6_000, seed=3, phi=0.3)
    learn, judge = bars[:5_000], bars[5_030:]
    return train(learn, judge, 7, SMALL), learn, judge
