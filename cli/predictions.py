"""Forecasts in the main job: of every watched contract that has a model of its 1-minute bars.

Forecasts stand on authoritative bars alone, so history is asked a few seconds after each bell.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from cli.console import say
from market.broker import MarketData
from market.bus import EventBus
from market.clock import Clock
from market.errors import TruetickError
from market.events import Prediction
from market.instrument import Instrument

if TYPE_CHECKING:
    from ai.artifacts import Models
    from ai.live import Predictor
    from data_processing.historical_data import HistoricalData
    from data_processing.history.follow import Job, Outcome
    from data_processing.timeseries_db import TimeseriesDB

SIZE = "1m"


@asynccontextmanager
async def predicting(
    bus: EventBus,
    market_data: MarketData,
    history: "HistoricalData",
    db: "TimeseriesDB",
    instruments: Sequence[Instrument],
    clock: Clock,
    models: "Models | None" = None,
) -> AsyncIterator[None]:
    """Publish forecasts for as long as the block; without a model nothing is asked for."""
    found = predictors(db, instruments, models)
    if not found:
        yield
        return
    task = asyncio.create_task(_follow(bus, market_data, history, db, found, clock))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        for job, predictor in found.items():
            say(f"{job.name}: {predictor.report}")


def forecast(db: "TimeseriesDB", job: "Job", predictor: "Predictor", now: int) -> Prediction | None:
    """What the store's newest authoritative bars say, where they are new."""
    from ai.data import Bars
    from ai.sources import Wanted, stored_in

    card = predictor.live.model.card
    wanted = Wanted(what=card.meta.what, hours=card.meta.hours, last=predictor.live.model.rows)
    found = stored_in(db, job.instrument, card.meta.size, wanted)
    return predictor.update(Bars.from_stored(found, across_sessions=card.across_sessions), now)


def predictors(
    db: "TimeseriesDB", instruments: Sequence[Instrument], models: "Models | None" = None
) -> "dict[Job, Predictor]":
    """By the series they forecast. What has no model is left out; a model that does not fit is told of."""
    from ai.artifacts import Models
    from ai.errors import NoModel
    from ai.journal import Journal
    from ai.live import Predictor
    from ai.serving import Model
    from data_processing.history.follow import Job
    from data_storage.layout import BarSeries

    found = {}
    for instrument in instruments:
        try:
            model = Model.load(models or Models(), instrument.ticker, SIZE)
        except NoModel:
            continue
        except TruetickError as error:
            say(f"{instrument.ticker}: no forecasts: {error}")
            continue
        meta, route = model.card.meta, (instrument.contract_id, instrument.exchange, db.source)
        if (meta.contract_id, meta.exchange, meta.source) != route:
            say(
                f"{instrument.ticker}: no forecasts: the model {model.card.version} was made of {meta.source}"
            )
            continue
        series = BarSeries(meta.contract_id, meta.exchange, meta.size, meta.what, meta.hours)
        found[Job(instrument, series)] = Predictor(model, Journal(db.folder, instrument.ticker, SIZE))
        say(f"{instrument.ticker} {SIZE}: forecasts by {model.card.version}")
    return found


async def _follow(
    bus: EventBus,
    market_data: MarketData,
    history: "HistoricalData",
    db: "TimeseriesDB",
    found: "dict[Job, Predictor]",
    clock: Clock,
) -> None:
    from data_processing.history.follow import follow

    def publish(job: "Job") -> None:
        if said := forecast(db, job, found[job], clock.now()):
            bus.publish(said)
            found[job].live.prepare()

    def tell(job: "Job", _: "Outcome") -> None:
        # Nothing may end the others' forecasts.
        try:
            publish(job)
        except TruetickError as error:
            say(f"{job.name}: no forecast: {error}")

    for job in found:
        publish(job)
    await follow(history, market_data, list(found), tell, clock=clock)
