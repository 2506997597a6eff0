"""What shows that a pipeline knows what it cannot know: probes that need to know nothing of how it works.

A pipeline is anything from bars to forecasts of the next return. Four probes and one look at the data:

* *later bars*: nothing that was said or shown up to a bar may change when the bars after it do;
* *placebo*: where each bar went up or down by the toss of a coin, no forecast of the direction has skill;
* *jump*: within a stretch nothing may change when all prices from its first bar on are multiplied;
* *numbers*: whatever is said is a number, also where bars without volume stand between the others;
* *data*: rows of mixed sizes, of two clocks or of two price scales are refused or cut (`ai.checks`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ai.data import Bars
from ai.evaluation.scores import skill
from ai.evaluation.significance import better
from ai.meta import Floats, Ints

TOLERANCE = 1e-6
"""Of the standard deviation: what arithmetic in another order may change."""
LEAST_SKILL = 0.001
GROW = (1.6, 10.0, 0.5, 10.0)
"""Moves after a cut are multiplied by one of these: also beyond the largest that ever was."""
PLACEBOS = 3
_SURE = 0.01
_IDLE_SHARE = 0.02


@dataclass(frozen=True)
class Run:
    """What a pipeline said of the bars it was given.

    `row` (M,) are rows of the bars, ascending; `forecast` (M,) was made at the close of each; `features`
    (M, F) is what it was made from. `loss` and `baseline` (M,) are what it claims: how wrong it was, and how
    wrong one would have been without it.
    """

    row: Ints
    forecast: Floats
    features: Floats
    loss: Floats
    baseline: Floats


Pipeline = Callable[[Bars], Run]


@dataclass(frozen=True)
class Finding:
    """A probe that a pipeline did not pass, and what was seen."""

    probe: str
    text: str


def audit(pipeline: Pipeline, bars: Bars, seed: int = 0) -> list[Finding]:
    """What is wrong with a pipeline on these bars, empty for nothing. Runs it ten times."""
    said = pipeline(bars)
    probes = (_later_bars, _placebo, _jump, _numbers)
    return [found for probe in probes if (found := probe(pipeline, bars, said, seed))]


def _later_bars(pipeline: Pipeline, bars: Bars, said: Run, seed: int) -> Finding | None:
    # Rows far apart, each one more on than a fraction of the span: no two at the same place of a coarser bar.
    for number, place in enumerate(np.linspace(0.1, 0.8, len(GROW))):
        cut = int(said.row[int(place * len(said.row))]) + number
        changed = _redrawn(bars, cut + 1, np.random.default_rng([seed, number]), GROW[number])
        found = _difference(said, pipeline(changed), said.row <= cut)
        if found:
            return Finding("later bars", f"bars after row {cut} changed {found}")
    return None


def _placebo(pipeline: Pipeline, bars: Bars, said: Run, seed: int) -> Finding | None:
    """Skill above `LEAST_SKILL`, and no luck, in each of a few placebos is none of the market's."""
    least = np.inf
    for number in range(PLACEBOS):
        run = pipeline(_redrawn(bars, 0, np.random.default_rng([seed, 100 + number]), 1.0))
        if not np.isfinite(run.loss).all():
            return None
        claimed = skill(run.loss, run.baseline).value
        if not claimed > LEAST_SKILL or better(run.loss, run.baseline) > _SURE:
            return None
        least = min(least, claimed)
    return Finding("placebo", f"it claims a skill of {least:.3f} where up and down are the toss of a coin")


def _jump(pipeline: Pipeline, bars: Bars, said: Run, seed: int) -> Finding | None:
    starts = np.flatnonzero(bars.first)[1:]
    if not len(starts):
        return None
    factor: Floats = np.ones(len(bars))
    # Small enough to be no split, and not the same twice.
    factor[starts] = np.exp(np.random.default_rng([seed, 200]).uniform(-0.2, 0.2, len(starts)))
    factor = np.asarray(np.cumprod(factor))
    open_, high, low, close = (each * factor for each in (bars.open, bars.high, bars.low, bars.close))
    jumped = replace(bars, open=open_, high=high, low=low, close=close)
    found = _difference(said, pipeline(jumped), np.ones(len(said.row), bool), 1e-3)
    return Finding("jump", f"prices that jump between sessions changed {found}") if found else None


def _numbers(pipeline: Pipeline, bars: Bars, said: Run, seed: int) -> Finding | None:
    idle = np.random.default_rng([seed, 300]).random(len(bars)) < _IDLE_SHARE
    run = pipeline(replace(bars, volume=np.where(idle, 0.0, bars.volume)))
    wrong = ~np.isfinite(run.forecast) | ~np.isfinite(run.features).all(axis=1)
    if not wrong.any():
        return None
    return Finding(
        "numbers", f"the forecast of row {run.row[wrong][0]} is no number; a bar before it has no volume"
    )


def _difference(
    one: Run, other: Run, rows: npt.NDArray[np.bool_], tolerance: float = TOLERANCE
) -> str | None:
    """Which of the chosen rows of `one` the other does not say alike, in words."""
    common, here, there = np.intersect1d(one.row[rows], other.row, return_indices=True)
    if len(common) < rows.sum():
        return f"whether anything is said of {int(rows.sum()) - len(common)} rows before"
    for what in ("features", "forecast"):
        first, second = getattr(one, what)[rows][here], getattr(other, what)[there]
        known = np.where(np.isfinite(first), first, 0.0)
        scale = known.std(axis=0) + 1e-300
        differs = ~np.isclose(first / scale, second / scale, rtol=tolerance, atol=tolerance, equal_nan=True)
        wrong = differs.any(axis=1) if differs.ndim > 1 else differs
        if wrong.any():
            return f"the {what} of row {common[wrong][0]}"
    return None


def _redrawn(bars: Bars, start: int, random: np.random.Generator, grow: float) -> Bars:
    """The bars with those from `start` on made anew: each mirrored or not by a coin, moves times `grow`.

    Volatility, volume and the day's pattern stay as they were where `grow` is 1.
    """
    if start >= len(bars):
        return bars
    part = bars[start:]
    before = np.concatenate([[bars.close[start - 1] if start else bars.open[0]], part.close[:-1]])
    sign = random.choice([-1.0, 1.0], len(part)) * grow
    gap, body = sign * np.log(part.open / before), sign * np.log(part.close / part.open)
    top, bottom = np.maximum(part.open, part.close), np.minimum(part.open, part.close)
    above, below = grow * np.log(part.high / top), grow * np.log(bottom / part.low)
    above, below = np.where(sign > 0, above, below), np.where(sign > 0, below, above)
    closes = np.log(before[0]) + np.cumsum(gap + body)
    opens = closes - body
    highs, lows = np.maximum(opens, closes) + above, np.minimum(opens, closes) - below
    fresh = [np.exp(each) for each in (opens, highs, lows, closes)] + [part.volume * grow]
    names = ("open", "high", "low", "close", "volume")
    open_, high, low, close, volume = (
        np.concatenate([getattr(bars, name)[:start], values])
        for name, values in zip(names, fresh, strict=True)
    )
    return replace(bars, open=open_, high=high, low=low, close=close, volume=volume)
