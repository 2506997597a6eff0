"""Need 1: streams come back by themselves after the nightly reset, farm flaps and gateway restarts."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Literal

import pytest

from ib_api.scheduling import acting_as
from market.bar_size import BarSize
from market.times import SECOND
from market.wanted import WantedBars, WantedDepth, WantedProfit, WantedTicks
from simulator import faults
from simulator.gateway.server import Gateway
from tests.end_to_end.needs.stage import Stage, on_stage, unreachable

Trouble = Callable[[Gateway], AbstractAsyncContextManager[object, bool | None]]


@asynccontextmanager
async def offline_and_cut(gateway: Gateway, data: Literal["maintained", "lost"]) -> AsyncIterator[None]:
    """Who comes back meanwhile is told that every farm is broken, and later nothing but 1101 or 1102."""
    async with faults.offline(gateway, data=data), faults.cut(gateway):
        yield


TROUBLES: dict[str, Trouble] = {
    "1100, then 1101": lambda gateway: faults.offline(gateway, data="lost"),
    "1100, then 1102": lambda gateway: faults.offline(gateway),
    "2103, then 2104": lambda gateway: faults.farm_broken(gateway, "usfarm"),
    "2110, then 1102": lambda gateway: faults.server_broken(gateway),
    "the line is cut": faults.cut,
    "cut amid 1100 and 1101": lambda gateway: offline_and_cut(gateway, "lost"),
    "cut amid 1100 and 1102": lambda gateway: offline_and_cut(gateway, "maintained"),
    "the port is refused": unreachable,
    "restart, ids reset": lambda gateway: faults.restart(gateway, 30, 20, None, True),
    "restart as an older TWS": lambda gateway: faults.restart(gateway, 30, 20, 176),
    "1300, another port": lambda gateway: faults.port_changed(gateway),
    "another session": lambda gateway: faults.competing(gateway),
}


async def everything(stage: Stage) -> None:
    """Subscribe to every kind of stream; some twice, which is the same stream."""
    broker = stage.broker
    share, other, pair = [await broker.resolve(name) for name in ("AAPL", "MSFT", "EURUSD")]
    wanted = (
        WantedTicks(instrument=share),
        WantedTicks(instrument=pair, tick_type="BidAsk"),
        WantedTicks(instrument=other, tick_type="BidAsk", source="l1"),
        WantedBars(instrument=share, size=BarSize.parse("5s")),
        WantedBars(instrument=share, size=BarSize.parse("1m")),
        WantedDepth(instrument=share, rows=5),
        WantedProfit(account=broker.account),
    )
    for each in (*wanted, *wanted):
        await broker.subscribe(each)


@pytest.mark.modern
@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
async def test_every_stream_is_live_again_each_exactly_once(trouble: Trouble) -> None:
    async with on_stage() as stage:
        await everything(stage)
        await stage.pass_time(20)
        before = stage.live_at_gateway()
        async with trouble(stage.gateway):
            await stage.pass_time(60)
        await stage.pass_time(100)
        assert stage.live_at_gateway() == before
        entries = stage.broker.supervisor.keeper.entries.values()
        assert {each.state for each in entries} == {"live"}
        share = await stage.broker.resolve("AAPL")
        end = stage.clock.now() // SECOND * SECOND - 5 * SECOND
        came = stage.trades(share, end - 30 * SECOND, end)
        assert came == stage.truth(share, end - 30 * SECOND, end) != []


async def test_a_stream_that_came_back_is_still_told_to_be_of_who_wanted_it() -> None:
    async with on_stage() as stage:
        share = await stage.broker.resolve("AAPL")
        with acting_as("chart"):
            await stage.broker.subscribe(WantedTicks(instrument=share, tick_type="BidAsk", source="l1"))
        async with faults.cut(stage.gateway):
            await stage.pass_time(20)
        assert stage.broker.scheduler.quota().lines.users == {"chart": 1}
