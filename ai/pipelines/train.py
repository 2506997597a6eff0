"""Train a model of one ticker and bar size on what the store has."""

from typing import TYPE_CHECKING

import numpy as np

from ai.artifacts import Card, Models, check_fits
from ai.data import Bars, long_enough
from ai.errors import NoModel, UnusableBars, WrongModel
from ai.serving import Model
from ai.targets import WARM
from market.clock import RealClock

if TYPE_CHECKING:
    from ai.training import Config, Say, Trained
    from config.settings import Settings

VALIDATION = 0.15
"""The newest part of the bars chooses which epoch is kept."""


def run_price_training(
    settings: "Settings",
    ticker: str,
    bar_size: str = "1m",
    *,
    fresh: bool = False,
    config: "Config | None" = None,
    seed: int = 7,
    source: str | None = None,
    across_sessions: bool = False,
    models: Models | None = None,
    say: "Say" = print,
) -> Card:
    """Train on the stored bars and make the result the current model; without `fresh` go on from that one.

    Raise what `Bars.from_store` and `ai.training.train` do, and `WrongModel` where the current one is of
    another source.
    """
    bars = Bars.from_store(settings, ticker, bar_size, source=source, across_sessions=across_sessions)
    return train_on(bars, fresh=fresh, config=config, seed=seed, models=models, say=say)


def train_on(
    bars: Bars,
    *,
    fresh: bool = False,
    config: "Config | None" = None,
    seed: int = 7,
    models: Models | None = None,
    say: "Say" = print,
) -> Card:
    """As `run_price_training`, on these bars."""
    from ai.export import save
    from ai.training import Config, train

    config, models = config or Config(), models or Models()
    long_enough(bars, config.steps + WARM)
    card, start = (None, None) if fresh else _current(models, bars, config)
    learn, judge = split(bars, config.steps, after=card.last if card else None)
    say(_plan(learn, judge, card))
    trained = train(learn, judge, seed, config, start=start, say=say)
    first, best = trained.losses[0], min(trained.losses)
    kept = save(
        models,
        trained,
        learn,
        judge,
        seed=seed,
        made=RealClock().now(),
        parent=card.version if card else "",
    )
    say(f"kept epoch {trained.best}: validation loss {best:.5f}, before training {first:.5f}")
    say(f"saved {models.folder(kept)}")
    return kept


def split(bars: Bars, steps: int, after: int | None = None) -> tuple[Bars, Bars]:
    """Bars to learn from and those to choose by, with `steps` bars between them that neither sees.

    What is chosen by begins `after` a time, where an earlier training has seen all up to then.
    """
    edge = int(len(bars) * (1 - VALIDATION))
    if after is not None:
        edge = max(edge, int(np.searchsorted(bars.time, after, "right")))
    learn, judge = bars[:edge], bars[edge + steps :]
    if len(judge) <= 2 * steps:
        raise UnusableBars(
            f"{bars.meta.symbol} {bars.meta.size}: {len(judge)} bars are left to choose by, too few; fetch "
            "more with: backfill, or train anew with --fresh"
        )
    return learn, judge


def _current(models: Models, bars: Bars, config: "Config") -> "tuple[Card, Trained] | tuple[None, None]":
    from ai.training import Trained

    try:
        card = models.card(bars.meta.symbol, bars.meta.size)
    except NoModel:
        return None, None
    check_fits(card, bars.meta)
    if card.steps != config.steps:
        raise WrongModel(
            f"the model {card.version} has {card.steps} steps, not {config.steps}; train with --fresh"
        )
    weights = Model.load(models, bars.meta.symbol, bars.meta.size).weights
    return card, Trained(weights, *models.scalers(card), config, card.losses, card.best)


def _plan(learn: Bars, judge: Bars, card: Card | None) -> str:
    meta = learn.meta
    what = f"going on from {card.version}" if card else "from scratch"
    notes = f", {learn.splits} splits" if learn.splits else ""
    return (
        f"{meta.symbol} {meta.size} of {meta.source}: {what}, on {len(learn)} bars in "
        f"{int(learn.first.sum())} stretches{notes}; {len(judge)} to choose by"
    )
