"""From bars to a served model, through every file on the way."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ai.artifacts import KERAS, SCALERS, WINDOW, Models
from ai.champions import CONTESTS
from ai.errors import DamagedModel, WrongModel
from ai.features import features
from ai.pipelines.train import split, train_on
from ai.scaling import Scaler
from ai.serving import Live, Model
from ai.utils import extra, keras
from tests.ai.learning.trained import SMALL
from tests.ai.markets import walk

BARS = walk(3_000, seed=3, phi=0.3)
QUICK = replace(SMALL, epochs=1)


def quiet(_: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    found = Models(tmp_path_factory.mktemp("models"))
    train_on(BARS, fresh=True, config=SMALL, models=found, say=quiet)
    return found


def test_a_window_means_the_same_to_keras_onnx_and_numpy(models: Models) -> None:
    model = Model.load(models, "SEED", "1m")
    x = model.scaled(features(BARS))[1000:1030]
    saved = keras().models.load_model(models.path(model.card, KERAS))
    theirs = saved.predict(x[None], verbose=0)[0, -1]
    assert np.abs(model.window(x) - theirs).max() <= 1e-6
    assert model.runtime is not None
    alone = Model(model.card, model.arrays)
    assert np.abs(alone.window(x) - theirs).max() <= 1e-6
    assert alone.runtime is None


def test_one_window_and_a_carried_state_forecast_alike(models: Models) -> None:
    model = Model.load(models, "SEED", "1m")
    one, other = Live(model, carried=False).begin(BARS), Live(model).begin(BARS)
    assert one.closes == pytest.approx(other.closes, rel=1e-7)


def test_scalers_are_dicts_of_arrays_and_nothing_changed_is_read(models: Models) -> None:
    card = models.card("SEED", "1m")
    saved = extra("joblib").load(models.root / "scalers/SEED_X.joblib")
    assert {name: type(each) for name, each in saved.items()} == {"mean": np.ndarray, "scale": np.ndarray}
    x, _ = models.scalers(card)
    assert np.array_equal(Scaler.of_features(features(BARS[: card.rows])).mean, x.mean)
    with pytest.raises(DamagedModel):
        models.scalers(msgspec.structs.replace(card, files=dict.fromkeys(SCALERS.values(), "0")))


def test_it_goes_on_from_the_current_model_and_refuses_another_source(models: Models) -> None:
    first, said = models.card("SEED", "1m"), list[str]()
    longer = walk(3_800, seed=3, phi=0.3)
    second = train_on(longer, config=SMALL, models=models, say=said.append)
    gone_on = any("the gone on network is kept" in line for line in said)
    assert gone_on or any("the fresh network is kept" in line for line in said)
    assert second.parent == (first.version if gone_on else "")
    assert models.card("SEED", "1m") == second
    assert len(models.versions("SEED", "1m")) == 2
    other = replace(longer, meta=msgspec.structs.replace(longer.meta, source="ib"))
    with pytest.raises(WrongModel, match="source"):
        train_on(other, config=SMALL, models=models, say=quiet)


def test_who_speaks_was_judged_by_bars_that_nobody_chose_by(models: Models) -> None:
    card = models.card("SEED", "1m", models.versions("SEED", "1m")[0])
    assert set(card.champions) == set(CONTESTS)
    found = {each.target: each for each in card.outcomes}["close"]
    # Half of the last 15 %, less the window between, and the last bar, which nothing follows.
    assert found.rows == (450 - 30) // 2 - 1
    assert (found.trials, found.proven) == (4, True)
    live = Live(Model.load(models, "SEED", "1m", card.version))
    assert live.begin(BARS).close > 0


def test_the_second_on_the_same_bars_has_to_show_more(tmp_path: Path) -> None:
    found = Models(tmp_path)
    for seed in (1, 2):
        card = train_on(BARS, fresh=True, config=QUICK, seed=seed, models=found, say=quiet)
    assert {each.trials for each in card.outcomes} == {8}


def test_what_chooses_has_not_been_learned_from() -> None:
    learn, judge = split(BARS, 30)
    assert judge.time[0] - learn.time[-1] == 31 * (BARS.time[1] - BARS.time[0])
    later = split(BARS, 30, after=int(BARS.time[2_700]))
    assert later[0].time[-1] == BARS.time[2_700]


def test_the_card_says_what_the_model_comes_from(models: Models) -> None:
    card = models.card("SEED", "1m", models.versions("SEED", "1m")[0])
    assert card.data_sha256 == BARS[: card.rows].sha256
    assert card.version.endswith(card.weights_sha256[:8])
    assert {KERAS, WINDOW, *SCALERS.values()} < set(card.files)
    assert Path(models.folder(card) / KERAS).is_file()
