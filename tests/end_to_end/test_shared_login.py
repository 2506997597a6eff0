"""Two programs on one login that know nothing of each other: IB counts them together."""

import asyncio
from collections.abc import Iterator

import pytest

from ib_api.ib_broker import IBBroker
from ib_api.scheduling import ORDER_MESSAGE
from market.bar_size import BarSize
from market.broker import BarRequest
from market.clock import DrivenClock
from market.times import MINUTE, SECOND, parse
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import GatewayThread, run_in_thread
from simulator.model import generated

START = parse("2026-04-08T15:00:30")
HOUR = 3600


class Program:
    """One of the two, with its own clock and its own idea of what it may ask."""

    def __init__(self, broker: IBBroker, clock: DrivenClock) -> None:
        self.broker = broker
        self.clock = clock

    @classmethod
    async def open(cls, port: int, client: int) -> "Program":
        clock = DrivenClock(START)
        return cls(await IBBroker.open("127.0.0.1", port, client, clock=clock), clock)

    async def answered(self) -> None:
        """Come back when IB has answered what was sent: it answers in order."""
        permit = await self.broker.scheduler.turn(ORDER_MESSAGE)
        with permit.offered():
            answer = self.broker.requests.req_current_time()
        await answer.within(5)

    async def history(self) -> list[int]:
        """Ask for forty stretches at once: how many bars came of each."""
        share = await self.broker.resolve("AAPL")
        found = await asyncio.gather(*(self.broker.bars(share, part(each)) for each in range(40)))
        return [len(bars) for bars in found]


def part(number: int) -> BarRequest:
    start = START - 30 * SECOND - (number + 10) * 5 * MINUTE
    return BarRequest(BarSize.parse("30s"), start, start + 5 * MINUTE)


@pytest.fixture
def gateway() -> Iterator[tuple[GatewayThread, DrivenClock]]:
    market, clock = generated(seed=1, feed="consistent", always_open=True), DrivenClock(START)
    with run_in_thread(market, clock, GatewayOptions()) as thread:
        yield thread, clock


async def test_both_get_all_of_their_history_though_ib_has_too_little_for_both_at_once(
    gateway: tuple[GatewayThread, DrivenClock], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    thread, clock = gateway
    both = [await Program.open(thread.port, client) for client in (7, 8)]
    try:
        work = asyncio.gather(*(each.history() for each in both))
        for _ in range(HOUR):
            for each in both:
                await each.answered()
            if work.done():
                break
            thread.call(lambda: clock.advance(SECOND))
            for each in both:
                each.clock.advance(SECOND)
        assert await work == [[10] * 40] * 2
    finally:
        for each in both:
            await each.broker.close()
    assert 1 <= caplog.text.count("request pacing violation") <= 20
    assert "Max rate of messages" not in caplog.text
