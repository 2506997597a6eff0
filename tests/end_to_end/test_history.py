"""History through the client equals the market behind the gateway, whatever range is asked for."""

import asyncio
import random
from collections.abc import Iterator

import pytest

from ib_api.ib_broker import IBBroker
from market.bar_size import BAR_SIZES, BarSize
from market.broker import BarRequest
from market.clock import AcceleratedClock, DrivenClock
from market.events import Hours
from market.times import DAY, MINUTE, SECOND, parse
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import GatewayThread, run_in_thread
from simulator.model import generated
from simulator.model.api import MarketModel

NOW = parse("2026-04-08T15:17:23.619")
# Clocks change, markets rest, and the present.
ENDS = [NOW, NOW + MINUTE, *map(parse, ("2026-03-09T15:00", "2025-10-27T12:30", "2025-12-26T21:00"))]
WHAT = ("TRADES", "MIDPOINT", "BID", "ASK", "BID_ASK")


@pytest.fixture(scope="module")
def market() -> MarketModel:
    return generated(seed=1, feed="consistent", always_open=False)


@pytest.fixture
def gateway(market: MarketModel) -> Iterator[tuple[GatewayThread, DrivenClock]]:
    clock = DrivenClock(NOW)
    with run_in_thread(market, clock, GatewayOptions(message_rate=0)) as thread:
        yield thread, clock


def ranges(size: BarSize, span: int, dice: random.Random) -> Iterator[tuple[int, int]]:
    """One of any nanosecond and one of whole bars."""
    end = dice.choice(ENDS) - dice.randrange(2 * DAY)
    yield end - dice.randrange(SECOND, span), end
    end -= end % min(size.nanoseconds, DAY)
    yield end - span, end


@pytest.mark.modern  # forex needs sizes with fractions
@pytest.mark.parametrize("symbol", ["AAPL", "RHM@IBIS", "EURUSD"])
def test_every_bar_of_a_range_comes_once(
    market: MarketModel,
    gateway: tuple[GatewayThread, DrivenClock],
    symbol: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asyncio.run(_compare(market, *gateway, symbol, monkeypatch))


async def _compare(
    market: MarketModel,
    thread: GatewayThread,
    clock: DrivenClock,
    symbol: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dice = random.Random(symbol)
    broker = await IBBroker.open("127.0.0.1", thread.port, 5, clock=AcceleratedClock(speed=1_000_000))
    # A gateway that makes years of bars answers late, and at this speed a second is eleven days.
    await broker.watch.close()
    monkeypatch.setattr("ib_api.pending.PATIENCE", 30.0)
    try:
        instrument = await broker.resolve(symbol)
        listing = next(
            each for each in market.listings if each.instrument.contract_id == instrument.contract_id
        )
        for size in BAR_SIZES:
            for start, end in ranges(size, broker.max_span(size), dice):
                what, hours = dice.choice([each for each in WHAT if each in listing.what]), dice.choice(HOURS)
                # The window of the pacing rules; the broker's own clock runs fast.
                thread.call(lambda: clock.advance(11 * MINUTE))
                bars = await broker.bars(instrument, BarRequest(size, start, end, what, hours))
                expected = market.bars(instrument.contract_id, size, what, hours, start, end, clock.now())
                assert [(bar.time, bar.open, bar.close) for bar in bars] == [
                    (bar.start, bar.open, bar.close) for bar in expected if start <= bar.start < end
                ], (size, what, hours, start, end)
    finally:
        await broker.close()


HOURS: tuple[Hours, ...] = ("rth", "all")
