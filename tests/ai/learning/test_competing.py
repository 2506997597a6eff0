"""The network among those that compete: judged as they are, probed for leaks as they are."""

from pathlib import Path

import pytest

from ai.artifacts import Models
from ai.contestants import contestants
from ai.evaluation.split import WalkForward
from ai.lstm import LSTM
from ai.pipelines.audit import network, pipeline_of
from ai.pipelines.eval import evaluate_bars, evaluate_price_model, promote, proof
from ai.pipelines.train import run_price_training
from ai.probes import audit
from ai.training import Config
from config.settings import Settings
from data_processing.timeseries_db import TimeseriesDB
from tests.ai.markets import walk
from tests.ai.test_sources import RHM, SOURCE, bar

CONFIG = Config(steps=30, epochs=8, rate=3e-3)


def test_an_autoregression_is_found_by_what_learns_and_by_the_network() -> None:
    competing = contestants(lstm=lambda: LSTM(CONFIG))
    found = evaluate_bars(walk(12_000, seed=3, phi=0.3), competing, split=WalkForward(folds=1))
    close = found.report.of("close")
    assert found.report.has_edge
    assert close.against_persistence.value == pytest.approx(0.09, abs=0.02)
    assert set(close.served) <= {"ridge", "dlinear", "lstm"}
    assert "close" in proof(found.tested)
    assert found.report.of("range").rows == close.rows


def test_nothing_that_the_network_says_knows_later_bars() -> None:
    assert audit(pipeline_of(network, once=True), walk(3000, seed=4)) == []


def test_a_stored_models_card_carries_its_proof(tmp_path: Path) -> None:
    bars = walk(12_000, seed=3, phi=0.3)
    with TimeseriesDB.open(tmp_path, SOURCE, write=True) as db:
        db.put_instruments([RHM])
        db.upsert_bars([bar(bars, n) for n in range(len(bars))])
    settings, models = Settings(data_dir=tmp_path), Models(tmp_path / "models")
    run_price_training(settings, "RHM", fresh=True, config=CONFIG, models=models, say=lambda _: None)
    found = evaluate_price_model(settings, "RHM", models=models, split=WalkForward(folds=1))
    card = models.card("RHM", "1m")
    assert card.proved
    assert card.champions["close"] in {"ridge", "dlinear", "lstm"}
    assert card.metrics["proof"]["close"] < 0.05
    assert card.metrics["tried"] == 1
    assert found.report.latency_ms
    assert promote(models, "RHM", "1m").version == card.version
