"""Forecast the next bar from what the store has, with numpy: no TensorFlow, no ONNX Runtime, no pandas."""

from typing import TYPE_CHECKING

from ai.artifacts import Card, Models, check_fits
from ai.data import Bars
from ai.forecaster import QUANTILES
from ai.serving import HISTORY, Live, Model
from market.bar_size import BarSize
from market.clock import Clock, RealClock
from market.events import Prediction
from market.times import DAY

if TYPE_CHECKING:
    from config.settings import Settings

OLD_MODEL = 30 * DAY
"""Age of the newest bar a model learned from, from which on that is said."""
LATE = 3
"""Bars that are missing at the end, from which on that is said."""


def predict_next_price(
    settings: "Settings",
    ticker: str,
    bar_size: str = "1m",
    *,
    source: str | None = None,
    models: Models | None = None,
    clock: Clock | None = None,
) -> Prediction:
    """The bar after the last final one that the store has.

    Raise `NoModel`, `WrongModel`, `UnusableBars`, or what `Bars.from_store` does.
    """
    model = Model.load(models or Models(), ticker, BarSize.parse(bar_size).name)
    bars = _recent(settings, ticker, model.card, source)
    # One window through numpy: to load ONNX Runtime takes a hundred times what it saves.
    live = Live(model)
    live.begin(bars)
    return prediction(live, int(bars.time[-1]), (clock or RealClock()).now())


def prediction(live: Live, last: int, now: int) -> Prediction:
    """What `live` says after the bar that began at `last`, as an event."""
    card, said = live.model.card, live.outlook
    assert said is not None
    size = BarSize.parse(card.meta.size)
    return Prediction(
        card.meta.contract_id,
        card.meta.exchange,
        last + size.nanoseconds,
        now,
        size=size.name,
        open=said.open,
        high=said.high,
        low=said.low,
        close=said.close,
        volume=None if said.volume != said.volume else said.volume,
        model=card.version,
        levels=QUANTILES,
        closes=said.closes,
        ranges=said.ranges,
        volumes=() if said.volume != said.volume else said.volumes,
        path=tuple(live.path()),
        flags=flags(live, last, now),
    )


def flags(live: Live, last: int, now: int) -> tuple[str, ...]:
    """What is to be said beside a forecast: ``novel``, ``late bar``, ``old model``, ``unproved``."""
    card, size = live.model.card, BarSize.parse(live.model.card.meta.size)
    found = {
        "novel": live.novelty > live.model.novel_above,
        "late bar": now - last > (1 + LATE) * max(size.nanoseconds, DAY if not size.intraday else 0),
        "old model": last - card.last > max(OLD_MODEL, 100 * size.nanoseconds),
        "unproved": not card.proved,
    }
    return tuple(name for name, here in found.items() if here)


def _recent(settings: "Settings", ticker: str, card: Card, source: str | None) -> Bars:
    """The last bars: a window and what scales it."""
    wanted = HISTORY + card.steps
    meta = card.meta
    bars = Bars.from_store(
        settings,
        ticker,
        meta.size,
        source=source or meta.source,
        what=meta.what,
        hours=meta.hours,
        last=wanted,
        across_sessions=card.across_sessions,
    )
    check_fits(card, bars.meta)
    return bars
