"""The network with numpy alone: two LSTMs and a head, for many sequences at once or one bar at a time.

Weights are Keras's, gates in its order (input, forget, candidate, output). The head sees the second LSTM's
state and the features of the bar itself. All in float32, as trained.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]
NAMES = ("kernel_1", "recurrent_1", "bias_1", "kernel_2", "recurrent_2", "bias_2", "head", "head_bias")


@dataclass(frozen=True)
class Weights:
    """As `NAMES`; kernels are (inputs, 4 units), `head` (units + features, outputs)."""

    kernel_1: Singles
    recurrent_1: Singles
    bias_1: Singles
    kernel_2: Singles
    recurrent_2: Singles
    bias_2: Singles
    head: Singles
    head_bias: Singles

    @property
    def units(self) -> int:
        return len(self.recurrent_1)

    def arrays(self) -> dict[str, Singles]:
        """By name, as they are saved."""
        return {name: getattr(self, name) for name in NAMES}


class Runner:
    """`count` sequences side by side, their states kept between steps; a new one knows nothing yet."""

    def __init__(self, weights: Weights, count: int = 1) -> None:
        self._weights = weights
        units = weights.units
        self._h1, self._c1, self._h2, self._c2 = (np.zeros((count, units), np.float32) for _ in range(4))
        # Half of the argument of three gates, so that one tanh gives all four: s(x) = (1 + tanh(x / 2)) / 2.
        half = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], np.float32), units)
        self._kernel_1, self._recurrent_1, self._bias_1 = (
            np.ascontiguousarray(each * half)
            for each in (weights.kernel_1, weights.recurrent_1, weights.bias_1)
        )
        self._both_2 = np.concatenate([weights.kernel_2, weights.recurrent_2]) * half
        self._bias_2 = weights.bias_2 * half

    def step(self, x: Singles) -> None:
        """Take in the next bar's features, (count, F)."""
        self._h1, self._c1 = _cell(x @ self._kernel_1 + self._h1 @ self._recurrent_1 + self._bias_1, self._c1)
        both = np.concatenate([self._h1, self._h2], axis=1)
        self._h2, self._c2 = _cell(both @ self._both_2 + self._bias_2, self._c2)

    def outputs(self, x: Singles) -> Singles:
        """The head's outputs after the bar of features `x` was taken in, (count, outputs)."""
        seen = np.concatenate([self._h2, x], axis=1)
        return np.asarray(seen @ self._weights.head + self._weights.head_bias)


def run(weights: Weights, x: Singles, warm: int) -> Singles:
    """Outputs (B, L - warm, outputs) of sequences (B, L, F) from the bar `warm` on."""
    runner = Runner(weights, len(x))
    found = np.empty((len(x), x.shape[1] - warm, len(weights.head_bias)), np.float32)
    for n in range(x.shape[1]):
        bar = np.ascontiguousarray(x[:, n])
        runner.step(bar)
        if n >= warm:
            found[:, n - warm] = runner.outputs(bar)
    return found


def _cell(gates: Singles, c: Singles) -> tuple[Singles, Singles]:
    units = c.shape[1]
    open_ = np.tanh(gates)
    keep = open_[:, :units] * np.float32(0.5) + np.float32(0.5)
    forget = open_[:, units : 2 * units] * np.float32(0.5) + np.float32(0.5)
    give = open_[:, 3 * units :] * np.float32(0.5) + np.float32(0.5)
    c = forget * c + keep * open_[:, 2 * units : 3 * units]
    return give * np.tanh(c), c
