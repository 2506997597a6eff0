"""The prices of one contract as they come, kept open for whoever asks."""

import threading
from collections.abc import Callable
from typing import TypeVar

from data_processing.tws.connection import TwsConnection
from ib_api.belonging import belongs
from ib_api.ib_broker import IBBroker
from market.broker import TickSubscription
from market.events import DataType, Quote, TickSource, TickType, Trade
from market.instrument import Instrument

T = TypeVar("T")

_UNQUOTED = frozenset({"IND"})


class Line:
    """The streams of one contract's prices: trades, tick by tick where IB allows it, and quotes.

    `listeners` hear every tick of them on the connection's thread.
    """

    def __init__(self, connection: TwsConnection, instrument: Instrument) -> None:
        self.quote: Quote | None = None
        self.trade: Trade | None = None
        self.listeners = list[Callable[[Quote | Trade], None]]()
        self._connection = connection
        self._instrument = instrument
        self._subscriptions = list[TickSubscription]()
        self._leave = list[Callable[[], None]]()
        self._news = threading.Condition()
        self._starting = threading.Lock()

    @property
    def data_type(self) -> DataType | None:
        """How fresh they are; `None` until IB has said so."""
        return next((each.data_type for each in self._subscriptions if each.data_type), None)

    def start(self) -> None:
        """Subscribe, once; raise what IB refuses it with."""
        with self._starting:
            if not self._subscriptions:
                self._connection.ib.run(self._start)

    def stop(self) -> None:
        """Want the streams no longer; calling it twice is harmless."""
        with self._starting:
            self._connection.ib.run(self._stop)

    def wait(self, look: Callable[[], T | None], timeout: float) -> T | None:
        """What `look` finds, once it does; `None` after `timeout` seconds."""
        with self._news:
            return self._news.wait_for(look, timeout)

    async def _start(self, broker: IBBroker) -> None:
        early = list[Quote | Trade]()
        self._hear(broker, early.append)
        try:
            for tick_type, source in self._kinds():
                self._subscriptions.append(await broker.stream(self._instrument, tick_type, source=source))
        except BaseException:
            await self._stop(broker)
            raise
        # The first quote of a quiet contract comes before the answer does, and no other may follow.
        for tick in early:
            self._take(tick)
        self._hear(broker, self._take)

    def _hear(self, broker: IBBroker, take: Callable[[Quote | Trade], None]) -> None:
        for leave in self._leave:
            leave()
        self._leave = [broker.bus.subscribe(Quote, take), broker.bus.subscribe(Trade, take)]

    async def _stop(self, _: IBBroker) -> None:
        for subscription in self._subscriptions:
            subscription.cancel()
        for leave in self._leave:
            leave()
        self._subscriptions, self._leave = [], []

    def _kinds(self) -> list[tuple[TickType, TickSource]]:
        if self._instrument.sec_type == "CASH":
            return [("BidAsk", "tbt")]
        quotes: list[tuple[TickType, TickSource]] = [("BidAsk", "l1")]
        return [("Last", "tbt"), *([] if self._instrument.sec_type in _UNQUOTED else quotes)]

    def _take(self, tick: Quote | Trade) -> None:
        if not any(belongs(tick, each) for each in self._subscriptions):
            return
        with self._news:
            if isinstance(tick, Quote):
                self.quote = tick
            else:
                self.trade = tick
            self._news.notify_all()
        for listener in tuple(self.listeners):
            listener(tick)
