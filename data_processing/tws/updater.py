"""What keeps a hub up to date: the running bar from ticks, and history that replaces it.

Both work on the connection's thread. The running bar is made of what the history it joins is made of, trades
or the midpoint, so that one continues the other.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from data_processing.candles import CandleBuilder
from data_processing.history.follow import until_due
from data_processing.market_data_hub import Candle, MarketDataHub
from data_processing.tws.stock import TwsStock, hours_of
from ib_api.ib_broker import IBBroker
from market.clock import sleep
from market.errors import BadRequest, TruetickError
from market.events import Bar, ConnectionChanged, Quote, Refilled, StreamChanged, Trade
from market.times import MINUTE, SECOND

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger("truetick.updater")

OVERLAP = 5 * MINUTE
"""So far back history is asked again each time: IB revises volumes within minutes."""


class _Repeating:
    """Something done on the connection's thread again and again, from `start` to `stop`."""

    def __init__(self, stock: TwsStock, hub: MarketDataHub, poll_secs: float) -> None:
        if poll_secs <= 0:
            raise BadRequest(f"every {poll_secs:g} seconds cannot be done; give a number above 0")
        self.stock = stock
        self.hub = hub
        self.poll_secs = poll_secs
        self.problem = ""
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether it has been started and not stopped."""
        return self._task is not None

    def start(self) -> None:
        """Begin; harmless when it has begun."""
        if self._task is None:
            self._prepare()
            self.stock.connection.ib.run(self._begin)

    def stop(self) -> None:
        """End; harmless when it has ended."""
        if self._task is not None:
            self.stock.connection.ib.run(self._end)

    def _prepare(self) -> None:
        """What has to be there before it begins, on the caller's thread."""

    async def _begin(self, broker: IBBroker) -> None:
        self._task = asyncio.create_task(self._work(broker))
        self._task.add_done_callback(_told)

    async def _end(self, _: IBBroker) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _work(self, broker: IBBroker) -> None:
        raise NotImplementedError


class TwsIntraMinuteUpdater(_Repeating):
    """Build the running bar of `hub` from every tick, and hand it over each `poll_secs` seconds.

    A bar is handed over with the highs, lows and volume of all ticks since, also where its close is as it
    was. One that is over stays, provisional, until history has replaced it.
    """

    def __init__(self, stock: TwsStock, hub: MarketDataHub, poll_secs: float = 1.0) -> None:
        super().__init__(stock, hub, poll_secs)
        untraded = {stock.contract_id} if stock.what == "MIDPOINT" else frozenset[int]()
        zones = {stock.contract_id: stock.instrument.time_zone}
        self._candles = CandleBuilder((hub.size,), zones=zones, untraded=untraded)
        self._base: tuple[int, Candle | None] = (0, None)
        self._leave = list[Callable[[], None]]()

    def _prepare(self) -> None:
        self.stock.line.start()

    async def _begin(self, broker: IBBroker) -> None:
        self.stock.line.listeners.append(self.take)
        self._leave = [
            broker.bus.subscribe(StreamChanged, self._on_stream),
            broker.bus.subscribe(ConnectionChanged, self._on_connection),
        ]
        await super()._begin(broker)

    async def _end(self, broker: IBBroker) -> None:
        self.stock.line.listeners.remove(self.take)
        for leave in self._leave:
            leave()
        await super()._end(broker)

    async def _work(self, broker: IBBroker) -> None:
        clock = self.stock.connection.clock
        while True:
            await sleep(clock, self.poll_secs)
            self.poll(clock.now())

    def take(self, tick: Quote | Trade) -> None:
        """Hear a tick; a bar that it completes is handed over at once."""
        for bar in self._candles.add(tick):
            self._show(bar)

    def poll(self, now: int) -> None:
        """Hand over what has changed since the last time."""
        for bar in (*self._candles.advance(now), *self._candles.changed()):
            self._show(bar)

    def _on_stream(self, change: StreamChanged) -> None:
        if change.contract_id == self.stock.contract_id and change.state not in ("waiting", "live"):
            self._candles.cut(change.contract_id)

    def _on_connection(self, change: ConnectionChanged) -> None:
        if change.state == "disconnected":
            self._candles.cut()

    def _show(self, bar: Bar) -> None:
        """What was known of a bar when its first tick came is part of it: the ticks tell the rest."""
        time, base = self._base
        if time != bar.time:
            base = self.hub.get(bar.time)
            self._base = bar.time, base
        candle = _joined(base, bar)
        self.hub.upsert_bar(
            bar.time, candle.open, candle.high, candle.low, candle.close, candle.volume, provisional=True
        )


class TwsHistoricUpdater(_Repeating):
    """Fetch history into the store and the hub: `load` once, then its newest end each `poll_secs` seconds.

    With `align` that is shortly after each full interval (5 s after the minute for 60), when a bar that has
    just ended is served. `csv_every` writes the hub's time to the CSV file after every so many fetches. What
    was refused last is in `problem`, and asked for again.
    """

    def __init__(
        self,
        stock: TwsStock,
        hub: MarketDataHub,
        poll_secs: float = 60.0,
        *,
        rth: bool = False,
        align: bool = True,
        csv_every: int | None = None,
    ) -> None:
        super().__init__(stock, hub, poll_secs)
        self.rth = rth
        self.align = align
        self.fetches = 0
        self._csv_every = csv_every

    def load(self, period: str = "1d") -> "pd.DataFrame":
        """Fill the hub with so much history, running bar included; the answer is that."""
        found = self.stock.get_historical_data(period, self.hub.size.name, rth=self.rth)
        self.hub.apply_delta_df(found)
        return found

    def _prepare(self) -> None:
        assert self.stock.connection.history is not None

    async def _work(self, broker: IBBroker) -> None:
        clock = self.stock.connection.clock
        every = round(self.poll_secs * SECOND)
        while True:
            await sleep(clock, until_due(clock.now(), every) / SECOND if self.align else self.poll_secs)
            try:
                await self._update(broker)
            except TruetickError as error:
                self.problem = str(error)
                log.warning("%s: no history: %s", self.stock.instrument.ticker, error)
            else:
                self.problem = ""

    async def _update(self, broker: IBBroker) -> None:
        stock, size, hours = self.stock, self.hub.size, hours_of(self.rth)
        history, now = stock.connection.history, await broker.now()
        start = size.whole(now - max(OVERLAP, 2 * size.nanoseconds))
        await history.backfill(
            stock.instrument, size, start, now, what=stock.what, hours=hours, refresh=True, alone=True
        )
        found = await asyncio.to_thread(stock.stored, [size.name], start, now, rth=self.rth)
        # The running bar is the ticks' affair: history's is older by the time it is here.
        self.hub.apply_delta_df(found[found["final"]])
        self.fetches += 1
        if self._csv_every and self.fetches % self._csv_every == 0:
            await asyncio.to_thread(self._write_csv, now)
        told = await broker.now()
        broker.bus.publish(Refilled(*stock.route, start, told, now, size.name, stock.what, hours))

    def _write_csv(self, now: int) -> None:
        candles = self.hub.candles()
        if candles:
            self.stock.stored([self.hub.size.name], candles[0].time, now, rth=self.rth)
            self.stock.last_fetch_to_csv()


def _told(task: "asyncio.Task[None]") -> None:
    """It ends by `stop` alone; anything else is a bug, which somebody has to see."""
    if not task.cancelled() and (error := task.exception()):
        log.error("an updater has ended", exc_info=error)


def _joined(base: Candle | None, bar: Bar) -> Candle:
    """What was there before the first tick, and the ticks."""
    if base is None or not base.provisional:
        return Candle(bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume, True)
    both = [each for each in (base.volume, bar.volume) if each is not None]
    return Candle(
        bar.time,
        base.open,
        max(base.high, bar.high),
        min(base.low, bar.low),
        bar.close,
        sum(both) if both else None,
        True,
    )
