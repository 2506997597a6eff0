"""Scalers of features and targets: means and deviations of the training rows, kept as plain arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ai.meta import Floats
from ai.targets import NAMES

LARGEST = 8.0
"""Targets are cut off there while training: one crash must not be all that a network learns of."""
# Of these 0 is persistence, and stays where a network that knows nothing begins.
_CENTRED = [NAMES.index(name) for name in ("gap", "body", "close")]


@dataclass(frozen=True)
class Scaler:
    """(values - mean) / scale, a mean and a scale for each column."""

    mean: Floats
    scale: Floats

    @classmethod
    def of_features(cls, rows: npt.NDArray[np.float32]) -> "Scaler":
        """Of features (N, F) without NaN."""
        return cls._of(rows, [])

    @classmethod
    def of_targets(cls, rows: Floats) -> "Scaler":
        """Of targets (N, 7), NaN left out; a column of nothing else is left as it is."""
        return cls._of(rows, _CENTRED)

    @classmethod
    def _of(cls, rows: npt.NDArray[Any], centred: Sequence[int]) -> "Scaler":
        # A column at a time: the whole in double precision is more than training needs.
        mean, scale = np.zeros(rows.shape[1]), np.ones(rows.shape[1])
        for place, column in enumerate(rows.T):
            known = column[np.isfinite(column)].astype(np.float64)
            if len(known):
                mean[place], scale[place] = known.mean(), known.std()
        mean[list(centred)] = 0
        return cls(mean, np.where(scale > 1e-6, scale, 1.0))

    def apply(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """As the network sees them."""
        found = np.empty(values.shape, np.float32)
        for place in range(values.shape[-1]):
            found[..., place] = (values[..., place] - self.mean[place]) / self.scale[place]
        return found

    def as_dict(self) -> dict[str, Floats]:
        """As it is saved."""
        return {"mean": self.mean, "scale": self.scale}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Floats]) -> "Scaler":
        """As it was saved."""
        return cls(np.asarray(saved["mean"], np.float64), np.asarray(saved["scale"], np.float64))
