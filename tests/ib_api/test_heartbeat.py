import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_api.clock_offset import ClockOffset
from ib_api.errors import NotConnected
from ib_api.heartbeat import Heartbeat
from market.clock import DrivenClock
from market.errors import RequestRejected
from market.events import Problem
from market.times import SECOND, parse

START = parse("2026-01-09T14:30:00Z")


class Peer:
    """A gateway that answers `takes` seconds after it was asked; never when that is None."""

    def __init__(self, takes: float | None = 0.001) -> None:
        self.clock = DrivenClock(START)
        self.takes = takes
        self.asked = 0
        self.received = START
        self.error: Exception | None = None
        self.dead: list[tuple[int, int, str]] = []
        self.problems: list[Problem] = []
        self.offset = ClockOffset(self.problems.append)
        self.heart = Heartbeat(self.clock, self.ask, lambda: self.received, self, self.offset)

    async def ask(self) -> int:
        self.asked += 1
        if self.error is not None:
            raise self.error
        answered = asyncio.Event()

        def answer() -> None:
            if self.takes is None:
                return
            self.received = self.clock.now()
            answered.set()

        if self.takes is not None:
            self.clock.call_at(self.clock.now() + int(self.takes * SECOND), answer)
        await answered.wait()
        return self.received // SECOND * SECOND

    def line_is_dead(self, since: int, reason: str) -> None:
        self.dead.append(((self.clock.now() - START) // SECOND, since, reason))

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.heart.run())
        await turns()
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def run(self, seconds: int, *, step: int = 1, busy: bool = False) -> None:
        for _ in range(0, seconds, step):
            self.clock.advance(step * SECOND)
            if busy:
                self.received = self.clock.now()
            await turns()


async def turns() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


async def test_an_answering_peer_is_asked_every_ten_seconds_and_never_called_dead() -> None:
    peer = Peer()
    async with peer.beating():
        await peer.run(600)
    assert 54 <= peer.asked <= 61
    assert peer.dead == []


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100))
def test_a_peer_that_vanishes_is_found_within_thirty_seconds(when: int) -> None:
    async def scene() -> None:
        peer = Peer()
        async with peer.beating():
            await peer.run(when)
            last, peer.takes = peer.received, None
            await peer.run(30)
        [(found, since, reason)] = peer.dead
        assert found - when <= 22
        assert since == last
        assert "nothing" in reason

    asyncio.run(scene())


async def test_a_peer_that_sends_but_is_too_busy_to_answer_is_alive() -> None:
    peer = Peer(takes=None)
    async with peer.beating():
        await peer.run(300, busy=True)
    assert peer.dead == []
    assert peer.asked > 10


async def test_an_answer_that_comes_late_is_a_sign_of_life() -> None:
    peer = Peer(takes=8.0)
    async with peer.beating():
        await peer.run(6)
        assert peer.heart.misses == 1
        await peer.run(300)
    assert peer.dead == []


async def test_a_machine_that_slept_blames_nobody() -> None:
    peer = Peer(takes=None)
    async with peer.beating():
        await peer.run(3600, step=60)
    assert peer.dead == []


async def test_the_end_of_the_connection_ends_the_beat_quietly() -> None:
    peer = Peer()
    peer.error = NotConnected("the connection to TWS has ended")
    await peer.heart.run()
    assert peer.dead == []


async def test_a_refusal_is_an_answer() -> None:
    peer = Peer()
    peer.error = RequestRejected("no")
    async with peer.beating():
        await peer.run(100)
    assert peer.dead == []
    assert peer.asked == 11


async def test_each_answer_measures_the_clocks() -> None:
    peer = Peer(takes=0.5)
    async with peer.beating():
        await peer.run(20)
    assert abs(peer.offset.best.offset) <= peer.offset.best.error
    assert peer.offset.last.round_trip == pytest.approx(SECOND, abs=SECOND)
