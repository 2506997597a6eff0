"""The one shape of everything that forecasts, from the last value to the network."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ai.data import Bars
from ai.meta import Floats, Ints
from ai.targets import NAMES

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MEDIAN = QUANTILES.index(0.5)


@dataclass(frozen=True)
class Forecast:
    """Of N bars: row t tells of bar t + 1 by what was known at the close of bar t, in units of the targets.

    `mean` is (N, 7), `quantiles` (N, 7, 5) in the order of `QUANTILES`, never falling. Rows without a
    forecast are NaN. Compare row t with row t + 1 of `targets.encode(bars)`, which is NaN where a stretch
    begins.
    """

    mean: Floats
    quantiles: Floats

    @property
    def median(self) -> Floats:
        """The middle quantile, (N, 7)."""
        return np.asarray(self.quantiles[:, :, MEDIAN])

    def at(self, rows: Ints) -> "Forecast":
        """The forecasts from these rows only."""
        return Forecast(self.mean[rows], self.quantiles[rows])

    @classmethod
    def unknown(cls, rows: int) -> "Forecast":
        """No forecast for any row, to be filled in."""
        return cls(np.full((rows, len(NAMES)), np.nan), np.full((rows, len(NAMES), len(QUANTILES)), np.nan))


class Forecaster(Protocol):
    """What can be fitted to bars and then forecasts the next of any bars, also ones it has not seen."""

    @property
    def name(self) -> str: ...

    def fit(self, train: Bars, validation: Bars, seed: int) -> None:
        """Learn from `train`; `validation`, which follows it, may choose between what was learned."""
        ...

    def predict(self, bars: Bars) -> Forecast:
        """A forecast from every row; the first rows of each stretch may have none."""
        ...
