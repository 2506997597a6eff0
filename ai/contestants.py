"""Everyone who competes, by the name under which reports and model cards know them."""

from ai.baselines.base import Baseline
from ai.baselines.boosting import Boosting
from ai.baselines.linear import DLinear, Ridge
from ai.baselines.simple import SIMPLE
from ai.champions import Contestants, Factory

NETWORK = "lstm"
BASELINES: dict[str, type[Baseline]] = {each.name: each for each in (*SIMPLE, Ridge, DLinear, Boosting)}
"""Everyone but the network."""


def contestants(**more: Factory) -> Contestants:
    """The simple ones, those that learn in seconds, and `more` that learn."""
    learned: dict[str, Factory] = {each.name: each for each in (Ridge, DLinear, Boosting)}
    return Contestants({each.name: each for each in SIMPLE}, learned | more)
