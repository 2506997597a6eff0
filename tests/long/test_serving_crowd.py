"""A crowd that comes, goes and comes back while the line to TWS breaks twice: each gets what there was."""

import asyncio
import json
import random
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.serving_parts.market import FIRST, crowd
from market.clock import RealClock
from market.times import SECOND
from simulator import faults
from simulator.faults.lines import Cut, Refused
from simulator.gateway.server import GatewayThread, run_in_thread
from tests.ib_stream.serving import serving

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]

CLIENTS, RATE, LEAVES_EVERY = 200, 30.0, 0.05
CUTS = (10.0, 25.0)
OUTAGE = 3.0
RUNS = 45.0
AWAY = (0.0, 0.1, 0.5, 2.0, 6.0, 15.0)
"""Seconds after which who left comes back with its last id."""

ANEW = 0.2
"""The share of those who leave whose place another takes; they come back at the very end."""

PATIENCE = 120.0
PATH = f"/stream/{FIRST}/Last"

Tick = tuple[int, float, float]
"""Second, price, size."""


class Visitor:
    """One client over all of its connections."""

    def __init__(self, port: int) -> None:
        self.joined = 0
        self.got = Counter[Tick]()
        self.newest = 0
        self.others = list[dict[str, object]]()
        self._port = port
        self._id = ""
        self._visit: asyncio.Task[None] | None = None

    def come(self) -> None:
        """Connect, with the last id of the visit before."""
        self._visit = asyncio.create_task(self._read())

    async def leave(self) -> None:
        """Break off, wherever the stream is."""
        assert self._visit is not None
        self._visit.cancel()
        (outcome,) = await asyncio.gather(self._visit, return_exceptions=True)
        assert isinstance(outcome, asyncio.CancelledError), f"a stream ended by itself: {outcome!r}"

    @property
    def gaps(self) -> list[dict[str, object]]:
        return [each for each in self.others if each["type"] in ("gap", "error", "complete")]

    async def _read(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            last = f"Last-Event-ID: {self._id}\r\n" if self._id else ""
            writer.write(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n{last}\r\n".encode())
            assert b" 200 " in await reader.readline()
            id, data = self._id, ""
            while line := (await reader.readline()).decode():
                if line.startswith("id: "):
                    id = line[4:-1]
                elif line.startswith("data: "):
                    data = line[6:-1]
                elif line == "\n":  # an event is one once it is whole, and an id without data counts too
                    self.joined = self.joined or time.time_ns()
                    self._id = id
                    if data:
                        self._take(data)
                    data = ""
        finally:
            writer.close()

    def _take(self, data: str) -> None:
        event = json.loads(data)
        if event["type"] != "tick":
            self.others.append(event)
            return
        tick = event["data"]
        self.got[tick["unix_time"], tick["price"], tick["size"]] += 1
        self.newest = max(self.newest, tick["unix_time"])


@pytest.fixture(scope="module")
def tws() -> Iterator[GatewayThread]:
    with run_in_thread(crowd(1, RATE), RealClock()) as running:
        yield running


async def come_and_go(crowd: list[Visitor], port: int, chance: random.Random) -> list[Visitor]:
    """One leaves each 50 ms, until it is cancelled; the answer are all there have been."""
    everybody, there = list(crowd), list(crowd)

    async def comes_back(visitor: Visitor, seconds: float) -> None:
        await asyncio.sleep(seconds)
        visitor.come()
        there.append(visitor)

    end = time.monotonic() + RUNS
    async with asyncio.TaskGroup() as returning:
        while time.monotonic() < end:
            gone = there.pop(chance.randrange(len(there)))
            await gone.leave()
            if chance.random() < ANEW:
                fresh = Visitor(port)
                everybody.append(fresh)
                returning.create_task(comes_back(fresh, 0))
            else:
                returning.create_task(comes_back(gone, chance.choice(AWAY)))
            await asyncio.sleep(LEAVES_EVERY)
    for visitor in everybody:
        if visitor not in there:
            visitor.come()
    return everybody


async def cut_twice(tws: GatewayThread) -> None:
    """The line breaks, and is refused for some seconds."""
    began = time.monotonic()
    for moment in CUTS:
        await asyncio.sleep(began + moment - time.monotonic())
        with ExitStack() as stack:
            await asyncio.to_thread(stack.enter_context, faults.applied(tws, Refused()))
            await asyncio.to_thread(stack.enter_context, faults.applied(tws, Cut()))
            await asyncio.sleep(OUTAGE)


async def until_refilled(witness: Visitor) -> None:
    """History has brought what both outages hid."""
    while sum(each.get("code") == "refilled" for each in witness.others) < len(CUTS):  # noqa: ASYNC110
        await asyncio.sleep(0.1)


async def the_crowd(tws: GatewayThread, port: int) -> tuple[list[Visitor], int]:
    """All who have been there, and the last second of which they have everything."""
    with socket.create_connection(("127.0.0.1", port)) as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        idle.sendall(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        witness, crowd = Visitor(port), [Visitor(port) for _ in range(CLIENTS)]
        for each in (witness, *crowd):
            each.come()
        async with asyncio.timeout(RUNS + PATIENCE):
            cuts = asyncio.create_task(cut_twice(tws))
            everybody = await come_and_go(crowd, port, random.Random(1))
            await cuts
            await until_refilled(witness)
            last = int(time.time()) + 1
            while min(each.newest for each in (witness, *everybody)) <= last + 1:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        for each in (witness, *everybody):
            await each.leave()
    return [witness, *everybody], last


def test_each_gets_every_tick_from_its_join_on_and_none_twice(tmp_path: Path, tws: GatewayThread) -> None:
    began = time.time_ns()
    with serving(tmp_path, tws.port, clients_per_ip="10000", connects_per_minute="1000000") as web:
        everybody, last = asyncio.run(the_crowd(tws, int(web.url.rpartition(":")[2])))
    model, end = crowd(1, RATE), time.time_ns()
    truth = Counter(
        (tick.time // SECOND, tick.price, tick.size)
        for tick in model.trades(FIRST, began - SECOND, end)
        if tick.last
    )
    assert len(everybody) > CLIENTS
    for each in everybody:
        assert each.gaps == []
        assert not each.got - truth, "doubled, or never happened"
        lost = [tick for tick in truth - each.got if each.joined // SECOND + 1 < tick[0] <= last]
        assert not lost, f"{len(lost)} lost, from {min(lost)}"
    print(f"{len(everybody)} clients, {sum(each.got.total() for each in everybody)} ticks compared")
