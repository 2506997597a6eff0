"""Train a model of one ticker and bar size on what the store has, and let it serve what it has proof of."""

from typing import TYPE_CHECKING

import numpy as np

from ai.artifacts import Card, Models, check_fits
from ai.champions import Champions
from ai.contestants import NETWORK, contestants
from ai.data import Bars, long_enough
from ai.errors import NoModel, OldModel, UnusableBars, WrongModel
from ai.meta import Ints
from ai.serving import Model
from ai.sources import store_of
from ai.targets import WARM
from ai.upcoming import upcoming
from ai.utils import extra, keras
from market.clock import RealClock

if TYPE_CHECKING:
    from ai.training import Config, Say, Trained
    from config.settings import Settings

VALIDATION = 0.15
"""The newest part of the bars: its first half chooses, e.g. which epoch is kept, its second half judges."""
_ROOM = 5
"""Windows that fit into it at least: two and their warming up in each half."""


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
    """Train on the stored bars and make the result the current model.

    Unless `fresh`, the current one is gone on from too, and the better one is kept. Of each target its
    champion serves, see `ai.champions`. Raise what `Bars.from_store` and `ai.training.train` do, and
    `WrongModel` where the current one is of another source.
    """
    bars = Bars.from_store(settings, ticker, bar_size, source=source, across_sessions=across_sessions)
    known = {"config": config, "seed": seed, "models": models, "say": say}
    return train_on(bars, fresh=fresh, sessions=_sessions(settings, bars), **known)  # type: ignore[arg-type]


def train_on(
    bars: Bars,
    *,
    fresh: bool = False,
    config: "Config | None" = None,
    seed: int = 7,
    models: Models | None = None,
    sessions: Ints | None = None,
    say: "Say" = print,
) -> Card:
    """As `run_price_training`, on these bars; `sessions` are those to come, see `ai.upcoming`."""
    _check_installed()
    from ai.export import save
    from ai.going_on import Network
    from ai.training import Config

    config, models = config or Config(), models or Models()
    long_enough(bars, config.steps + WARM)
    card, start = (None, None) if fresh else _current(models, bars, config, say)
    learn, judge = split(bars, config.steps, after=card.last if card else None)
    say(_plan(learn, judge, card))
    network = Network(config, start, say)
    champions = Champions(contestants(**{NETWORK: lambda: network}), _tried(models, judge))
    champions.fit(learn, judge, seed)
    assert network.trained is not None
    kept = save(
        models,
        network.trained,
        learn,
        judge,
        seed=seed,
        made=RealClock().now(),
        parent=card.version if card and network.gone_on else "",
        champions=champions,
        sessions=sessions,
    )
    for line in told(kept):
        say(line)
    say(f"saved {models.folder(kept)}")
    return kept


def told(card: Card) -> list[str]:
    """What was kept and who speaks, for people."""
    first, best = card.losses[0], min(card.losses)
    lines = [f"kept epoch {card.best}: validation loss {best:.5f}, before training {first:.5f}"]
    for each in card.outcomes:
        found = f"best learned {each.challenger}, p {each.probability:.2g} after {each.trials} trials"
        lines.append(f"{each.target}: {each.winner} serves (best simple {each.baseline}; {found})")
    return lines


def split(bars: Bars, steps: int, after: int | None = None) -> tuple[Bars, Bars]:
    """Bars to learn from and those to choose and judge by, with `steps` bars between them that neither sees.

    What is judged by begins `after` a time, where an earlier training has seen all up to then.
    """
    edge = int(len(bars) * (1 - VALIDATION))
    if after is not None:
        edge = max(edge, int(np.searchsorted(bars.time, after, "right")))
    learn, judge = bars[:edge], bars[edge + steps :]
    if len(judge) <= _ROOM * steps:
        raise UnusableBars(
            f"{bars.meta.symbol} {bars.meta.size}: {len(judge)} bars are left to judge by, too few; fetch "
            "more with: backfill, or train anew with --fresh"
        )
    return learn, judge


def _current(
    models: Models, bars: Bars, config: "Config", say: "Say"
) -> "tuple[Card, Trained] | tuple[None, None]":
    from ai.training import Trained

    try:
        card = models.card(bars.meta.symbol, bars.meta.size)
    except NoModel:
        return None, None
    except OldModel as error:
        say(f"from scratch: {error}")
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
    what = f"from scratch and on from {card.version}" if card else "from scratch"
    notes = f", {learn.splits} splits" if learn.splits else ""
    return (
        f"{meta.symbol} {meta.size} of {meta.source}: {what}, on {len(learn)} bars in "
        f"{int(learn.first.sum())} stretches{notes}; {len(judge)} to choose and judge by"
    )


def _tried(models: Models, judge: Bars) -> int:
    """How many versions were judged by most of these bars, the new one included."""
    middle = int(judge.time[3 * len(judge) // 4])
    return 1 + sum(each.judged_to > middle for each in models.cards(judge.meta.symbol, judge.meta.size))


def _sessions(settings: "Settings", bars: Bars) -> Ints:
    from data_processing.timeseries_db import TimeseriesDB

    with TimeseriesDB.open(settings.data_dir, store_of(settings.data_dir, bars.meta.source)) as db:
        return upcoming(db, bars.meta, int(bars.time[-1]))


def _check_installed() -> None:
    """Better now than after the first epochs."""
    keras()
    for name in ("sklearn", "statsmodels"):
        extra(name)
