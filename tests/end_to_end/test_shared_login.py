"""Two programs on one login that know nothing of each other: IB counts them together."""

import asyncio
from collections.abc import Iterator

import pytest

from ib_api.ib_broker import IBBroker
from market.bar_size import BarSize
from market.broker import BarRequest
from market.clock import AcceleratedClock
from market.times import MINUTE, SECOND, parse
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import GatewayThread, run_in_thread
from simulator.model import generated

START = parse("2026-04-08T15:00:30")
SPEED = 600


@pytest.fixture
def gateway() -> Iterator[GatewayThread]:
    market = generated(seed=1, feed="consistent", always_open=True)
    # At this speed the messages of seconds arrive together; their rate is not what this is about.
    options = GatewayOptions(message_rate=0)
    with run_in_thread(market, AcceleratedClock(START, SPEED), options) as thread:
        yield thread


async def test_both_get_all_of_their_history_though_ib_has_too_little_for_both_at_once(
    gateway: GatewayThread,
) -> None:
    first, second = await asyncio.gather(program(gateway.port, 7), program(gateway.port, 8))
    assert first[0] == second[0] == [10] * 40
    assert min(first[1], second[1]) < 60, "IB refused, and one of them has learnt that it is not alone"


async def program(port: int, client: int) -> tuple[list[int], int]:
    """Ask for forty stretches at once: how many bars came of each, and what it thinks its budget is."""
    broker = await IBBroker.open("127.0.0.1", port, client, clock=AcceleratedClock(START, SPEED))
    try:
        share = await broker.resolve("AAPL")
        found = await asyncio.gather(*(broker.bars(share, part(each)) for each in range(40)))
        budget = broker.scheduler.quota().small_history.limit
    finally:
        await broker.close()
    return [len(bars) for bars in found], budget


def part(number: int) -> BarRequest:
    start = START - 30 * SECOND - (number + 10) * 5 * MINUTE
    return BarRequest(BarSize.parse("30s"), start, start + 5 * MINUTE)
