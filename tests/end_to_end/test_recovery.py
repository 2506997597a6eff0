"""Whatever happens to the line: every stream comes back, once, and admits what it has missed."""

import asyncio

import pytest

from market.bar_size import BarSize
from market.events import StreamChanged
from market.instrument import Instrument
from market.times import SECOND
from market.wanted import (
    Wanted,
    WantedAccount,
    WantedBars,
    WantedDepth,
    WantedOrders,
    WantedProfit,
    WantedTicks,
)
from simulator.faults import applied
from simulator.faults.fault import Fault
from simulator.faults.lines import Cut, PortChanged, Restart
from simulator.faults.services import Competing, FarmBroken, Offline, ServerBroken
from simulator.model import generated
from simulator.model.api import MarketModel
from tests.end_to_end.outages import Outage, outage

ONCE = {"ticks": 1, "line": 1, "bars": 1, "depth": 1, "history": 1}


@pytest.fixture(scope="module")
def market() -> MarketModel:
    return generated(seed=1, feed="consistent", always_open=True)


@pytest.fixture
def share(market: MarketModel) -> Instrument:
    return next(each.instrument for each in market.listings if each.instrument.symbol == "AAPL")


def everything(share: Instrument, account: str) -> list[Wanted]:
    return [
        WantedTicks(instrument=share),
        WantedTicks(instrument=share, tick_type="BidAsk", source="l1"),
        WantedBars(instrument=share, size=BarSize.parse("5s")),
        WantedBars(instrument=share, size=BarSize.parse("1m")),
        WantedDepth(instrument=share, rows=5),
        WantedAccount(account=account),
        WantedProfit(account=account),
        WantedOrders(),
    ]


async def want_everything(world: Outage, share: Instrument) -> list[str]:
    """Subscribe to every kind; the answer tells what is live."""
    broker = world.broker
    for wanted in everything(share, broker.account):
        await world.opening(asyncio.ensure_future(broker.subscribe(wanted)))
    return [each.state for each in broker.supervisor.keeper.entries.values()]


FAULTS: list[tuple[Fault, float]] = [
    (Cut(), 2),
    (Restart(down=20, farms=10), 50),
    (Restart(down=5, farms=5, server_version=176, reset_order_ids=True), 30),
    (Offline(data="maintained"), 20),
    (Offline(data="lost"), 20),
    (ServerBroken(), 20),
    (FarmBroken(farm="usfarm"), 20),
    (PortChanged(), 2),
    (Competing(), 40),
]


@pytest.mark.parametrize(("fault", "lasts"), FAULTS, ids=lambda each: str(each)[:40])
async def test_after_a_fault_every_stream_is_live_once_and_admits_what_it_missed(
    market: MarketModel, share: Instrument, fault: Fault, lasts: float
) -> None:
    async with outage(market) as world:
        assert set(await want_everything(world, share)) == {"live"}
        await world.advance(20)
        with applied(world.thread, fault):
            await world.advance(lasts)
        await world.advance(60)
        entries = world.broker.supervisor.keeper.entries.values()
        assert {each.state for each in entries} == {"live"}, [(each.wanted, each.note) for each in entries]
        assert world.at_ib() == ONCE
        assert len(world.holes(share)) == 1
        world.check_prints(share)


async def test_the_first_tick_comes_within_a_second_of_a_cut(market: MarketModel, share: Instrument) -> None:
    async with outage(market) as world:
        await world.opening(asyncio.ensure_future(world.broker.stream(share, "Last")))
        await world.advance(10)
        cut = world.clock.now()
        with applied(world.thread, Cut()):
            await world.advance(5)
        (live,) = [each for each in world.of(StreamChanged) if each.state == "live" and each.received > cut]
        assert live.received - cut <= SECOND
        assert world.connection() == ["disconnected", "connecting", "ready"]
