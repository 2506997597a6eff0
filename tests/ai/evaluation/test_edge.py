"""The gain of a forecast beside what trading on it costs."""

import numpy as np
import pytest

from ai.evaluation.edge import Costs, edge

FREE = Costs(0.0, 0.0)


def test_a_forecast_of_nothing_trades_nothing() -> None:
    found = edge(np.full(50, 0.001), np.zeros(50), Costs(1.0, 1.0))
    assert (found.gross, found.turnover, found.net, found.pays) == (0, 0, 0, False)


def test_turning_round_at_each_bar_pays_the_costs_twice() -> None:
    actual = 0.001 * np.tile([1.0, -1.0], 500)
    found = edge(actual, actual, Costs(half_spread=1.5, commission=0.5))
    assert found.gross == pytest.approx(10.0)
    assert found.turnover == pytest.approx(2.0, abs=0.01)
    assert found.net == pytest.approx(10.0 - 2 * 2.0, abs=0.01)
    assert found.pays


def test_an_edge_smaller_than_its_costs_does_not_pay() -> None:
    rng = np.random.default_rng(0)
    actual = 1e-4 * rng.standard_normal(5000)
    forecast = actual + 3e-4 * rng.standard_normal(5000)
    assert edge(actual, forecast, FREE).pays
    assert not edge(actual, forecast, Costs(1.0, 0.5)).pays


def test_an_edge_that_may_be_luck_does_not_pay() -> None:
    rng = np.random.default_rng(1)
    assert not edge(rng.standard_normal(500), rng.standard_normal(500), FREE).pays
