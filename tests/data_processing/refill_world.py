"""A market, a stream of it that breaks, a program that dies, and history that refuses."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from data_processing.realtime_data import RealTimeData
from data_processing.refill import Refill
from data_processing.timeseries_db import TimeseriesDB
from market.bar_size import BarSize
from market.broker import BarRequest
from market.clock import DrivenClock
from market.events import (
    Bar,
    BarSource,
    ConnectionChanged,
    Gap,
    StreamChanged,
    StreamState,
    Tick,
    TickSource,
    TickType,
)
from market.instrument import Instrument
from market.times import DAY, SECOND
from tests.fakes import AAPL, SIM, T0, FakeMarketData, trade

RANGE = (T0 - DAY, T0 + 30 * DAY)
ID = AAPL.contract_id


class History(FakeMarketData):
    """Serves the past only; the next requests for ticks and bars fail as `refusals` say."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = DrivenClock(T0)
        self.refusals = list[Exception | None]()
        self.always: Exception | None = None

    async def ticks(
        self, instrument: Instrument, tick_type: TickType, start: int, count: int
    ) -> Sequence[Tick]:
        self._refuse()
        found = await super().ticks(instrument, tick_type, start, min(count, 5))
        now = self.clock.now()
        return [replace(each, source="history", received=now) for each in found if each.time < now]

    async def bars(self, instrument: Instrument, request: BarRequest) -> Sequence[Bar]:
        self._refuse()
        return await super().bars(instrument, request)

    def _refuse(self) -> None:
        refusal = self.always or (self.refusals.pop(0) if self.refusals else None)
        if refusal is not None:
            raise refusal


class World:
    """Ticks happen every second, `each` of them; they stream while it is `live`, not all if `lossy`."""

    def __init__(self, folder: Path, *, candles: Sequence[BarSize] = (), each: int = 2) -> None:
        self.history = History()
        self.clock = self.history.clock
        self.bus = self.history.bus
        self.live = False
        self.lossy = False
        self.gaps = list[Gap]()
        self.bus.subscribe(Gap, self.gaps.append)
        self._folder = folder
        self._candles = candles
        self._each = each
        self._begin()

    @property
    def second(self) -> int:
        return (self.clock.now() - T0) // SECOND

    def change(
        self,
        state: StreamState,
        *,
        at: float = 0.0,
        kind: str = "Last",
        source: TickSource | BarSource | None = "tbt",
    ) -> None:
        """The stream changes, `at` seconds from now."""
        if kind == "Last" and source == "tbt":
            self.live = state == "live"
        time, now = self.clock.now() + int(at * SECOND), self.clock.now()
        self.bus.publish(StreamChanged(ID, "SMART", time, now, kind, state, "cut", source))

    def line(self, state: Any) -> None:
        self.bus.publish(ConnectionChanged(state, "", self.clock.now()))

    async def run(self, seconds: int, within: StreamState | None = None) -> None:
        """Let time go by; the stream may change in the midst of the first second."""
        for _ in range(seconds):
            for number in range(self._each):
                self._happen(number)
                if number == 0 and within:
                    self.change(within)
            within = None
            self.clock.advance(SECOND)
            await self.rest()

    async def wait(self, seconds: int) -> None:
        """Let time go by in a market that is closed, a minute at a time."""
        for _ in range(seconds // 60):
            self.clock.advance(60 * SECOND)
            await self.rest()

    async def rest(self) -> None:
        """Until all that could go on has done so."""
        for _ in range(60):
            await asyncio.sleep(0)

    async def crash(self, unwritten: int = 0) -> None:
        """The program dies, with the ticks of some seconds `unwritten`, and another one begins."""
        with patch.object(self.db, "append_ticks", side_effect=OSError(28, "No space left on device")):
            await self.run(unwritten)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for timer in self.realtime._timers.values():
            timer.cancel()
        for cancel in (*self.realtime._subscriptions, *self.refill._cancels):
            cancel()
        assert self.db._writer is not None
        self.db._writer.abandon()
        self.live = False
        self._begin()

    async def close(self) -> None:
        await self.realtime.close()
        await self.refill.close()
        self.db.close()

    def stored(self) -> list[tuple[int, float]]:
        """Second since the beginning and price of every tick in the store."""
        table = self.db.ticks(ID, "SMART", "Last", *RANGE)
        times = table["time"].cast("int64").to_pylist()
        return [
            ((t - T0) // SECOND, price) for t, price in zip(times, table["price"].to_pylist(), strict=True)
        ]

    def truth(self, first: int, last: int) -> list[tuple[int, float]]:
        """What happened in the seconds from `first` up to `last`."""
        ticks = [each for each in self.history.stored_ticks if first <= (each.time - T0) // SECOND < last]
        return [((each.time - T0) // SECOND, each.price) for each in ticks]  # type: ignore[union-attr]

    def states(self) -> list[tuple[int, int | None, str]]:
        """The stretches of the trades, in seconds."""
        return [
            ((s.start - T0) // SECOND, None if s.end is None else (s.end - T0) // SECOND, s.state)
            for s in self.db.spans()
            if s.stream.kind == "Last"
        ]

    def _begin(self) -> None:
        self.db = TimeseriesDB.open(self._folder, SIM, write=True)
        self.db.put_instruments([AAPL])
        self.realtime = RealTimeData(self.bus, self.db, [], self.clock)
        self.refill = Refill(
            self.history, self.db, self.clock, candles=self._candles, recorder=self.realtime.recorder
        )
        self.refill.start()
        self.realtime.start()

    def _happen(self, number: int) -> None:
        tick = trade(self.second, 100 * self.second + number)
        self.history.stored_ticks.append(tick)
        if self.live and not (self.lossy and number):
            self.bus.publish(tick)


@contextmanager
def one_thread() -> Iterator[None]:
    """Work that is given to threads is done at once, nothing is left to chance; no disk is waited for."""

    async def now(function: Any, *args: Any) -> Any:
        return function(*args)

    with patch("asyncio.to_thread", now), patch("os.fsync"):
        yield
