import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from market.clock import DrivenClock
from market.times import MINUTE, SECOND
from simulator.gateway.hurry import FULL, hurry
from simulator.gateway.server import Gateway
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel
from tests.simulator.gateway.raw_client import AAPL, request
from tests.simulator.gateway.test_server import connect


async def test_time_runs_from_timer_to_timer_while_a_client_reads() -> None:
    clock = DrivenClock(FRIDAY_NOON)
    gateway = Gateway(FakeModel(), clock)
    port = await gateway.start()
    driver = asyncio.create_task(hurry(gateway, clock))
    peer = await connect(port, 1)
    peer.writer.write(request(97, 3, *AAPL, "AllLast", 0, 0))
    times = [int((await peer.until(b"99", b"3"))[3]) for _ in range(300)]
    assert times == list(range(times[0], times[0] + 3_000, 10))
    assert clock.now() >= FRIDAY_NOON + 3_000 * SECOND - 10 * SECOND
    driver.cancel()
    await peer.close()
    await gateway.stop()


@pytest.mark.parametrize("unsent", [[], [0, FULL + 1]])
async def test_time_waits_for_a_client_and_for_the_slowest(unsent: list[int]) -> None:
    clock = DrivenClock(FRIDAY_NOON)
    reached = asyncio.Event()
    clock.call_at(FRIDAY_NOON + MINUTE, reached.set)
    connections = [SimpleNamespace(unsent=each) for each in unsent]
    gateway = SimpleNamespace(connections=connections)
    driver = asyncio.create_task(hurry(cast("Gateway", gateway), clock))
    for _ in range(20):
        await asyncio.sleep(0)
    assert clock.now() == FRIDAY_NOON
    connections[:] = [SimpleNamespace(unsent=0)]
    await asyncio.wait_for(reached.wait(), 5)
    driver.cancel()
