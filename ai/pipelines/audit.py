"""The leak guard on a user's own bars: recipes have to pass, and leaks that are put in have to be caught."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ai.baselines.units import CLOSE
from ai.champions import Factory
from ai.contestants import contestants
from ai.data import Bars
from ai.forecaster import Forecaster
from ai.leaks import self_test
from ai.meta import Ints
from ai.probes import Finding, Pipeline, Run, audit
from ai.targets import encode, scales

TRAIN, VALIDATION, APART = 0.5, 0.7, 90


@dataclass(frozen=True)
class Audit:
    """What the guard found in each recipe, and what it said of each leak that was put in."""

    recipes: dict[str, list[Finding]]
    leaks: dict[str, list[Finding]]

    @property
    def clean(self) -> bool:
        """Nothing was found in the recipes, and every leak was."""
        return not any(self.recipes.values()) and all(self.leaks.values())


def audit_bars(
    bars: Bars, say: Callable[[str], None] = lambda _: None, *, seed: int = 0, quick: bool = False
) -> Audit:
    """Probe every recipe on these bars, unless `quick` the network too; then the guard itself."""
    recipes = {}
    for name, make in contestants().learned.items():
        recipes[name] = audit(pipeline_of(make), bars, seed)
        say(f"probed {name}")
    if not quick and importlib.util.find_spec("tensorflow"):
        recipes["lstm"] = audit(pipeline_of(network, once=True), bars, seed)
        say("probed lstm")
    found = self_test(bars, seed)
    say(f"put in {len(found)} leaks")
    return Audit(recipes, found)


def pipeline_of(make: Factory, once: bool = False) -> Pipeline:
    """From bars to forecasts of the last rows by what learned from the first.

    `once` keeps what the first bars taught it: then what predicts is probed, not what learns.
    """
    kept: list[Forecaster] = []

    def run(bars: Bars) -> Run:
        # The least volatility is told in ticks, so prices that jump would change it.
        bars = replace(bars, tick=1e-12)
        train, rest = int(TRAIN * len(bars)), int(VALIDATION * len(bars))
        forecaster = kept[0] if kept else make()
        if not kept:
            forecaster.fit(bars[: train - APART], bars[train : rest - APART], 0)
        if once and not kept:
            kept.append(forecaster)
        return _said(bars, forecaster, np.arange(rest, len(bars) - 1))

    return run


def _said(bars: Bars, forecaster: Forecaster, rows: Ints) -> Run:
    forecast = forecaster.predict(bars)
    actual, sigma = encode(bars)[rows + 1, CLOSE], scales(bars).sigma[rows + 1]
    rows_known = np.isfinite(actual) & np.isfinite(forecast.mean[rows, CLOSE])
    rows, actual, sigma = rows[rows_known], actual[rows_known] * sigma[rows_known], sigma[rows_known]
    said = forecast.at(rows)
    table = np.concatenate([said.mean, said.quantiles.reshape(len(rows), -1)], axis=1)
    # Bars without volume, as MIDPOINT's, have no forecast of it anywhere.
    table[:, np.isnan(table).all(axis=0)] = 0
    close = said.mean[:, CLOSE] * sigma
    return Run(rows, close, table, (actual - close) ** 2, actual**2)


def network() -> Forecaster:
    """The network after a single epoch: what it has seen matters here, not how well it has learned."""
    from ai.lstm import LSTM
    from ai.training import Config

    return LSTM(Config(epochs=1))
