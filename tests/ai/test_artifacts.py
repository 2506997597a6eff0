"""What is loaded is what was saved, and of what is asked for."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ai.artifacts import CARD, SERVING, Models, check_fits
from ai.data import Bars
from ai.errors import DamagedModel, NoModel, OldModel, WrongModel
from ai.serving import Live, Model
from tests.ai.made import card, saved
from tests.ai.markets import walk


def test_a_saved_model_is_the_current_one_and_comes_back(tmp_path: Path) -> None:
    bars = walk(100)
    models, first = saved(tmp_path, bars)
    _, second = saved(tmp_path, bars, "v2")
    assert models.card("SEED", "1m") == second
    assert models.card("SEED", "1m", "v1") == first
    assert models.versions("SEED", "1m") == ["v1", "v2"]
    assert np.array_equal(models.arrays(second)["cone"], Model.load(models, "SEED", "1m").arrays["cone"])


def test_the_names_without_version_follow_the_current_model(tmp_path: Path) -> None:
    _, second = saved(tmp_path, walk(100)), saved(tmp_path, walk(100), "v2")[1]
    named = {tmp_path / "price_predictor.keras", *(tmp_path / f"scalers/SEED_{n}.joblib" for n in "XY")}
    assert {path.readlink().parts[-2] for path in named} == {second.version}


def test_without_a_model_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match="run train RHM --barSize 5m"):
        Models(tmp_path).card("RHM", "5m")


def test_a_changed_file_is_not_loaded(tmp_path: Path) -> None:
    models, card = saved(tmp_path, walk(100))
    path = models.folder(card) / SERVING
    path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(DamagedModel, match="not the file"):
        models.arrays(card)


def test_a_failed_save_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / SERVING).touch()
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        Models(tmp_path).save(card(walk(100)), fail)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("field", "value"), [("symbol", "TSLA"), ("size", "5m"), ("source", "ib"), ("contract_id", 9)]
)
def test_a_model_of_something_else_is_refused(field: str, value: object) -> None:
    bars = walk(100)
    other = msgspec.structs.replace(bars.meta, **{field: value})
    with pytest.raises(WrongModel, match=field.replace("_", " ")):
        check_fits(card(bars), other)


def test_the_name_of_a_ticker_is_no_way_out_of_the_folder(tmp_path: Path) -> None:
    bars = walk(100)
    odd: Bars = replace(bars, meta=msgspec.structs.replace(bars.meta, symbol="../../EUR.USD"))
    models, made = saved(tmp_path / "models", odd)
    assert models.folder(made).resolve().is_relative_to((tmp_path / "models").resolve())


def test_live_refuses_bars_of_another_size(tmp_path: Path) -> None:
    models, _ = saved(tmp_path, walk(100))
    bars = walk(100)
    other = replace(bars, meta=msgspec.structs.replace(bars.meta, size="5m"))
    with pytest.raises(WrongModel):
        Live(Model.load(models, "SEED", "1m")).begin(other)


def test_a_model_of_an_older_format_asks_to_be_trained_again(tmp_path: Path) -> None:
    models, card = saved(tmp_path, walk(100))
    path = models.folder(card) / CARD
    known = msgspec.json.decode(path.read_bytes())
    del known["format"], known["meta"]
    path.write_bytes(msgspec.json.encode(known))
    with pytest.raises(OldModel, match=r"format 1, and this program reads 2.*\./run train SEED --barSize 1m"):
        Model.load(models, "SEED", "1m")
    assert models.cards("SEED", "1m") == []
