"""Feeds over a store that is recorded and refilled, and clients who break off and come back anywhere."""

import json
from collections import Counter
from collections.abc import AsyncIterable, Iterable
from pathlib import Path
from typing import Any

from ib_stream.feeds import Feeds
from ib_stream.hub import EventId
from market.times import SECOND, parse
from tests.data_processing.refill_world import World
from tests.fakes import T0
from tests.ib_stream.feeds.fakes import ID, FakeBroker, FakeHub

LAST = f"tick:{ID}:Last"
Tick = tuple[int, float]


class Client:
    """What came to one client; `n` is the last event it saw, of the process `epoch`."""

    def __init__(self, kept: "Kept") -> None:
        self.kept = kept
        self.epoch, self.n = kept.hub.epoch, kept.hub.n
        self.joined = kept.world.second
        self.got = list[dict[str, Any]]()

    def read(self, until: int | None = None) -> None:
        """All that was sent since, or up to event `until`."""
        for n, _, body, _ in self.kept.hub.sent:
            if n > self.n and (until is None or n <= until):
                self.got.append(body)
        self.n = self.kept.hub.n if until is None else max(self.n, until)

    async def resume(self, ring_from: int) -> None:
        """Come back when the ring begins behind event `ring_from`."""
        if self.epoch != self.kept.hub.epoch or self.n < ring_from:
            start = EventId(self.epoch, self.n)
            topic = self.kept.hub.topics[LAST]
            replayed = await self.kept.feeds.replay(topic, start, ring_from)  # type: ignore[arg-type]
            assert isinstance(replayed.bodies, AsyncIterable)
            self.got += [json.loads(body) async for body in replayed.bodies]
            self.epoch, self.n = self.kept.hub.epoch, ring_from
        self.read()

    def ticks(self) -> Counter[Tick]:
        data = [body["data"] for body in self.got if body["type"] == "tick"]
        return Counter((each["unix_time"] - T0 // SECOND, each["price"]) for each in data)

    def gaps(self) -> list[tuple[int, int]]:
        """In seconds since T0, the ends rounded up."""
        found = [body for body in self.got if body["type"] == "gap"]
        return [((parse(g["from"]) - T0) // SECOND, -((T0 - parse(g["to"])) // SECOND)) for g in found]

    def codes(self) -> list[str]:
        return [body["code"] for body in self.got if body["type"] == "info"]

    def check(self, end: int) -> None:
        """From its join on it got each tick once, except where a gap is named; never one twice."""
        got, truth = self.ticks(), Counter(self.kept.world.truth(0, end))
        twice = {tick: count for tick, count in got.items() if count > truth[tick] and tick[0] < end}
        assert not twice, f"doubled {twice}"
        named = {second for first, last in self.gaps() for second in range(first, last)}
        lost = [tick for tick in truth - got if tick[0] > self.joined and tick[0] not in named]
        assert not lost, f"lost {sorted(lost)} beside the gaps {self.gaps()}"


class Kept:
    """One process after the other over one store."""

    def __init__(self, folder: Path, each: int = 2) -> None:
        self.world = World(folder, each=each)
        self.epochs = 0
        self._begin()

    def _begin(self) -> None:
        self.epochs += 1
        self.hub = FakeHub(f"e{self.epochs}")
        self.broker = FakeBroker(self.world.clock)
        self.broker.bus = self.world.bus
        assert self.world.realtime.recorder is not None
        flush = self.world.realtime.recorder.flush
        self.feeds = Feeds(self.broker, self.hub, self.world.db, self.world.clock, flush=flush)  # type: ignore[arg-type]
        self.feeds.start()

    async def join(self) -> Client:
        self.world.live = True
        await self.feeds.join([LAST])
        return Client(self)

    def flushed(self) -> None:
        """The hub has written what there is: clients know its number."""
        self.feeds.mark(self.hub.n, self.world.clock.now())

    async def run(self, seconds: int) -> None:
        """Time goes by; the hub writes after each second."""
        for _ in range(seconds):
            await self.world.run(1)
            self.flushed()

    async def outage(self, seconds: int, *, late: float = 0.0) -> None:
        """The line is gone for a while; of the `late` last seconds something is in doubt."""
        self.world.live = False
        self.broker.change("interrupted", at=-late)
        await self.run(seconds)
        self.world.live = True
        self.broker.change("live")
        await self.run(1)

    async def restart(self, down: int = 3) -> None:
        """The process ends in order, and another one begins."""
        self.world.live = False
        self.broker.change("ended")
        await self.feeds.close()
        await self.world.close()
        await self.world.run(down)
        self.world._begin()
        self._begin()

    async def killed(self, unwritten: int = 0) -> None:
        """The process is gone without a word."""
        await self.world.crash(unwritten)
        for cancel in self.feeds._cancels:
            cancel()
        self._begin()

    async def close(self) -> None:
        await self.feeds.close()
        await self.world.close()


def without_gaps(clients: Iterable[Client]) -> bool:
    return not any(client.gaps() for client in clients)
