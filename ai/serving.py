"""Forecasts without TensorFlow: of each target by its champion, from arrays alone.

Where the network speaks for any, a window goes through ONNX Runtime where it is installed and through numpy
where not. The carried state is begun from a window and renewed after as many bars as sequences had in
training, since older states were never seen there. All others look at the last `CONTEXT` bars anew, as they
did when they were judged.
"""

import importlib.util
from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ai.artifacts import WINDOW, Card, Models, check_fits
from ai.baselines.base import Baseline
from ai.champions import CONTESTS
from ai.conformal import Conformal
from ai.contestants import BASELINES, NETWORK
from ai.data import Bars
from ai.errors import UnusableBars
from ai.evaluation.walk import CONTEXT
from ai.outlook import TOLD, Known, Outlook, Said, joined, last_row, outlook, path, unfolded
from ai.recent import Recent
from ai.recurrent import NAMES, Runner, Singles, Weights, run
from ai.stepping import Stepper

HISTORY = 500
"""Bars before a window that scale it; what lies further back weighs nothing."""


@dataclass
class Model:
    """A saved model, ready to serve; it is made of `arrays`, which `ai.export` writes."""

    card: Card
    arrays: dict[str, npt.NDArray[Any]]
    window_file: Path | None = None
    runtime: Any = field(default=None, repr=False)  # onnxruntime brings no types

    @classmethod
    def load(cls, models: Models, symbol: str, size: str, version: str | None = None) -> "Model":
        """The current version, or the one asked for; raise `NoModel`, `OldModel` or `DamagedModel`."""
        card = models.card(symbol, size, version)
        file = models.path(card, WINDOW) if WINDOW in card.files else None
        return cls(card, models.arrays(card), file)

    @cached_property
    def weights(self) -> Weights:
        return Weights(**{name: self.arrays[name] for name in NAMES})

    @cached_property
    def champions(self) -> dict[str, str]:
        """Who speaks, by target; the network for all where no contest was held."""
        return {target: self.card.champions.get(target, NETWORK) for target in CONTESTS}

    @property
    def network_speaks(self) -> bool:
        return NETWORK in self.champions.values()

    @cached_property
    def others(self) -> dict[str, Baseline]:
        """The champions beside the network."""
        names = sorted(set(self.champions.values()) - {NETWORK})
        return {name: BASELINES[name].of_arrays(self._of(f"{name}/")) for name in names}

    @property
    def rows(self) -> int:
        """How many bars a forecast looks at."""
        return max(CONTEXT if self.others else 0, HISTORY + self.card.steps)

    def _of(self, prefix: str) -> dict[str, npt.NDArray[Any]]:
        there = {name: each for name, each in self.arrays.items() if name.startswith(prefix)}
        return {name.removeprefix(prefix): each for name, each in there.items()}

    @cached_property
    def target_scaler(self) -> tuple[list[float], list[float]]:
        """Mean and scale of each target."""
        return self.arrays["y_mean"].tolist(), self.arrays["y_scale"].tolist()

    @cached_property
    def cone(self) -> list[list[float]]:
        """How far closes went after 1, 2, ... bars: quantiles in units of the volatility."""
        return [list(map(float, row)) for row in self.arrays["cone"]]

    @property
    def novel_above(self) -> float:
        """What the novelty of hardly any bar was above in training."""
        return float(self.arrays["novel_above"])

    def conformals(self) -> list[Conformal]:
        """One for each of `TOLD`, as they stood after the validation."""
        return [Conformal(scores=self.arrays[f"scores_{name}"].tolist()) for name in TOLD]

    def scaled(self, features: npt.ArrayLike) -> Singles:
        """Features as the network sees them."""
        rows = np.asarray(features, np.float32)
        return np.asarray((rows - self.arrays["x_mean"]) / self.arrays["x_scale"], np.float32)

    def novelty(self, row: Singles) -> float:
        """How unlike the training's bars one is: the mean square of its scaled features."""
        return float(row @ row / row.size)

    def window(self, x: Singles) -> Singles:
        """The network's outputs after `steps` bars of scaled features, (steps, F)."""
        if self.runtime is None and self.window_file and importlib.util.find_spec("onnxruntime"):
            self.runtime = _session(self.window_file)
        if self.runtime is None:
            return np.asarray(run(self.weights, x[None], self.card.steps - 1)[0, 0])
        return np.asarray(self.runtime.run(None, {"x": x[None]})[0][0])


class Live:
    """Forecasts of one contract, bar by bar. `known` scales the last forecast, `outlook` is it.

    With `carried` a bar costs one step of the network, without it a whole window; so does the bar that renews
    the state, unless `prepare` was called between bars.
    """

    def __init__(self, model: Model, *, carried: bool = True) -> None:
        self.model = model
        self.carried = carried
        self.conformals = model.conformals()
        self.known: Known | None = None
        self.outlook: Outlook | None = None
        self.novelty = 0.0
        self._features = deque[list[float]](maxlen=model.card.steps)
        self._runner, self._next = Runner(model.weights), Runner(model.weights)
        self._age = self._taken = 0

    def begin(self, bars: Bars) -> Outlook:
        """Forecast the bar after the last of `bars` from one window.

        Raise `WrongModel` for bars of something else, `UnusableBars` where too few follow each other.
        """
        check_fits(self.model.card, bars.meta)
        steps = self.model.card.steps if self.model.network_speaks else 1
        bars = bars[max(0, len(bars) - self.model.rows) :]
        run_of = len(bars) - int(np.flatnonzero(bars.first)[-1]) if len(bars) else 0
        self._stepper, rows = Stepper.after(bars)
        if run_of < steps or not np.isfinite(self._stepper.sigma):
            raise UnusableBars(
                f"{bars.meta.symbol} {bars.meta.size}: {run_of} bars follow each other without a pause, and "
                f"a forecast needs {steps}; wait, or backfill what is missing"
            )
        self._features.extend(rows[-self.model.card.steps :].tolist())
        self._forget()
        self._bars = Recent(bars, self.model.rows)
        return self._renew()

    def add(self, time: int, open_: float, high: float, low: float, close: float, volume: float) -> Outlook:
        """Forecast the bar after this one, which follows the last."""
        row = self._stepper.step(time, open_, high, low, close, volume, False)
        self._features.append(row)
        if self.model.others:
            self._bars.add(time, open_, high, low, close, volume)
        if not self.model.network_speaks:
            return self._told({}, self.model.scaled(row))
        if not self.carried or self._age >= self.model.card.score - 1:
            return self._renew()
        self._age += 1
        x = self.model.scaled([row])
        self._runner.step(x)
        return self._told(self._network(self._runner.outputs(x)[0]), x[0])

    def prepare(self) -> None:
        """Let the state that comes next take in what it can: called between bars, it spares the bar that
        renews the state a whole window."""
        ahead = self._age - (self.model.card.score - self.model.card.steps)
        if self.carried and self.model.network_speaks and ahead > self._taken:
            self._take(self.model.scaled([self._features[n] for n in range(self._taken - ahead, 0)]))

    def path(self) -> list[tuple[float, ...]]:
        """Quantiles of the closes after 1, 2, ... bars."""
        assert self.known is not None
        assert self.outlook is not None
        return path(self.known, self.outlook.step, self.model.cone)

    def _renew(self) -> Outlook:
        """Forecast from the last window and nothing before it."""
        x = self.model.scaled(self._features)
        if not self.model.network_speaks:
            return self._told({}, x[-1])
        if not self.carried:
            return self._told(self._network(self.model.window(x)), x[-1])
        self._take(x[self._taken :])
        self._runner, self._next, self._age = self._next, self._runner, 0
        self._forget()
        return self._told(self._network(self._runner.outputs(x[-1:])[0]), x[-1])

    def _take(self, x: Singles) -> None:
        for n in range(len(x)):
            self._next.step(x[n : n + 1])
        self._taken += len(x)

    def _forget(self) -> None:
        """The state that comes next knows nothing yet."""
        self._next.reset()
        self._taken = 0

    def _network(self, outputs: Singles) -> dict[str, Said]:
        return {NETWORK: unfolded(outputs.tolist(), *self.model.target_scaler)}

    def _told(self, said: dict[str, Said], row: Singles) -> Outlook:
        stepper, others = self._stepper, self.model.others
        self.novelty = self.model.novelty(row)
        self.known = Known(stepper.close, stepper.sigma, stepper.level, self.model.card.tick)
        if others:
            bars = self._bars.bars
            said |= {name: last_row(each.predict(bars, len(bars) - 1)) for name, each in others.items()}
        found = joined(said, self.model.champions) if others else said[NETWORK]
        if isnan(sum(found.mean[:4])):
            raise UnusableBars(f"{self.model.card.meta.symbol}: too few bars were seen for a forecast; wait")
        self.outlook = outlook(found, self.known, [each.margin for each in self.conformals])
        return self.outlook


def _session(file: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
