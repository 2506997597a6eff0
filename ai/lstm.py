"""The network as a forecaster: fitted with Keras, run with numpy."""

import numpy as np

from ai.data import Bars
from ai.forecaster import Forecast
from ai.head import unfold
from ai.recurrent import run
from ai.targets import scales
from ai.training import Config, Say, Trained, chunks_of, train

_AT_ONCE = 256


class LSTM:
    """A `Forecaster`; one that was trained before predicts at once."""

    name = "lstm"

    def __init__(
        self, config: Config | None = None, trained: Trained | None = None, say: Say = lambda _: None
    ) -> None:
        self.config = config or (trained.config if trained else Config())
        self.trained = trained
        self._say = say

    def fit(self, train_bars: Bars, validation: Bars, seed: int) -> None:
        """Train from scratch; see `ai.training.train`."""
        self.trained = train(train_bars, validation, seed, self.config, say=self._say)

    def predict(self, bars: Bars) -> Forecast:
        """From every row of which `steps` rows of its stretch, and enough to scale by, lie behind.

        As in training, a row's forecast has seen between `steps` and `steps` + `score` - 1 bars.
        """
        trained = self.trained
        if trained is None:
            raise ValueError("fit comes before predict")
        found = Forecast.unknown(len(bars))
        score = max(trained.config.score, 90)
        chunks = chunks_of(bars, trained.x, trained.y, trained.config.steps, score)
        # The last bar of a stretch makes a forecast too, though none of a bar that is there.
        starts = chunks.every_start
        ready = np.isfinite(scales(bars).sigma[1:])
        for n in range(0, len(starts), _AT_ONCE):
            some = starts[n : n + _AT_ONCE]
            raw = run(trained.weights, chunks.inputs(some), trained.config.steps - 1).astype(np.float64)
            rows, inside = chunks.rows(some)
            mean, quantiles = unfold(raw[inside])
            found.mean[rows[inside]] = mean * trained.y.scale + trained.y.mean
            found.quantiles[rows[inside]] = quantiles * trained.y.scale[:, None] + trained.y.mean[:, None]
        found.mean[~ready] = np.nan
        found.quantiles[~ready] = np.nan
        return found
