"""The network as it is trained again: gone on from an earlier one, unless a fresh one does better."""

import numpy as np

from ai.data import Bars
from ai.lstm import LSTM
from ai.targets import encode
from ai.training import Config, Say, Trained, train


class Network(LSTM):
    """A `Forecaster`; `gone_on` says whether it is the continued one that is kept.

    Both are trained where there is a `start`, at their own learning rates, and what neither has learned from
    decides.
    """

    gone_on = False

    def __init__(self, config: Config, start: Trained | None = None, say: Say = lambda _: None) -> None:
        super().__init__(config, say=say)
        self._start = start

    def fit(self, train_bars: Bars, validation: Bars, seed: int) -> None:
        """Train; see `ai.training.train`."""
        super().fit(train_bars, validation, seed)
        if self._start is None:
            return
        fresh = self.trained
        assert fresh is not None
        self._say("the same from the current model on")
        continued = train(train_bars, validation, seed, self.config, start=self._start, say=self._say)
        one, other = loss(continued, validation), loss(fresh, validation)
        self.gone_on = one < other
        self.trained = continued if self.gone_on else fresh
        kept = "gone on" if self.gone_on else "fresh"
        self._say(f"loss {one:.5f} gone on, {other:.5f} fresh: the {kept} network is kept")


def loss(trained: Trained, bars: Bars) -> float:
    """The mean over targets of the squared error in variances of the target: 1 is what a constant has.

    What training minimises is in units of a scaler, and two networks have two.
    """
    actual, said = encode(bars)[1:], LSTM(trained=trained).predict(bars).mean[:-1]
    known = np.isfinite(said[:, 0]) & np.isfinite(actual[:, 0])
    actual, said = actual[known], said[known]
    varied = [n for n, each in enumerate(actual.T) if np.isfinite(each).any() and np.nanstd(each) > 1e-9]
    errors = np.nanmean((actual - said)[:, varied] ** 2, axis=0)
    return float(np.mean(errors / np.nanvar(actual[:, varied], axis=0)))
