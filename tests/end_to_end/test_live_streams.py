"""Streams through the client against the market behind the gateway, on a clock that the tests drive."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from data_processing.realtime_data import RealTimeData
from ib_api.ib_broker import IBBroker
from market.bar_size import BarSize
from market.broker import BarRequest
from market.clock import AcceleratedClock, DrivenClock
from market.events import Bar, Tick, TickSource, Trade
from market.instrument import Instrument
from market.times import MINUTE, SECOND, parse
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import GatewayThread, run_in_thread
from simulator.model import generated
from simulator.model.api import MarketModel

START = parse("2026-04-08T15:00:30")
ONE = BarSize.parse("1m")


class Live:
    """A broker at a gateway; both stand at the same moment of a driven clock."""

    def __init__(self, broker: IBBroker, thread: GatewayThread, theirs: DrivenClock) -> None:
        self.broker = broker
        self.clock = DrivenClock(START)
        self.ticks = list[Tick]()
        broker.bus.subscribe(Trade, self.ticks.append)
        self._thread = thread
        self._theirs = theirs

    async def advance(self, nanoseconds: int) -> None:
        """Let time pass until everything that happens in it has arrived."""
        self._thread.call(lambda: self._theirs.advance(nanoseconds))
        # TWS answers in order; the second answer comes after the events of the first one's lump.
        await self.broker.now()
        await self.broker.now()
        self.clock.advance(nanoseconds)

    def count(self, instrument: Instrument) -> int:
        return sum(tick.contract_id == instrument.contract_id for tick in self.ticks)


@pytest.fixture(scope="module")
def market() -> MarketModel:
    return generated(seed=1, feed="consistent", always_open=False)


@pytest.fixture
def shares(market: MarketModel) -> list[Instrument]:
    """Stocks of which this account may have every tick."""
    fit = [each for each in market.listings if each.tick_by_tick and each.entitlement == "live"]
    return [each.instrument for each in fit if each.instrument.sec_type == "STK" and not each.fractional]


@asynccontextmanager
async def connected(market: MarketModel) -> AsyncIterator[Live]:
    clock = DrivenClock(START)
    with run_in_thread(market, clock, GatewayOptions(message_rate=0)) as thread:
        broker = await IBBroker.open("127.0.0.1", thread.port, 7, clock=AcceleratedClock(speed=500))
        try:
            yield Live(broker, thread, clock)
        finally:
            await broker.close()


async def test_live_candles_of_whole_minutes_equal_the_history_of_the_same_minutes(
    market: MarketModel, shares: list[Instrument]
) -> None:
    share, candles = shares[0], list[Bar]()
    async with connected(market) as live:
        data = RealTimeData(live.broker.bus, None, [ONE], live.clock, zones={share.contract_id: "UTC"})
        data.start()
        live.broker.bus.subscribe(Bar, candles.append)
        await live.broker.stream(share, "Last")
        for _ in range(24):
            await live.advance(10 * SECOND)
        await data.close()
        start = START + 30 * SECOND
        history = await live.broker.bars(share, BarRequest(ONE, start, start + 3 * MINUTE))
    final = {bar.time: bar for bar in candles if bar.final}
    assert [bar.time for bar in history] == [start, start + MINUTE, start + 2 * MINUTE]
    for bar in history:
        assert values(final[bar.time]) == values(bar)


def values(bar: Bar) -> tuple[float | None, ...]:
    return bar.open, bar.high, bar.low, bar.close, bar.volume, bar.count


async def test_the_sixth_tick_by_tick_stream_comes_from_the_market_data_line_and_says_so(
    market: MarketModel, shares: list[Instrument]
) -> None:
    async with connected(market) as live:
        streams = [await live.broker.stream(share, "Last") for share in shares[:6]]
        assert [each.source for each in streams] == ["tbt"] * 5 + ["l1"]
        assert [each.note for each in streams[:5]] == [""] * 5
        assert streams[5].note == "from the market-data line: all tick-by-tick streams are in use"
        await live.advance(MINUTE)
        sources = {(tick.contract_id, tick.source) for tick in live.ticks}
    assert sources == {(each.instrument.contract_id, each.source) for each in streams}


async def test_a_cancelled_stream_gives_its_place_to_the_next(
    market: MarketModel, shares: list[Instrument]
) -> None:
    async with connected(market) as live:
        streams = [await live.broker.stream(share, "Last") for share in shares[:5]]
        streams[0].cancel()
        assert (await live.broker.stream(shares[5], "Last")).source == "tbt"


@pytest.mark.parametrize("source", ["tbt", "l1"])
async def test_a_stream_that_was_cancelled_is_silent_until_it_is_asked_for_again(
    market: MarketModel, shares: list[Instrument], source: TickSource
) -> None:
    share = shares[0]
    async with connected(market) as live:
        first = await live.broker.stream(share, "Last", source=source)
        await live.advance(MINUTE)
        heard = live.count(share)
        first.cancel()
        await live.advance(MINUTE)
        assert live.count(share) == heard > 0
        again = await live.broker.stream(share, "Last", source=source)
        begun = live.clock.now()
        await live.advance(MINUTE)
        assert again.source == source
    later = [tick for tick in live.ticks[heard:] if tick.time // SECOND >= begun // SECOND]
    every = [tick for tick in market.trades(share.contract_id, begun, begun + MINUTE) if tick.last]
    assert [tick.price for tick in later if isinstance(tick, Trade)] == [each.price for each in every]
