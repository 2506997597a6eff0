"""Need 21: any TWS, and one that comes back as another."""

import pytest

from market.bar_size import BarSize
from market.broker import BarRequest
from market.times import MINUTE, SECOND
from market.wanted import WantedTicks
from simulator import faults
from simulator.gateway.options import GatewayOptions
from tests.end_to_end.needs.stage import on_stage


@pytest.mark.parametrize("version", [151, 157, 163, 164, 176, 187, 194, 196, 200])
async def test_streams_and_history_are_the_same_at_every_version(version: int) -> None:
    async with on_stage(GatewayOptions(server_version=version)) as stage:
        share = await stage.broker.resolve("AAPL")
        await stage.broker.subscribe(WantedTicks(instrument=share))
        begun = stage.clock.now() // SECOND * SECOND + 2 * SECOND
        await stage.pass_time(20)
        end = stage.clock.now() // SECOND * SECOND - 2 * SECOND
        assert stage.trades(share, begun, end) == stage.truth(share, begun, end) != []
        last = end // MINUTE * MINUTE
        bars = await stage.broker.bars(share, BarRequest(BarSize.parse("1m"), last - 3 * MINUTE, last))
        assert [bar.time for bar in bars] == [last - each * MINUTE for each in (3, 2, 1)]
        assert stage.broker.callbacks.unreadable == 0


@pytest.mark.modern
@pytest.mark.parametrize(("before", "after"), [(200, 157), (157, 200), (176, 200)])
async def test_a_gateway_may_come_back_as_another_version(before: int, after: int) -> None:
    async with on_stage(GatewayOptions(server_version=before)) as stage:
        share = await stage.broker.resolve("AAPL")
        stream = await stage.broker.subscribe(WantedTicks(instrument=share))
        async with faults.restart(stage.gateway, 20, 5, after):
            await stage.pass_time(40)
        await stage.until(lambda: stream.state == "live")
        assert stage.broker.server_version == after
        begun = stage.clock.now() // SECOND * SECOND + 2 * SECOND
        await stage.pass_time(20)
        end = stage.clock.now() // SECOND * SECOND - 2 * SECOND
        assert stage.trades(share, begun, end) == stage.truth(share, begun, end) != []
