"""A model made without training: weights drawn by a seed, everything else as training would leave it."""

from pathlib import Path

import numpy as np

from ai.artifacts import SERVING, Card, Models
from ai.data import Bars
from ai.features import COLUMNS
from ai.head import OUTPUTS, first_bias
from ai.outlook import TOLD
from ai.recurrent import Singles, Weights
from ai.serving import Model
from tests.ai.markets import walk


def weights(seed: int = 1, units: int = 16) -> Weights:
    random = np.random.default_rng(seed)

    def draw(*shape: int) -> Singles:
        return np.asarray(random.normal(0, 0.3, shape), np.float32)

    inputs = len(COLUMNS)
    return Weights(
        draw(inputs, 4 * units),
        draw(units, 4 * units),
        draw(4 * units),
        draw(units, 4 * units),
        draw(units, 4 * units),
        draw(4 * units),
        draw(units + inputs, OUTPUTS) / np.float32(4),
        first_bias().astype(np.float32),
    )


def arrays(seed: int = 1) -> dict[str, np.ndarray]:
    cone = np.outer(np.sqrt(np.arange(1, 6)), [-1.64, -0.67, 0, 0.67, 1.64])
    return {
        **weights(seed).arrays(),
        "x_mean": np.zeros(len(COLUMNS), np.float32),
        "x_scale": np.ones(len(COLUMNS), np.float32),
        "y_mean": np.array([0, 0, -1.0, -1.0, 0, 0, 0.2]),
        "y_scale": np.array([0.2, 1, 0.7, 0.7, 0.5, 1, 0.5]),
        "cone": cone,
        "usual_moves": np.full(1440, 5e-4),
        "moves": np.abs(np.random.default_rng(1).standard_normal(1001)),
        "novel_above": np.array(8.0),
        "sessions": np.zeros((3, 0), np.int64),
        **{f"scores_{name}": np.linspace(-0.5, 0.2, 200) for name in TOLD},
    }


def card(bars: Bars, version: str = "v1", **more: object) -> Card:
    known = {
        "version": version,
        "meta": bars.meta,
        "tick": bars.tick,
        "steps": 30,
        "score": 20,
        "trainer": "sequence",
        "seed": 1,
        "made": 1,
        "first": int(bars.time[0]),
        "last": int(bars.time[-1]),
        "rows": len(bars),
        "stretches": 1,
        "splits": 0,
        "data_sha256": "",
        "weights_sha256": "",
        "losses": (1.0,),
        "best": 0,
    }
    return Card(**known | more)  # type: ignore[arg-type]  # a test's own fields


def model(bars: Bars | None = None) -> Model:
    return Model(card(bars or walk(100)), arrays())


def saved(root: Path, bars: Bars, version: str = "v1") -> tuple[Models, Card]:
    models = Models(root)
    return models, models.save(
        card(bars, version), lambda folder: np.savez(folder / SERVING, allow_pickle=False, **arrays())
    )
