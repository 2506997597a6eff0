"""Evaluating what a store has, the exit codes that follow, and what it takes to serve."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ai.champions import CONTESTS, Outcome
from ai.errors import NoModel, NotProved, WrongModel
from ai.evaluation.split import WalkForward
from ai.evaluation.walk import Walked
from ai.forecaster import Forecast
from ai.pipelines.audit import audit_bars
from ai.pipelines.eval import evaluate_price_model, promote, proof, usual_costs
from config.settings import Settings
from data_processing.timeseries_db import TimeseriesDB
from market.errors import BadRequest
from tests.ai.made import saved
from tests.ai.markets import walk
from tests.ai.test_sources import RHM, SOURCE, bar

pytest.importorskip("sklearn")
pytest.importorskip("statsmodels")
SPLIT = WalkForward(folds=1, purge=20, embargo=10)
COUNT = 2200


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("data")
    made = walk(COUNT, seed=8)
    with TimeseriesDB.open(folder, SOURCE, write=True) as db:
        db.put_instruments([RHM])
        db.upsert_bars([bar(made, n) for n in range(COUNT)])
    return Settings(data_dir=folder)


def test_a_stored_random_walk_has_no_edge_and_the_command_exits_with_nine(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from cli.app import main

    arguments = ["--data-dir", str(settings.data_dir), "--log-dir", str(tmp_path / "logs")]
    done = main(["evaluate", "RHM", "--quick", "--folds", "1", "--out", str(tmp_path), "--json", *arguments])
    told = msgspec.json.decode(capsys.readouterr().out)
    assert done == 9
    assert told == msgspec.json.decode((tmp_path / "evaluation.json").read_bytes())
    assert {each["target"] for each in told["targets"]} == set(CONTESTS)
    assert "no edge over persistence" in (tmp_path / "evaluation.html").read_text()


def test_the_card_is_told_and_proves_nothing_without_the_network(settings: Settings, tmp_path: Path) -> None:
    from ai.data import Bars

    bars = Bars.from_store(settings, "RHM", "1m")
    models, _ = saved(tmp_path, bars)
    found = evaluate_price_model(settings, "RHM", models=models, split=SPLIT, network=False)
    card = models.card("RHM", "1m")
    assert card.metrics["evaluation"]["data_sha256"] == bars.sha256 == found.report.data_sha256
    assert card.metrics["evaluation"]["latency_ms"] > 0
    assert not card.proved
    assert "proof" not in card.metrics
    assert found.report.purge == card.steps
    with pytest.raises(NotProved, match="version v1 learned has been shown to be better") as refused:
        promote(models, "RHM", "1m")
    assert refused.value.exit_code == 9


def test_a_model_of_another_source_is_refused(settings: Settings, tmp_path: Path) -> None:
    from ai.data import Bars

    bars = Bars.from_store(settings, "RHM", "1m")
    other = replace(bars, meta=msgspec.structs.replace(bars.meta, source="ib"))
    models, _ = saved(tmp_path, other)
    with pytest.raises(WrongModel, match="was made of source 'ib'"):
        evaluate_price_model(settings, "RHM", models=models, split=SPLIT, network=False)


def test_a_version_with_proof_serves(settings: Settings, tmp_path: Path) -> None:
    models, card = saved(tmp_path, walk(100))
    saved(tmp_path, walk(100), version="v2")
    proven = Outcome(
        target="range",
        winner="lstm",
        baseline="har",
        challenger="lstm",
        probability=0.01,
        trials=4,
        rows=99,
        losses={},
    )
    models.update(msgspec.structs.replace(card, outcomes=(proven,)))
    assert models.card("SEED", "1m").version == "v2"
    assert promote(models, "SEED", "1m", "v1").version == models.card("SEED", "1m").version == "v1"


def test_what_was_never_trained_cannot_serve(tmp_path: Path) -> None:
    from ai.artifacts import Models

    with pytest.raises(NoModel, match="train"):
        promote(Models(tmp_path), "SEED", "1m")


def test_an_unknown_ticker_or_too_few_folds_are_one_line(settings: Settings) -> None:
    with pytest.raises(BadRequest, match="bars are too few"):
        evaluate_price_model(settings, "RHM", split=WalkForward(folds=2000), network=False)


def judged(lead: float) -> Walked:
    """Rows on which "lstm" is nearer to the truth than persistence by `lead` of the way."""
    rng = np.random.default_rng(2)
    actual = rng.standard_normal((400, 7))
    names = ("persistence", "ewma", "har", "same minute", "lstm")
    quantiles = np.tile([-1.6, -0.7, 0.0, 0.7, 1.6], (400, 7, 1))
    said = {name: Forecast(np.zeros((400, 7)), quantiles) for name in names}
    said["lstm"] = Forecast(lead * actual, quantiles)
    ones = np.ones(400)
    return Walked(np.arange(400), actual, ones, said, dict.fromkeys(names, ones), (), ())


def test_proof_is_a_lead_that_is_no_luck() -> None:
    assert set(proof(judged(0.3))) == set(CONTESTS) - {"volatility"}
    assert proof(judged(0.0)) == {}
    assert proof(judged(0.3), "absent") == {}
    one, three = proof(judged(0.3)), proof(judged(0.3), tried=3)
    assert three["close"] == pytest.approx(3 * one["close"])


def test_costs_are_half_a_tick_in_basis_points() -> None:
    bars = walk(50)
    assert usual_costs(bars).half_spread == pytest.approx(0.5 * bars.tick / np.median(bars.close) * 1e4)


def test_the_recipes_pass_the_audit_and_every_leak_is_caught() -> None:
    found = audit_bars(walk(1800, seed=5), quick=True)
    assert found.recipes == {"ridge": [], "dlinear": [], "boosting": []}
    assert found.clean, found
