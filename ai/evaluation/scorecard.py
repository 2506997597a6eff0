"""The truth about a walk-forward evaluation, as figures that stand for themselves."""

import platform
from importlib import metadata
from typing import Any

import msgspec
import numpy as np

from ai.baselines.simple import SIMPLE
from ai.baselines.units import CLOSE, RANGE, VOLUME
from ai.champions import CONTESTS, LEVEL, Outcome, volatility
from ai.conformal import calibrated
from ai.data import Bars
from ai.evaluation.coverage import Coverage, coverage
from ai.evaluation.edge import Costs, Edge, edge
from ai.evaluation.scores import Direction, Estimate, direction, pinball, skill
from ai.evaluation.significance import better
from ai.evaluation.walk import SERVED, Walked
from ai.forecaster import MEDIAN, QUANTILES
from ai.meta import Floats, Meta

LIBRARIES = ("keras", "numpy", "scikit-learn", "scipy", "statsmodels", "tensorflow-cpu")
NOT_TOLD = (
    "whether this ticker was chosen because it rose (survivorship): no data of its own can tell",
    "whether the future is like the tested past",
)


class Skill(msgspec.Struct, frozen=True, kw_only=True):
    """Against `other`: 1 minus the ratio of mean losses, its 95 % interval, and the chance of it by luck."""

    other: str
    value: float
    low: float
    high: float
    probability: float

    @property
    def proven(self) -> bool:
        """Better than the other, and not by luck (one-sided, 5 %)."""
        return self.value > 0 and self.probability < LEVEL


class TargetScore(msgspec.Struct, frozen=True, kw_only=True):
    """One target on all tested rows: what served, against the last value and against the best simple one."""

    target: str
    served: dict[str, int]
    rows: int
    against_persistence: Skill
    against_simple: Skill
    losses: dict[str, float]


class IntervalScore(msgspec.Struct, frozen=True, kw_only=True):
    """The 90 % interval of a target after conformal adaptation; `pinball` losses by level, before it."""

    target: str
    coverage: Coverage
    pinball: dict[str, float]
    against_persistence: Skill


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation: what was tested, how, and how it came out. Times are UTC nanoseconds."""

    meta: Meta
    data_sha256: str
    first: int
    last: int
    bars: int
    stretches: int
    splits: int
    idle: int
    tested: int
    folds: int
    purge: int
    embargo: int
    seed: int
    trials: int
    seconds: tuple[float, ...]
    targets: tuple[TargetScore, ...]
    intervals: tuple[IntervalScore, ...]
    direction: Direction
    edge: Edge
    outcomes: tuple[tuple[Outcome, ...], ...]
    versions: dict[str, str]
    not_told: tuple[str, ...] = NOT_TOLD
    latency_ms: float | None = None

    def of(self, target: str) -> TargetScore:
        """The score of one target; `KeyError` when it was not tested."""
        return {each.target: each for each in self.targets}[target]

    @property
    def has_edge(self) -> bool:
        """Whether the next close is forecast better than by the last one."""
        return self.of("close").against_persistence.proven

    @property
    def learned(self) -> tuple[str, ...]:
        """Targets that what serves forecasts better than the best simple baseline."""
        return tuple(each.target for each in self.targets if each.against_simple.proven)

    @property
    def verdict(self) -> str:
        """One line."""
        close = self.of("close").against_persistence
        figure = f"skill {close.value:+.4f} [{close.low:+.4f}, {close.high:+.4f}], p {close.probability:.2g}"
        direction = f"close: {'edge' if self.has_edge else 'no edge'} over persistence ({figure})"
        others = [each for each in self.learned if each not in ("close", "gap", "body")]
        return f"{direction}; better than every simple baseline: {', '.join(others) or 'nothing'}"


def report(bars: Bars, tested: Walked, costs: Costs, seed: int, purge: int, embargo: int) -> Report:
    """Score everything that was tested."""
    close = np.nan_to_num(tested.actual[:, CLOSE]) * tested.sigma
    said = np.nan_to_num(tested.said[SERVED].mean[:, CLOSE]) * tested.sigma
    return Report(
        meta=bars.meta,
        data_sha256=bars.sha256,
        first=int(bars.time[0]),
        last=int(bars.time[-1]),
        bars=len(bars),
        stretches=int(bars.first.sum()),
        splits=bars.splits,
        idle=int(bars.idle.sum()),
        tested=len(tested.row),
        folds=len(tested.outcomes),
        purge=purge,
        embargo=embargo,
        seed=seed,
        trials=sum(each.trials for fold in tested.outcomes for each in fold),
        seconds=tested.seconds,
        targets=tuple(found for target in CONTESTS if (found := _target(tested, target))),
        intervals=tuple(each for column in (CLOSE, RANGE, VOLUME) if (each := _interval(tested, column))),
        direction=direction(close, said),
        edge=edge(close, said, costs),
        outcomes=tested.outcomes,
        versions=_versions(),
    )


def _target(tested: Walked, target: str) -> TargetScore | None:
    lost = {name: tested.loss(name, target) for name in tested.said}
    # A forecaster without any word on a target, as of a MIDPOINT's volume, is no part of it.
    lost = {name: loss for name, loss in lost.items() if np.isfinite(loss).any()}
    if SERVED not in lost:
        return None
    rows = np.isfinite(np.stack(list(lost.values()))).all(axis=0)
    lost = {name: loss[rows] for name, loss in lost.items()}
    simple = [each.name for each in SIMPLE if each.name in lost]
    best = min(simple, key=lambda name: float(lost[name].mean()))
    winners = [outcome.winner for fold in tested.outcomes for outcome in fold if outcome.target == target]
    return TargetScore(
        target=target,
        served={name: winners.count(name) for name in sorted(set(winners))},
        rows=int(rows.sum()),
        against_persistence=_skill(lost[SERVED], lost["persistence"], "persistence"),
        against_simple=_skill(lost[SERVED], lost[best], best),
        losses={name: float(loss.mean()) for name, loss in lost.items()},
    )


def _skill(loss: Floats, other: Floats, name: str) -> Skill:
    found: Estimate = skill(loss, other)
    return Skill(
        other=name, value=found.value, low=found.low, high=found.high, probability=better(loss, other)
    )


def _interval(tested: Walked, column: int) -> IntervalScore | None:
    served, plain = tested.said[SERVED], tested.said["persistence"]
    target, actual = CONTESTS[column], tested.actual[:, column]
    known = np.isfinite(actual) & np.isfinite(served.quantiles[:, column]).all(axis=1)
    known &= np.isfinite(plain.quantiles[:, column]).all(axis=1)
    if not known.any():
        return None
    low, high = calibrated(served.quantiles[:, column, 0], served.quantiles[:, column, -1], actual)
    unit = tested.sigma if target == "close" else np.ones(len(actual))
    happened, least, most = ((each * unit)[known] for each in (actual, low, high))
    lost = [
        [pinball(actual[known], each.quantiles[known, column, n], level) for n, level in enumerate(QUANTILES)]
        for each in (served, plain)
    ]
    named = {f"{QUANTILES[n]:g}": float(lost[0][n].mean()) for n in (0, MEDIAN, len(QUANTILES) - 1)}
    return IntervalScore(
        target=target,
        coverage=coverage(happened, least, most, (volatility(served) * tested.sigma)[known]),
        pinball=named,
        against_persistence=_skill(np.mean(lost[0], axis=0), np.mean(lost[1], axis=0), "persistence"),
    )


def _versions() -> dict[str, str]:
    found: dict[str, Any] = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
