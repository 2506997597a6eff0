"""From what was trained to what is served: arrays, the graph, the Keras file, and the card."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ai import onnx_graph
from ai.artifacts import KERAS, SCALERS, SERVING, WINDOW, Card, Models
from ai.baselines.base import Baseline
from ai.champions import Champions
from ai.conformal import WINDOW as SCORES
from ai.conformal import Conformal
from ai.data import Bars
from ai.drift import usual_moves
from ai.features import features
from ai.forecaster import QUANTILES, Forecast
from ai.lstm import LSTM
from ai.meta import Floats, Ints
from ai.network import keras_model
from ai.outlook import TOLD
from ai.scaling import Scaler
from ai.targets import NAMES, encode, scales
from ai.training import Trained
from ai.utils import extra
from market.times import iso

AHEAD = 20
"""Bars that the cone reaches."""
_NOVEL = 0.9995
_LIBRARIES = ("numpy", "keras", "tensorflow-cpu", "tensorflow")


def save(
    models: Models,
    trained: Trained,
    bars: Bars,
    validation: Bars,
    *,
    seed: int,
    made: int,
    parent: str = "",
    champions: Champions | None = None,
    sessions: Ints | None = None,
) -> Card:
    """Keep a trained model as a new version and make it the current one.

    `champions` speak for their targets, without them the network for all; `sessions` are those to come, as
    `ai.upcoming` has them.
    """
    digest = trained.digest
    card = Card(
        version=f"{iso(made // 10**9 * 10**9).replace('-', '').replace(':', '')}-{digest[:8]}",
        meta=bars.meta,
        tick=bars.tick,
        steps=trained.config.steps,
        score=trained.config.score,
        trainer=trained.config.trainer,
        seed=seed,
        made=made,
        first=int(bars.time[0]),
        last=int(bars.time[-1]),
        rows=len(bars),
        stretches=int(bars.first.sum()),
        splits=bars.splits,
        across_sessions=bars.across_sessions,
        data_sha256=bars.sha256,
        weights_sha256=digest,
        losses=trained.losses,
        best=trained.best,
        parent=parent,
        outcomes=champions.outcomes if champions else (),
        judged_to=int(validation.time[-1]),
        libraries=_libraries(),
    )
    arrays = served_arrays(trained, bars, validation, champions)
    arrays["sessions"] = np.zeros((3, 0), np.int64) if sessions is None else sessions
    return models.save(card, lambda folder: _write(folder, trained, arrays))


def served_arrays(
    trained: Trained, bars: Bars, validation: Bars, champions: Champions | None = None
) -> dict[str, npt.NDArray[Any]]:
    """All that `ai.serving` needs of what was learned."""
    forecast = (champions or LSTM(trained=trained)).predict(validation)
    rows = trained.x.apply(features(bars))
    usual, moves = usual_moves(bars)
    return {
        **_learned(champions),
        **trained.weights.arrays(),
        "x_mean": trained.x.mean.astype(np.float32),
        "x_scale": trained.x.scale.astype(np.float32),
        "y_mean": trained.y.mean,
        "y_scale": trained.y.scale,
        "cone": cone(bars),
        "usual_moves": usual,
        "moves": moves,
        "novel_above": np.quantile(np.square(rows).mean(axis=1), _NOVEL),
        **{f"scores_{name}": scores(forecast, validation, name) for name in TOLD},
    }


def cone(bars: Bars, ahead: int = AHEAD) -> Floats:
    """Quantiles of the way of closes over 1 to `ahead` bars, (ahead, 5), in units of the volatility."""
    level, sigma = np.log(bars.close), scales(bars).sigma[1:]
    found = np.zeros((ahead, len(QUANTILES)))
    for n in range(1, ahead + 1):
        together = bars.session[n:] == bars.session[:-n]
        ways = ((level[n:] - level[:-n]) / sigma[:-n])[together]
        ways = ways[np.isfinite(ways)]
        # No stretch is so long: as a walk would go on.
        found[n - 1] = (
            np.quantile(ways, QUANTILES) if len(ways) else found[n - 2] * np.sqrt(n / max(n - 1, 1))
        )
    return np.maximum.accumulate(found, axis=1)


def scores(forecast: Forecast, bars: Bars, name: str) -> Floats:
    """By how much the last outcomes missed the outer quantiles, for `Conformal` to begin with."""
    target = NAMES.index(name)
    outer, conformal = forecast.quantiles[:-1, target][:, [0, -1]], Conformal()
    for (low, high), true in zip(outer.tolist(), encode(bars)[1:, target].tolist(), strict=True):
        conformal.observe(low, high, true)
    return np.array(conformal.scores[-SCORES:])


def _learned(champions: Champions | None) -> dict[str, npt.NDArray[Any]]:
    """What those know who speak beside the network."""
    found: dict[str, npt.NDArray[Any]] = {}
    for name, each in champions.speaking.items() if champions else ():
        if isinstance(each, Baseline):
            found |= {f"{name}/{key}": array for key, array in each.arrays.items()}
    return found


def _write(folder: Path, trained: Trained, arrays: dict[str, npt.NDArray[Any]]) -> None:
    np.savez(folder / SERVING, allow_pickle=False, **arrays)
    onnx_graph.save(trained.weights, trained.config.steps, folder / WINDOW)
    keras_model(trained.weights).save(folder / KERAS)
    scalers: Sequence[Scaler] = (trained.x, trained.y)
    for name, scaler in zip(SCALERS.values(), scalers, strict=True):
        extra("joblib").dump(scaler.as_dict(), folder / name)


def _libraries() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except ModuleNotFoundError:
            continue
    return found
