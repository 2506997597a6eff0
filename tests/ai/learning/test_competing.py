"""The network among those that compete: judged as they are, probed for leaks as they are."""

import pytest

from ai.contestants import contestants
from ai.evaluation.split import WalkForward
from ai.lstm import LSTM
from ai.pipelines.audit import network, pipeline_of
from ai.pipelines.eval import evaluate_bars, proof
from ai.probes import audit
from ai.training import Config
from tests.ai.markets import walk

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
