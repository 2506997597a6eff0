"""What a forecast of the next return would have been worth, beside what trading on it costs."""

from dataclasses import dataclass

import numpy as np

from ai.evaluation.scores import Z_95, long_run_variance
from ai.meta import Floats

BASIS_POINT = 1e-4


@dataclass(frozen=True, slots=True)
class Costs:
    """One way, in basis points of the price: half the spread, and the commission."""

    half_spread: float
    commission: float

    @property
    def one_way(self) -> float:
        return self.half_spread + self.commission


@dataclass(frozen=True, slots=True)
class Edge:
    """Mean gain for each bar held in the direction forecast, in basis points, before and after costs.

    `low` and `high` are the 95 % interval of `gross`. `turnover` is how much of the position changes hands at
    each bar: 2 when every bar turns from long to short. `net` is what is left of it after that.
    """

    gross: float
    low: float
    high: float
    turnover: float
    net: float
    costs: Costs

    @property
    def pays(self) -> bool:
        """Whether the gain is there at all, and larger than its costs."""
        return self.low > 0 and self.net > 0


def edge(actual: Floats, forecast: Floats, costs: Costs) -> Edge:
    """One unit long where the forecast log return is above 0, short where below, held for a bar each."""
    position = np.sign(forecast)
    gains = position * actual / BASIS_POINT
    half = Z_95 * np.sqrt(long_run_variance(gains) / len(gains))
    turnover = float(np.abs(np.diff(position, prepend=0.0)).mean())
    gross = float(gains.mean())
    return Edge(
        gross, gross - float(half), gross + float(half), turnover, gross - turnover * costs.one_way, costs
    )
