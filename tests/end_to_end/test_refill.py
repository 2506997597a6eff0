"""What was missed while the line was gone, filled in through the client from the simulated gateway."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from data_processing.realtime_data import RealTimeData
from data_processing.refill import Refill
from data_processing.tick_pages import fetch_page
from data_processing.timeseries_db import TimeseriesDB
from ib_api.ib_broker import IBBroker
from market.bar_size import BarSize
from market.broker import BarRequest
from market.clock import AcceleratedClock, sleep
from market.events import StreamChanged, TickType
from market.instrument import Instrument
from market.source import Feed
from market.times import MINUTE, SECOND, parse
from market.wanted import WantedBars, WantedTicks
from simulator import faults
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import GatewayThread, run_in_thread
from simulator.model import generated

START = parse("2026-04-08T15:00:30")
SPEED = 8.0
KINDS: tuple[TickType, ...] = ("Last", "BidAsk")
FIVE = BarSize.parse("5s")
Outage = Callable[[GatewayThread], AbstractAsyncContextManager[None]]


class Client:
    """A whole client: broker, recorder and refill on one clock; `live` counts the streams that came live."""

    def __init__(self, broker: IBBroker, db: TimeseriesDB, clock: AcceleratedClock) -> None:
        self.broker, self.db, self.clock = broker, db, clock
        self.realtime = RealTimeData(broker.bus, db, [], clock)
        self.refill = Refill(broker, db, clock, recorder=self.realtime.recorder)
        self.live = 0
        broker.bus.subscribe(StreamChanged, self._count)

    def _count(self, change: StreamChanged) -> None:
        self.live += change.state == "live"

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not reached():
                await sleep(self.clock, 1)

    async def truth(self, instrument: Instrument, kind: TickType, start: int, end: int) -> list[int]:
        """The times of all ticks of [start, end), as history has them now."""
        times = list[int]()
        while start < end:
            page = await fetch_page(self.broker, instrument, kind, start, end)
            times += [tick.time for tick in page.ticks]
            start = page.until
        return times


@asynccontextmanager
async def client(gateway: GatewayThread, clock: AcceleratedClock, folder: Path) -> AsyncIterator[Client]:
    broker = await IBBroker.open(port=gateway.port, clock=clock)
    try:
        with TimeseriesDB.open(folder, broker.source, write=True) as db:
            whole = Client(broker, db, clock)
            whole.realtime.start()
            whole.refill.start()
            try:
                yield whole
            finally:
                await whole.realtime.close()
                await whole.refill.close()
    finally:
        await broker.close()


async def warm_up(gateway: GatewayThread) -> None:
    """Let the market be made: a client whose clock hurries would take that for a line that is dead."""
    broker = await IBBroker.open(port=gateway.port)
    try:
        aapl = await broker.resolve("AAPL")
        for kind in KINDS:
            await broker.ticks(aapl, kind, START, 1_000)
        await broker.bars(aapl, BarRequest(FIVE, START - MINUTE, START))
    finally:
        await broker.close()


@asynccontextmanager
async def cut_off(gateway: GatewayThread) -> AsyncIterator[None]:
    async with faults.refused(gateway), faults.cut(gateway):
        yield


@asynccontextmanager
async def without_ib(gateway: GatewayThread) -> AsyncIterator[None]:
    async with faults.offline(gateway, "lost"):
        yield


@pytest.mark.timeout(90)
@pytest.mark.parametrize(
    ("outage", "feed"),
    [
        (cut_off, "consistent"),
        # These differ in the market and in the outage, and not in what the library reads.
        pytest.param(cut_off, "tws", marks=pytest.mark.once),
        pytest.param(without_ib, "consistent", marks=pytest.mark.once),
    ],
)
async def test_after_an_outage_every_second_is_there(tmp_path: Path, outage: Outage, feed: Feed) -> None:
    clock = AcceleratedClock(START, SPEED)
    model = generated(seed=3, feed=feed, always_open=False)
    with run_in_thread(model, clock, GatewayOptions(feed=feed)) as gateway:
        await warm_up(gateway)
        async with client(gateway, clock, tmp_path) as here:
            aapl = await here.broker.resolve("AAPL")
            here.db.put_instruments([aapl])
            for kind in KINDS:
                await here.broker.subscribe(WantedTicks(instrument=aapl, tick_type=kind, strict=True))
            await here.broker.subscribe(WantedBars(instrument=aapl, size=FIVE))
            await here.until(lambda: here.live == 3)
            await sleep(clock, 12)
            async with outage(gateway):
                await sleep(clock, 15)
            await here.until(lambda: here.live == 6 and not here.refill.pending)
            await sleep(clock, 10)
            await here.realtime.recorder.flush()  # type: ignore[union-attr]
            await _check(here, aapl, exact=feed == "consistent")


async def _check(here: Client, aapl: Instrument, *, exact: bool) -> None:
    spans = here.db.spans()
    assert {span.state for span in spans} == {"have", "filled"}
    end = here.clock.now() - 3 * SECOND
    for kind in KINDS:
        start = min(span.start for span in spans if span.stream.kind == kind)
        table = here.db.ticks(aapl.contract_id, aapl.exchange, kind, start, end)
        stored, truth = table["time"].cast("int64").to_pylist(), await here.truth(aapl, kind, start, end)
        assert set(truth) <= set(stored)
        assert stored == truth or not exact
        assert "history" in table["source"].to_pylist()
    first = min(span.start for span in spans if span.stream.kind == "5s")
    bars = await here.broker.bars(aapl, BarRequest(FIVE, first, end - MINUTE // 4))
    stored = here.db.bars(aapl.contract_id, aapl.exchange, "5s", first, end - MINUTE // 4)
    assert stored["time"].cast("int64").to_pylist() == [bar.time for bar in bars]
