"""Which forecaster serves which target: the best simple one, unless a better one has proof.

The candidates learn from the first span, may choose and stop by the first half of the second, and meet on its
second half, which none has seen. Of those that learn, the one with the lowest loss serves if it is better
than the best simple baseline by a one-sided Diebold-Mariano test at 5 %, corrected for how many were tried
(`ai.evaluation.significance.corrected`). Else the baseline serves.

Eight contests: the mean of each target by squared error, and the volatility, which is told by how wide the
intervals of the close are, by QLIKE.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from ai.baselines.base import LEAST
from ai.baselines.units import CLOSE, SIZES
from ai.data import Bars
from ai.errors import UnusableBars
from ai.evaluation.scores import qlike, squared
from ai.evaluation.significance import better, corrected
from ai.forecaster import Forecast, Forecaster
from ai.meta import Floats
from ai.targets import NAMES, encode

CONTESTS = (*NAMES, "volatility")
LEVEL = 0.05
_FEWEST = 30

Factory = Callable[[], Forecaster]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one contest ended. `probability` is corrected for `trials`; `losses` are means over `rows` rows."""

    target: str
    winner: str
    baseline: str
    challenger: str
    probability: float
    trials: int
    rows: int
    losses: dict[str, float]

    @property
    def proven(self) -> bool:
        """Whether one that learns serves, because it has shown that it is better."""
        return self.winner != self.baseline


@dataclass(frozen=True)
class Contestants:
    """Who takes part: forecasters by name, those that cost nothing and those that learn."""

    simple: Mapping[str, Factory]
    learned: Mapping[str, Factory]


class Champions:
    """A `Forecaster` that is the winner of each contest."""

    name = "champions"

    def __init__(self, contestants: Contestants, tried: int = 1) -> None:
        """`tried` says how many such champions were made to be judged on the same rows, these included."""
        self._contestants = contestants
        self._tried = tried
        self.fitted: dict[str, Forecaster] = {}
        self.outcomes: tuple[Outcome, ...] = ()
        self.factors: dict[str, float] = {}

    def fit(self, train: Bars, validation: Bars, seed: int) -> None:
        """Fit all, hold the contests; raise `UnusableBars` where there are too few rows for one."""
        half = len(validation) // 2
        everyone = {**self._contestants.simple, **self._contestants.learned}
        self.fitted = {name: make() for name, make in everyone.items()}
        for each in self.fitted.values():
            each.fit(train, validation[:half], seed)
        said = {name: each.predict(validation) for name, each in self.fitted.items()}
        rows = np.arange(half, len(validation) - 1)
        actual = encode(validation)[rows + 1]
        self.factors = {name: variance_factor(actual, each.at(rows)) for name, each in said.items()}
        self.outcomes = tuple(
            _contest(
                target,
                actual,
                {name: each.at(rows) for name, each in said.items()},
                self._contestants,
                self._tried,
            )
            for target in CONTESTS
        )

    @property
    def winners(self) -> dict[str, str]:
        """Who serves, by target."""
        return {each.target: each.winner for each in self.outcomes}

    @property
    def speaking(self) -> dict[str, Forecaster]:
        """Those that won anything, by name."""
        return {name: self.fitted[name] for name in sorted(set(self.winners.values()))}

    def predict(self, bars: Bars) -> Forecast:
        """Of each target what its winner says; directions' intervals have the width of the volatility's."""
        return self.compose({name: each.predict(bars) for name, each in self.speaking.items()})

    def compose(self, said: Mapping[str, Forecast]) -> Forecast:
        """The same of what each winner has said already."""
        return compose(said, self.winners)

    def factor(self, name: str) -> float:
        """What makes a variance of one's squared `volatility`; any other name is the champions' own."""
        return self.factors.get(name, self.factors[self.winners["volatility"]])


def compose(said: Mapping[str, Forecast], winners: Mapping[str, str]) -> Forecast:
    """The forecast that takes each target from its winner in `said`."""
    spread = said[winners["volatility"]]
    mean, quantiles = spread.mean.copy(), spread.quantiles.copy()
    for column, name in enumerate(NAMES):
        chosen = said[winners[name]]
        mean[:, column] = chosen.mean[:, column]
        if column in SIZES:
            quantiles[:, column] = chosen.quantiles[:, column]
        else:
            quantiles[:, column] += (chosen.mean - spread.mean)[:, column, None]
    return Forecast(mean, quantiles)


def volatility(forecast: Forecast) -> Floats:
    """(N,): how volatile the next close is said to be, in sigmas up to one constant: the 5-95 % width."""
    return np.asarray(np.maximum(forecast.quantiles[:, CLOSE, -1] - forecast.quantiles[:, CLOSE, 0], LEAST))


def losses(target: str, actual: Floats, forecast: Forecast, factor: float | Floats | None = None) -> Floats:
    """(N,) of `actual` (N, 7), NaN where one of the two is missing.

    `factor` makes a variance of a squared width; without one it is that which fits these rows best, since a
    contest is about when, not about how much.
    """
    if target != "volatility":
        column = NAMES.index(target)
        return squared(actual[:, column], forecast.mean[:, column])
    factor = variance_factor(actual, forecast) if factor is None else factor
    return qlike(_realised(actual), factor * volatility(forecast) ** 2)


def variance_factor(actual: Floats, forecast: Forecast) -> float:
    """What makes a variance of the squared `volatility` on these rows."""
    return float(np.nanmean(_realised(actual) / volatility(forecast) ** 2))


def _realised(actual: Floats) -> Floats:
    return np.asarray(actual[:, CLOSE] ** 2 + LEAST**2)


def _contest(
    target: str, actual: Floats, said: Mapping[str, Forecast], contestants: Contestants, tried: int
) -> Outcome:
    lost = {name: losses(target, actual, forecast) for name, forecast in said.items()}
    present = {name: loss for name, loss in lost.items() if np.isfinite(loss).sum() >= _FEWEST}
    rows = _common(list(present.values()))
    if target == "volume" and not present:
        return _nobody(target, contestants)
    if rows.sum() < _FEWEST:
        raise UnusableBars(
            f"only {int(rows.sum())} rows are left for a contest of forecasters, of {_FEWEST}: backfill more"
        )
    means = {name: float(loss[rows].mean()) for name, loss in present.items()}
    # Of equals the first: none of the simple ones has a word on directions.
    baseline = min((name for name in contestants.simple if name in means), key=means.__getitem__)
    learned = [name for name in contestants.learned if name in means]
    challenger = min(learned, key=means.__getitem__, default=baseline)
    trials = len(learned) * tried
    chance = corrected(better(present[challenger][rows], present[baseline][rows]), trials)
    return Outcome(
        target=target,
        winner=challenger if chance < LEVEL else baseline,
        baseline=baseline,
        challenger=challenger,
        probability=chance,
        trials=trials,
        rows=int(rows.sum()),
        losses=means,
    )


def _nobody(target: str, contestants: Contestants) -> Outcome:
    """Nothing was observed, as of a MIDPOINT's volume: the first baseline says that it knows nothing."""
    first = next(iter(contestants.simple))
    return Outcome(
        target=target,
        winner=first,
        baseline=first,
        challenger=first,
        probability=1.0,
        trials=0,
        rows=0,
        losses={},
    )


def _common(present: Sequence[Floats]) -> npt.NDArray[np.bool_]:
    """Rows of which all have a loss: everyone is judged on the same."""
    return np.asarray(np.isfinite(np.stack(present)).all(axis=0)) if present else np.zeros(0, bool)
