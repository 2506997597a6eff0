"""Forecast the next bar from what the store has, with numpy: no TensorFlow, no ONNX Runtime, no pandas."""

from typing import TYPE_CHECKING

from ai.artifacts import Models, check_fits
from ai.data import Bars
from ai.forecaster import QUANTILES
from ai.serving import Live, Model
from ai.upcoming import next_bar
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

    Raise `NoModel`, `OldModel`, `WrongModel`, `UnusableBars`, or what `Bars.from_store` does.
    """
    model = Model.load(models or Models(), ticker, BarSize.parse(bar_size).name)
    bars = _recent(settings, ticker, model, source)
    # One window through numpy: to load ONNX Runtime takes a hundred times what it saves.
    live = Live(model)
    live.begin(bars)
    return prediction(live, int(bars.time[-1]), (clock or RealClock()).now())


def prediction(live: Live, last: int, now: int, inside: int = 0, compared: int = 0) -> Prediction:
    """What `live` says after the bar that began at `last`, as an event.

    Of the last `compared` closes `inside` lay where it had said.
    """
    card, said = live.model.card, live.outlook
    assert said is not None
    size = BarSize.parse(card.meta.size)
    return Prediction(
        card.meta.contract_id,
        card.meta.exchange,
        next_bar(last, size, live.model.arrays["sessions"]),
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
        last=last,
        champions=tuple(live.model.champions.items()),
        inside=inside,
        compared=compared,
    )


def flags(live: Live, last: int, now: int) -> tuple[str, ...]:
    """What is to be said beside a forecast: ``novel``, ``late bar``, ``old model``, ``over a pause``."""
    card, size = live.model.card, BarSize.parse(live.model.card.meta.size)
    found = {
        "novel": live.novelty > live.model.novel_above,
        "late bar": now - last > (1 + LATE) * max(size.nanoseconds, DAY if not size.intraday else 0),
        "old model": last - card.last > max(OLD_MODEL, 100 * size.nanoseconds),
        "over a pause": size.intraday
        and next_bar(last, size, live.model.arrays["sessions"]) - last > size.nanoseconds,
    }
    return tuple(name for name, here in found.items() if here)


def _recent(settings: "Settings", ticker: str, model: Model, source: str | None) -> Bars:
    """The last bars: what is looked at, and what scales it."""
    card, meta = model.card, model.card.meta
    bars = Bars.from_store(
        settings,
        ticker,
        meta.size,
        source=source or meta.source,
        what=meta.what,
        hours=meta.hours,
        last=model.rows,
        across_sessions=card.across_sessions,
    )
    check_fits(card, bars.meta)
    return bars
