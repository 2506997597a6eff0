"""Everybody trained and tested, fold after fold, and what they said of each row."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ai.champions import Champions, Contestants, Outcome, losses
from ai.data import Bars
from ai.evaluation.split import WalkForward
from ai.forecaster import Forecast
from ai.meta import Floats, Ints
from ai.targets import encode, scales

SERVED = "served"
"""The name under which the champions' joint forecast stands beside those of each contestant."""
CONTEXT = 2000
"""Bars before a test that are shown with it; averages have forgotten by then what lies further back."""


@dataclass(frozen=True)
class Walked:
    """The M rows of all tests, in order.

    `row` (M,) are rows of the bars whose values were forecast one bar before, `actual` (M, 7) their targets,
    `sigma` (M,) what those are multiples of. `said` and `factors` are by forecaster; a factor, (M,), makes a
    variance of a squared width. `outcomes` are those of each fold, `seconds` what a fold took.
    """

    row: Ints
    actual: Floats
    sigma: Floats
    said: dict[str, Forecast]
    factors: dict[str, Floats]
    outcomes: tuple[tuple[Outcome, ...], ...]
    seconds: tuple[float, ...]

    def loss(self, name: str, target: str) -> Floats:
        """(M,): squared errors of log returns, lengths and volumes; QLIKE of the volatility."""
        lost = losses(target, self.actual, self.said[name], self.factors[name])
        return lost * self.sigma**2 if target in ("gap", "body", "close") else lost


def walk(
    bars: Bars, contestants: Contestants, split: WalkForward, seed: int, say: Callable[[str], None]
) -> Walked:
    """Train and test on each fold; raise `UnusableBars` or `BadRequest` where there are too few bars."""
    folds = split.split(len(bars))
    parts = []
    for number, fold in enumerate(folds, 1):
        began = time.process_time()
        champions = Champions(contestants)
        champions.fit(bars[fold.train], bars[fold.validation], seed)
        start = max(0, fold.test.start - CONTEXT)
        known = np.arange(fold.test.start - 1, fold.test.stop - 1) - start
        seen = bars[start : fold.test.stop]
        said = {name: each.predict(seen).at(known) for name, each in champions.fitted.items()}
        parts.append((champions, said | {SERVED: champions.compose(said)}, time.process_time() - began))
        say(f"tested {number} of {len(folds)}")
    return _joined(bars, [range(len(bars))[fold.test] for fold in folds], parts)


def _joined(
    bars: Bars, tests: list[range], parts: list[tuple[Champions, dict[str, Forecast], float]]
) -> Walked:
    row = np.concatenate([np.asarray(test) for test in tests])
    said = {
        name: Forecast(
            np.concatenate([each[name].mean for _, each, _ in parts]),
            np.concatenate([each[name].quantiles for _, each, _ in parts]),
        )
        for name in parts[0][1]
    }
    factors = {
        name: np.concatenate(
            [
                np.full(len(test), champions.factor(name))
                for test, (champions, _, _) in zip(tests, parts, strict=True)
            ]
        )
        for name in said
    }
    return Walked(
        row=row,
        actual=encode(bars)[row],
        sigma=scales(bars).sigma[row],
        said=said,
        factors=factors,
        outcomes=tuple(champions.outcomes for champions, _, _ in parts),
        seconds=tuple(seconds for _, _, seconds in parts),
    )
