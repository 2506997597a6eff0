"""The simulated gateway, the broker, the store and the hub with feeds between them, and clients over ASGI."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from data_processing.coverage import missing
from data_processing.realtime_data import RealTimeData
from data_processing.refill import Refill
from data_processing.timeseries_db import TimeseriesDB
from ib_stream.feeds import Feeds
from ib_stream.hub import EventId, Hub, Topic, Wish
from market.instrument import Instrument
from market.times import SECOND, parse
from simulator.gateway.options import GatewayOptions
from simulator.model.api import MarketModel
from tests.end_to_end.outages import Outage, outage

Print = tuple[int, float, float]


class Client:
    """One client of topics; `events` is what it got, each with its id."""

    def __init__(self, server: "Server", names: list[str], after: str = "") -> None:
        self.events = list[tuple[str, dict[str, Any]]]()
        self.last_id = after
        self.joined = server.world.clock.now()
        self._server = server
        self._names = names
        self._gone = asyncio.Event()
        self._unread = b""
        self._topics: Sequence[Topic] = ()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Come back once the stream has begun."""
        server = self._server
        joining = asyncio.ensure_future(server.feeds.join(self._names))
        joined = await server.world.opening(joining)
        after = EventId.parse(self.last_id) if self.last_id else None
        hello = [*joined.hello, *([] if after else joined.snapshot)]
        self._topics = joined.topics
        wish = Wish(topics=joined.topics, after=after, hello=hello)
        self._task = asyncio.create_task(self._serve(wish, joined))
        await server.world.advance(0.25)

    async def _serve(self, wish: Wish, joined: Any) -> None:
        with joined:
            await self._server.hub.serve(wish, {"type": "http"}, self._receive, self._send)

    async def leave(self) -> None:
        """Hang up."""
        self._gone.set()
        if self._task is not None:
            await self._task
            self._task = None

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        *whole, self._unread = (self._unread + message.get("body", b"")).split(b"\n\n")
        for frame in whole:
            fields = dict(line.split(b": ", 1) for line in frame.split(b"\n") if not line.startswith(b":"))
            self.last_id = fields.get(b"id", self.last_id.encode()).decode()
            if b"data" in fields:
                self.events.append((self.last_id, json.loads(fields[b"data"])))

    @property
    def level(self) -> bool:
        """Whether it has all that was sent, or has gone."""
        sent = max((event.n for topic in self._topics for event in topic.ring.after(0)), default=0)
        if self._task is None or self._task.done():
            return True
        here = EventId.parse(self.last_id)
        return here.epoch == self._server.hub.notices.epoch and not here.skip and here.n >= sent

    # -- what it got

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [body for _, body in self.events if body["type"] == kind]

    def codes(self) -> list[str]:
        return [body["code"] for body in self.of("info")]

    def prints(self, source: str = "") -> list[Print]:
        data = [body["data"] for body in self.of("tick")]
        kept = [each for each in data if not source or each["source"] == source]
        return [(each["unix_time"], each["price"], each["size"]) for each in kept]

    def gaps(self) -> list[tuple[int, int]]:
        """Whole seconds [from, to)."""
        return [(parse(gap["from"]) // SECOND, -(-parse(gap["to"]) // SECOND)) for gap in self.of("gap")]

    def made_good(self) -> bool:
        """Whether all that was told to be in doubt has been refilled or named, as clients are promised."""
        told = {code: [b for b in self.of("info") if b["code"] == code] for code in ("resumed", "refilled")}
        done = [(parse(b["from"]), parse(b["to"])) for b in (*told["refilled"], *self.of("gap"))]
        open_ = [missing(done, parse(b["from"]), parse(b["to"])) for b in told["resumed"]]
        return bool(done) and not any(open_)

    async def check(self, instrument: Instrument) -> None:
        """From its join on it got every print once, or a gap is named; and live ones came in order."""
        world = self._server.world
        await self._server.quiet()
        end = (world.clock.now() // SECOND - 2) * SECOND
        start = self.joined // SECOND * SECOND
        every = world.market.trades(instrument.contract_id, start, end)
        truth = Counter((each.time // SECOND, each.price, each.size) for each in every if each.last)
        got = Counter(each for each in self.prints() if each[0] < end // SECOND)
        assert got, "nothing came"
        doubled = {each: n for each, n in (got - truth).items() if each[0] > start // SECOND}
        assert not doubled, f"doubled or invented: {doubled}"
        named = {second for first, last in self.gaps() for second in range(first, last)}
        whole_from = start // SECOND + 1
        lost = [each for each in (truth - got) if each[0] > whole_from and each[0] not in named]
        assert not lost, f"lost {sorted(lost)} beside the gaps {self.gaps()}"
        live = [each[0] for each in self.prints("tbt")]
        assert live == sorted(live), "live ticks came out of order"


class Server:
    """All that a server has between the broker and its clients."""

    def __init__(self, world: Outage, folder: Path, epoch: str) -> None:
        self.world = world
        broker, clock = world.broker, world.clock
        self.db = TimeseriesDB.open(folder, broker.source, write=True)
        self.realtime = RealTimeData(broker.bus, self.db, [], clock)
        assert self.realtime.recorder is not None
        self.refill = Refill(broker, self.db, clock, recorder=self.realtime.recorder)
        self.realtime.start()
        self.refill.start()
        self.hub = Hub(
            clock, epoch=epoch, flush=0, buffer=5, heartbeat=1e6, replay=self._replay, mark=self._mark
        )
        flush = self.realtime.recorder.flush
        self.feeds = Feeds(broker, self.hub, self.db, clock, flush=flush)
        self.feeds.start()
        self.clients = list[Client]()

    async def client(self, *names: str, after: str = "") -> Client:
        client = Client(self, list(names), after)
        self.clients.append(client)
        await client.start()
        return client

    async def quiet(self) -> None:
        """All that was published has reached the clients."""
        async with asyncio.timeout(20):
            while not all(client.level for client in self.clients):  # noqa: ASYNC110 - others' tasks
                await asyncio.sleep(0.005)

    async def lull(self) -> None:
        """Nothing came for half a second, and clients have all."""
        came = -1
        while came != self.hub.n:
            came = self.hub.n
            await self.world.advance(0.5)
        await self.quiet()

    async def close(self) -> None:
        await self.hub.drain("it ends")
        for client in self.clients:
            await client.leave()
        await self.feeds.close()
        await self.realtime.close()
        await self.refill.close()
        self.db.close()

    async def _replay(self, topic: Any, start: EventId | int, until: int) -> Any:
        return await self.feeds.replay(topic, start, until)

    def _mark(self, n: int, received: int) -> None:
        self.feeds.mark(n, received)


@asynccontextmanager
async def serving(market: MarketModel, folder: Path, **options: Any) -> AsyncIterator[Server]:
    async with outage(market, GatewayOptions(message_rate=0, **options)) as world:
        server = Server(world, folder, "e1")
        try:
            yield server
        finally:
            await server.close()


async def until(server: Server, reached: Any, seconds: float = 120) -> None:
    """Let time pass until something is so."""
    for _ in range(int(seconds)):
        if reached():
            return
        await server.world.advance(1)
        # What is read from the disk takes real time.
        await asyncio.sleep(0.01)
    assert reached()
