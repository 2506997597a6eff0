"""Evaluating a recipe on a ticker's bars, and letting a version serve that has proof."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from ai.artifacts import Card, Models, check_fits
from ai.baselines.simple import SIMPLE
from ai.champions import CONTESTS, LEVEL, Contestants
from ai.contestants import NETWORK, contestants
from ai.data import Bars
from ai.errors import NoModel, NotProved
from ai.evaluation.edge import BASIS_POINT, Costs
from ai.evaluation.scorecard import Report
from ai.evaluation.scorecard import report as scored
from ai.evaluation.significance import better, corrected
from ai.evaluation.split import WalkForward
from ai.evaluation.walk import Walked, walk
from ai.report.page import as_json, page

if TYPE_CHECKING:
    from config.settings import Settings

COMMISSION = 0.5
"""Basis points, one way: IB's tiered rate for a share of about 70 dollars."""
_TIMED = 100


@dataclass(frozen=True)
class Evaluation:
    """What came out, every row that was tested, and the card that was told of it, if there is a model."""

    report: Report
    tested: Walked
    card: Card | None

    def write(self, folder: Path) -> Path:
        """Keep ``evaluation.json`` and ``evaluation.html`` in `folder`; the path of the page."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "evaluation.json").write_text(as_json(self.report))
        path = folder / "evaluation.html"
        path.write_text(page(self.report, self.tested))
        return path


def evaluate_price_model(
    settings: "Settings",
    symbol: str,
    size: str = "1m",
    *,
    source: str | None = None,
    version: str | None = None,
    models: Models | None = None,
    split: WalkForward | None = None,
    costs: Costs | None = None,
    seed: int = 0,
    across_sessions: bool = False,
    network: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Walk forward over the stored bars of a ticker with all that compete, and tell the model's card.

    The `network` takes part with the settings of the model, trained anew on each fold. Raise what
    `Bars.from_store` does, `WrongModel`, `UnusableBars`, or `BadRequest` where bars are too few.
    """
    models = models or Models()
    bars = Bars.from_store(settings, symbol, size, source=source, across_sessions=across_sessions)
    card = _card(models, bars.meta.symbol, bars.meta.size, version)
    if card is None:
        say(f"{bars.meta.symbol} {bars.meta.size} has no model; what learns in seconds competes alone")
    split = split or WalkForward()
    if card:
        check_fits(card, bars.meta)
        split = replace(split, purge=max(split.purge, card.steps))
    competing = _competing(card if network else None, say)
    found = evaluate_bars(bars, competing, split=split, costs=costs, seed=seed, say=say)
    return _told(models, card, bars, found) if card else found


def evaluate_bars(
    bars: Bars,
    competing: Contestants | None = None,
    *,
    split: WalkForward | None = None,
    costs: Costs | None = None,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """The same of bars at hand, without a model to tell of it."""
    split = split or WalkForward()
    tested = walk(bars, competing or contestants(), split, seed, say)
    found = scored(bars, tested, costs or usual_costs(bars), seed, split.purge, split.embargo)
    return Evaluation(found, tested, None)


def usual_costs(bars: Bars) -> Costs:
    """Half a tick and `COMMISSION`: what a taker pays at least, where the spread is a tick."""
    return Costs(0.5 * bars.tick / float(np.median(bars.close)) / BASIS_POINT, COMMISSION)


def proof(tested: Walked, name: str = NETWORK, tried: int = 1) -> dict[str, float]:
    """The contests in which `name` was better than the best simple baseline on all tested rows.

    With the probability of that by luck: one-sided, 5 %, corrected for the number of
    contests and of versions that were `tried` on these bars. Empty when it was in none.
    """
    if name not in tested.said:
        return {}
    found = {}
    for target in CONTESTS:
        lost = {each: tested.loss(each, target) for each in (name, *(each.name for each in SIMPLE))}
        rows = np.isfinite(np.stack(list(lost.values()))).all(axis=0)
        if rows.any():
            best = min((each.name for each in SIMPLE), key=lambda each: float(lost[each][rows].mean()))
            found[target] = corrected(better(lost[name][rows], lost[best][rows]), len(CONTESTS) * tried)
    return {target: chance for target, chance in found.items() if chance < LEVEL}


def promote(models: Models, symbol: str, size: str, version: str | None = None) -> Card:
    """Let a version serve, the newest by default; raise `NotProved`, `OldModel`, or `NoModel`.

    The proof is that of its contests when it was trained: something it learned speaks for a target, because
    it is better than the best simple baseline there.
    """
    known = models.versions(symbol, size)
    card = models.card(symbol, size, version or (known[-1] if known else None))
    if not card.proved:
        raise NotProved(
            f"nothing that {symbol} {size} version {card.version} learned has been shown to be better than "
            f"the best simple baseline; train on more bars: ./run train {symbol} --barSize {size}"
        )
    models.make_current(card)
    return card


def _told(models: Models, card: Card, bars: Bars, found: Evaluation) -> Evaluation:
    """Write what was found, and where the network took part its proof, into the card."""
    report = msgspec.structs.replace(found.report, latency_ms=_latency(models, card, bars))
    metrics = card.metrics | {"evaluation": msgspec.to_builtins(report)}
    if NETWORK in found.tested.said:
        tried = _tried(models, card)
        shown = proof(found.tested, tried=tried)
        metrics |= {"proof": shown, "tried": tried}
    card = msgspec.structs.replace(card, metrics=metrics)
    models.update(card)
    return Evaluation(report, found.tested, card)


def _tried(models: Models, card: Card) -> int:
    """How many versions were evaluated, this one included: the best of many is good by luck."""
    others = [each for each in models.cards(card.meta.symbol, card.meta.size) if each.version != card.version]
    return 1 + sum("tried" in each.metrics for each in others)


def _card(models: Models, symbol: str, size: str, version: str | None) -> Card | None:
    try:
        return models.card(symbol, size, version)
    except NoModel:
        if version:
            raise
        return None


def _competing(card: Card | None, say: Callable[[str], None]) -> Contestants:
    if card is None:
        return contestants()
    if importlib.util.find_spec("tensorflow") is None:
        say("TensorFlow is not installed, so the network does not take part")
        return contestants()
    from ai.lstm import LSTM
    from ai.training import Config

    trainer: Any = card.trainer
    return contestants(**{NETWORK: lambda: LSTM(Config(steps=card.steps, trainer=trainer))})


def _latency(models: Models, card: Card, bars: Bars) -> float:
    """Milliseconds from one more bar to its forecast, the median of some."""
    from ai.serving import Live, Model

    live = Live(Model.load(models, card.meta.symbol, card.meta.size, card.version))
    live.begin(bars[:-_TIMED])
    taken = []
    for row in range(len(bars) - _TIMED, len(bars)):
        columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
        began = perf_counter()
        live.add(int(bars.time[row]), *(float(each[row]) for each in columns))
        taken.append(perf_counter() - began)
    return 1e3 * median(taken)
