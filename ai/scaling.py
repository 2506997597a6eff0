"""Scalers of features and targets: means and deviations of the training rows, kept as plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass

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
        return cls(rows.mean(axis=0, dtype=np.float64), _above_zero(rows.std(axis=0, dtype=np.float64)))

    @classmethod
    def of_targets(cls, rows: Floats) -> "Scaler":
        """Of targets (N, 7), NaN left out; a column of nothing else is left as it is."""
        known = rows[~np.isnan(rows[:, 0])]
        count = np.maximum(np.isfinite(known).sum(axis=0), 1)
        mean = np.nansum(known, axis=0) / count
        scale = np.sqrt(np.nansum((known - mean) ** 2, axis=0) / count)
        mean[_CENTRED] = 0
        return cls(mean, _above_zero(scale))

    def apply(self, values: Floats | npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """As the network sees them."""
        return np.asarray((values - self.mean) / self.scale, np.float32)

    def as_dict(self) -> dict[str, Floats]:
        """As it is saved."""
        return {"mean": self.mean, "scale": self.scale}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Floats]) -> "Scaler":
        """As it was saved."""
        return cls(np.asarray(saved["mean"], np.float64), np.asarray(saved["scale"], np.float64))


def _above_zero(scale: Floats) -> Floats:
    return np.where(scale > 1e-6, scale, 1.0)
