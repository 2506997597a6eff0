"""Training: what the network sees, in which order, when it stops, and what is kept.

Nothing but the training rows decides scalers; nothing but the validation loss decides which epoch is kept,
epoch 0, persistence, included. The same seed and bars give the same weights on one machine.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ai.chunks import Chunks, Rows
from ai.data import Bars, long_enough
from ai.features import features
from ai.meta import Ints
from ai.network import build, weights_of
from ai.recurrent import Weights
from ai.scaling import LARGEST, Scaler
from ai.targets import WARM, encode, scales
from ai.utils import extra, keras

Trainer = Literal["sequence", "window"]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Config:
    """How to train; the defaults are the command line's.

    `batch` is of how many windows a step of the optimiser has the bars at most: half as many sequences, which
    are twice as long. Few bars make smaller ones, so that an epoch has some steps. `trainer` "window" passes
    every window by itself, as is usual, and takes many times as long.
    """

    steps: int = 90
    epochs: int = 50
    batch: int = 256
    rate: float = 3e-4
    continue_rate: float = 1e-4
    patience: int = 8
    trainer: Trainer = "sequence"

    @property
    def score(self) -> int:
        """How many forecasts of a sequence count."""
        return 1 if self.trainer == "window" else SCORE


SCORE = 90
_STEPS_AN_EPOCH = 24


@dataclass(frozen=True)
class Trained:
    """What training made: `losses` are the validation's, the first before any step, `best` the epoch kept."""

    weights: Weights
    x: Scaler
    y: Scaler
    config: Config
    losses: tuple[float, ...]
    best: int

    @property
    def digest(self) -> str:
        """SHA-256 of the weights."""
        found = hashlib.sha256()
        for each in self.weights.arrays().values():
            found.update(np.ascontiguousarray(each).tobytes())
        return found.hexdigest()


def train(
    bars: Bars,
    validation: Bars,
    seed: int,
    config: Config | None = None,
    *,
    start: Trained | None = None,
    say: Say = lambda _: None,
) -> Trained:
    """Learn from `bars`, choose by `validation`; with `start` go on from there, with its scalers.

    Raise `UnusableBars` where no window fits, `MissingExtra` without TensorFlow.
    """
    config = config or Config()
    for each in (bars, validation):
        long_enough(each, config.steps + WARM)
    x = start.x if start else Scaler.of_features(features(bars))
    y = start.y if start else Scaler.of_targets(encode(bars))
    learn, judge = (chunks_of(each, x, y, config.steps, config.score) for each in (bars, validation))
    _seed(seed)
    rate = config.continue_rate if start else config.rate
    model = build(learn.x.columns, config.steps - 1, config.score, rate, start.weights if start else None)
    return _fit(model, learn, judge, seed, config, x, y, say)


def chunks_of(bars: Bars, x: Scaler, y: Scaler, steps: int, score: int) -> Chunks:
    """What the network sees of bars."""
    scale = scales(bars)
    targets = Rows(np.clip(y.apply(encode(bars, scale)), -LARGEST, LARGEST))
    return Chunks(Rows(x.apply(features(bars, scale))), targets, bars.session, steps, score)


def _fit(
    model: Any, learn: Chunks, judge: Chunks, seed: int, config: Config, x: Scaler, y: Scaler, say: Say
) -> Trained:
    size = batch_size(learn, config)
    judged = batches(judge, size)
    keep = _best_of(model, model.evaluate(judged, verbose=0), config.patience, say)
    swap = keras().callbacks.SwapEMAWeights(swap_on_epoch=True)
    # The averaged weights are what is judged and kept: they are swapped in before `keep` looks.
    model.fit(
        batches(learn, size, seed),
        validation_data=judged,
        epochs=config.epochs,
        callbacks=[swap, keep],
        shuffle=False,
        verbose=0,
    )
    return Trained(keep.weights, x, y, config, tuple(keep.losses), keep.best)


def batch_size(chunks: Chunks, config: Config) -> int:
    """Sequences in a step: fewer than `batch` allows where that leaves an epoch hardly any steps."""
    most = config.batch * config.steps // chunks.width
    return max(8, min(most, len(chunks.starts) // _STEPS_AN_EPOCH))


def batches(chunks: Chunks, size: int, seed: int | None = None) -> Any:
    """A PyDataset over the chunks, in another order each epoch where there is a seed.

    An order of numbers is drawn, not of data: memory does not grow with what is trained on.
    """

    class Batches(keras().utils.PyDataset):  # type: ignore[misc]  # Keras brings no types
        def __init__(self) -> None:
            super().__init__()
            self.random = None if seed is None else np.random.default_rng(seed)
            self.on_epoch_end()

        def __len__(self) -> int:
            return -(-len(chunks.starts) // size)

        def __getitem__(self, number: int) -> tuple[Any, Any]:
            found = self.order[number * size : (number + 1) * size]
            full = np.concatenate([found, np.full(size - len(found), chunks.nowhere)])
            return chunks.inputs(full), chunks.targets(full)

        def on_epoch_end(self) -> None:
            self.order: Ints = (
                chunks.starts if self.random is None else self.random.permutation(chunks.starts)
            )

    return Batches()


def _best_of(model: Any, first: float, patience: int, say: Say) -> Any:
    """A callback that keeps the weights of the lowest validation loss, those before training included."""

    class Best(keras().callbacks.Callback):  # type: ignore[misc]  # Keras brings no types
        def __init__(self) -> None:
            super().__init__()
            self.losses = [float(first)]
            self.best = 0
            self.weights = weights_of(model)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.losses.append(float(logs["val_loss"]))
            if self.losses[-1] < min(self.losses[:-1]):
                self.best = epoch + 1
                self.weights = weights_of(self.model)
            say(f"epoch {epoch + 1}: loss {logs['loss']:.5f}, validation {self.losses[-1]:.5f}")
            if epoch + 1 - self.best >= patience:
                self.model.stop_training = True

    return Best()


def _seed(seed: int) -> None:
    """The second call is for GPUs, whose quickest sums are in no order; see also `ai.network.loss`."""
    keras().utils.set_random_seed(seed)
    extra("tensorflow").config.experimental.enable_op_determinism()
