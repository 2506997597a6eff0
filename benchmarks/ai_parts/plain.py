"""The plain Keras script as tutorials have it, frozen: levels, one scaler over all, every window a copy.

``LSTM(64)``, ``LSTM(64)``, ``Dense(5)``, 90 steps, batch 256, Adam 3e-4, mean squared error. Not to be
improved: it is what others are measured by.
"""

from typing import Any

import numpy as np

from ai.data import Bars
from ai.utils import keras

STEPS = 90
BATCH = 256


class Plain:
    """Windows of all bars in memory, and a model."""

    def __init__(self, bars: Bars) -> None:
        levels = np.stack([bars.open, bars.high, bars.low, bars.close, bars.volume], axis=1)
        lowest, highest = levels.min(axis=0), levels.max(axis=0)
        scaled = (levels - lowest) / (highest - lowest)
        xs, ys = [], []
        for n in range(len(scaled) - STEPS):
            xs.append(scaled[n : n + STEPS])
            ys.append(scaled[n + STEPS])
        self.x, self.y = np.array(xs), np.array(ys)
        self.model = model()

    def step(self, number: int) -> int:
        """Train on one batch; the answer is how many targets were scored."""
        first = number * BATCH % (len(self.x) - BATCH)
        part = slice(first, first + BATCH)
        self.model.train_on_batch(self.x[part].astype(np.float32), self.y[part].astype(np.float32))
        return BATCH


def model() -> Any:
    """The network of the script."""
    k = keras()
    made = k.Sequential(
        [
            k.Input((STEPS, 5)),
            k.layers.LSTM(64, return_sequences=True),
            k.layers.LSTM(64),
            k.layers.Dense(5),
        ]
    )
    made.compile(optimizer=k.optimizers.Adam(3e-4), loss="mse")
    return made
