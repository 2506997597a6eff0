"""Training keeps what is best by bars it has not learned from, and can be repeated."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ai.errors import UnusableBars
from ai.lstm import LSTM
from ai.targets import encode
from ai.training import Config, train
from tests.ai.learning.trained import SMALL, small
from tests.ai.markets import walk

ROOT = Path(__file__).parents[3]
HASH = "from tests.ai.learning.trained import small; print(small()[0].digest)"


def test_the_same_seed_makes_the_same_weights_in_another_process() -> None:
    done = subprocess.run([sys.executable, "-c", HASH], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == small()[0].digest


def test_the_epoch_with_the_lowest_validation_loss_is_kept() -> None:
    trained = small()[0]
    assert len(trained.losses) == SMALL.epochs + 1
    assert trained.losses[trained.best] == min(trained.losses)
    assert trained.best > 0


def test_training_goes_on_from_weights_and_scalers() -> None:
    trained, learn, judge = small()
    more = train(learn, judge, 8, SMALL, start=trained)
    assert more.losses[0] == pytest.approx(min(trained.losses), rel=1e-4)
    assert more.x is trained.x


def test_a_forecast_of_a_row_is_the_same_whatever_follows() -> None:
    trained, _, judge = small()
    whole, part = LSTM(trained=trained).predict(judge), LSTM(trained=trained).predict(judge[:500])
    assert np.allclose(part.mean, whole.mean[:500], atol=1e-6, equal_nan=True)
    assert np.isfinite(whole.mean[60:]).all()
    assert np.isnan(whole.mean[:28]).all()


def test_quantiles_are_in_order_and_what_can_be_learned_is_learned() -> None:
    trained, _, judge = small()
    forecast, true = LSTM(trained=trained).predict(judge), encode(judge)
    known = np.isfinite(forecast.mean[:-1, 5]) & np.isfinite(true[1:, 5])
    said, came = forecast.mean[:-1, 5][known], true[1:, 5][known]
    assert (np.diff(forecast.quantiles[60:], axis=-1) >= 0).all()
    assert np.corrcoef(said, came)[0, 1] > 0.15


def test_windows_one_by_one_train_too() -> None:
    bars = walk(900, seed=4)
    trained = train(bars[:600], bars[610:], 1, Config(steps=10, epochs=1, trainer="window"))
    assert len(trained.losses) == 2


def test_too_short_stretches_are_refused() -> None:
    with pytest.raises(UnusableBars, match="across-sessions"):
        train(walk(100), walk(100), 1)
