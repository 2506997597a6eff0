"""The network with numpy alone: two LSTMs and a head, for many sequences at once or one bar at a time.

Weights are Keras's, gates in its order (input, forget, candidate, output). The head sees the second LSTM's
state and the features of the bar itself. All in float32, as trained.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]
NAMES = ("kernel_1", "recurrent_1", "bias_1", "kernel_2", "recurrent_2", "bias_2", "head", "head_bias")


_HALF = np.float32(0.5)


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
        units, features = weights.units, len(weights.kernel_1)
        self._first = _Layer(weights.kernel_1, weights.recurrent_1, weights.bias_1, count)
        self._second = _Layer(weights.kernel_2, weights.recurrent_2, weights.bias_2, count)
        self._seen = np.zeros((count, units + features), np.float32)

    def step(self, x: Singles) -> None:
        """Take in the next bar's features, (count, F)."""
        self._second.step(self._first.step(x))

    def reset(self) -> None:
        """Know nothing again."""
        self._first.reset()
        self._second.reset()

    def outputs(self, x: Singles) -> Singles:
        """The head's outputs after the bar of features `x` was taken in, (count, outputs)."""
        units = self._weights.units
        self._seen[:, :units] = self._second.state
        self._seen[:, units:] = x
        return np.asarray(self._seen @ self._weights.head + self._weights.head_bias)


class _Layer:
    """An LSTM whose arrays are used again at each step: making them anew would cost more than the sums."""

    def __init__(self, kernel: Singles, recurrent: Singles, bias: Singles, count: int) -> None:
        units, inputs = len(recurrent), len(kernel)
        every = np.concatenate([kernel, recurrent, bias[None]])
        entry, forget, candidate, give = np.split(every, 4, axis=1)
        # Half of the argument of three gates, so that one tanh gives all four: s(x) = (1 + tanh(x / 2)) / 2.
        self._weights = np.ascontiguousarray(
            np.concatenate([entry * _HALF, forget * _HALF, give * _HALF, candidate], axis=1)
        )
        self._taken = np.zeros((count, inputs + units + 1), np.float32)
        self._taken[:, -1] = 1
        self._x, self.state = self._taken[:, :inputs], self._taken[:, inputs:-1]
        self._gates = np.empty((count, 4 * units), np.float32)
        self._three = self._gates[:, : 3 * units]
        self._parts = np.split(self._gates, 4, axis=1)
        self._cell, self._new = (np.zeros((count, units), np.float32) for _ in range(2))

    def reset(self) -> None:
        self.state[:] = 0
        self._cell[:] = 0

    def step(self, x: Singles) -> Singles:
        """Take in (count, inputs); the answer is the state, which the next step overwrites."""
        self._x[:] = x
        np.matmul(self._taken, self._weights, out=self._gates)
        np.tanh(self._gates, out=self._gates)
        self._three *= _HALF
        self._three += _HALF
        entry, forget, give, candidate = self._parts
        self._cell *= forget
        np.multiply(entry, candidate, out=self._new)
        self._cell += self._new
        np.tanh(self._cell, out=self._new)
        np.multiply(give, self._new, out=self.state)
        return self.state


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
