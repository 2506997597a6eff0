"""Forecasts of the next bar, as the main job makes them, and those that it has kept."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from ai.journal import Journal
from ib_stream.feeds.archive import REACH, Origin
from ib_stream.feeds.desk import Desk
from ib_stream.feeds.feed import ContractFeed, Handler
from ib_stream.feeds.names import TopicName
from ib_stream.hub import Topic
from ib_stream.wire import prediction_line
from market.events import Event, Prediction
from market.instrument import Instrument


class PredictionFeed(ContractFeed):
    """Topic ``prediction:CONTRACT:SIZE``. Nothing is asked of the broker: who has a model publishes.

    A forecast is known by the bar it is of: a later one of the same bar takes its place.
    """

    def __init__(self, name: TopicName, topic: Topic, desk: Desk, instrument: Instrument) -> None:
        super().__init__(name, topic, desk, instrument)
        folder = desk.db.folder if desk.db is not None else None
        self._journal = Journal(folder, instrument.ticker, name.detail) if folder else None
        self._newest = self._journal.last() if self._journal else None

    @property
    def handlers(self) -> Mapping[type[Event], Handler]:
        return {Prediction: self._on_prediction}

    def snapshot(self) -> list[bytes]:
        """The newest one."""
        return [prediction_line(self._newest)] if self._newest is not None else []

    async def replay(self, origin: Origin, until: int) -> AsyncIterator[bytes]:
        """Those that were made since then."""
        place = origin.since if origin.position is None else origin.position.surely
        if place is None:
            place = self.desk.clock.now() - REACH
        for each in await asyncio.to_thread(self._journal.since, place) if self._journal else ():
            yield prediction_line(each)

    def _on_prediction(self, told: Prediction) -> None:
        if told.size == self.name.detail:
            self._newest = told
            self.publish(prediction_line(told), told.received, told.time)
