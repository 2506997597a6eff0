"""From a published event to bytes on sockets."""

import asyncio
import contextlib
import re
from collections.abc import Iterable, Mapping

from ib_stream.hub.client import Client
from ib_stream.hub.flusher import Flusher
from ib_stream.hub.notices import Notices
from ib_stream.hub.outlets import Receive, Scope, Send, Way
from ib_stream.hub.ring import Event
from ib_stream.hub.stats import Counts, HubStats
from ib_stream.hub.topic import Policy, Topic
from ib_stream.hub.visit import Visit
from ib_stream.hub.watch import Watch
from ib_stream.hub.wish import Ended, Mark, Replay, Wish
from market.clock import Clock
from market.errors import BadRequest

DRAIN_SECONDS = 0.9


class Hub:
    """Publish to topics, serve clients. Everything on one event loop.

    `epoch` names this life of the process, a few letters and digits that no other has had. `buffer` is
    how many events a topic keeps at least for those who fall behind or come back; older ones are asked of
    `replay`. Under load flushes are `flush` seconds apart or more; with 0 everything leaves at once. A
    comment is sent after `heartbeat` seconds without an event; who reads nothing for `patience` seconds
    is closed. `mark` is told ids that clients may come back with. `way`: ``direct`` insists on uvicorn's
    transport, ``asgi`` does without.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        epoch: str,
        buffer: int = 100,
        flush: float = 0.005,
        heartbeat: float = 15.0,
        patience: float = 30.0,
        replay: Replay | None = None,
        mark: Mark | None = None,
        way: Way = "auto",
    ) -> None:
        if not re.fullmatch(r"[0-9A-Za-z]{1,32}", epoch):
            raise BadRequest(f"an epoch is 1 to 32 letters and digits, not {epoch!r}")
        self.n = 0
        self.clock, self.replay, self.way, self.patience = clock, replay, way, patience
        self.notices = Notices(epoch, clock)
        self.counts = Counts()
        self.draining = False
        self._buffer, self._mark, self._prefix = buffer, mark, f"id: {epoch}-".encode()
        self._topics: dict[str, Topic] = {}
        self._visits: dict[Visit, None] = {}
        self._nobody = asyncio.Event()
        self._flusher = Flusher(clock, flush, self.counts, mark)
        self._watch = Watch(clock, heartbeat, patience)

    def topic(self, name: str, policy: Policy, about: Mapping[str, object] | None = None) -> Topic:
        """The topic of that name, made on first use; `about` are fields of what the hub says of it."""
        if name not in self._topics:
            self._topics[name] = Topic(name, policy, about or {}, self._buffer, self.n, self.clock.now())
        return self._topics[name]

    def forget(self, topic: Topic) -> None:
        """Nothing more will be published to `topic`, and nobody listens."""
        self._topics.pop(topic.name, None)

    def publish(
        self, topic: Topic, body: bytes, received: int, key: object = None, *, counted: bool | None = None
    ) -> None:
        """Give `body`, one JSON object in one line, to all who listen to `topic`.

        `received`: UTC nanoseconds. `key` tells what replaces what in a topic of which only the latest
        counts. `counted`: whether a client's limit counts it, by default what is published to a
        ``replay`` topic.
        """
        self.n = n = self.n + 1
        self.counts.events += 1
        frame = b"%b%d\ndata: %b\n\n" % (self._prefix, n, body)
        event = Event(n, received, frame, topic.policy == "replay" if counted is None else counted)
        topic.ring.add(event, key)
        if topic.groups:
            self._flusher.put(topic, event)
        else:
            topic.ring.trim()

    def stop(self, topics: Iterable[Topic], reason: str) -> None:
        """`topics` come to their end: their clients are told, and let go if they listen to nothing else."""
        stopped = set(topics)
        self._flusher.flush()
        for visit in tuple(self._visits):
            if stopped.intersection(visit.client.topics):
                visit.stop(stopped, reason)

    async def serve(self, wish: Wish, scope: Scope, receive: Receive, send: Send) -> Ended:
        """The whole life of one client: headers, hello, what it missed, what comes, its end.

        Raise `SetupError` before the first byte when the way is ``direct`` and the server has no such way.
        """
        return await Visit(self, wish, scope, receive, send).run()

    async def drain(self, reason: str) -> None:
        """Tell all clients that the server goes, and be rid of them within a second."""
        self.draining = True
        self._flusher.flush()
        for visit in tuple(self._visits):
            visit.farewell(reason)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._visits:
                    self._nobody.clear()
                    await self._nobody.wait()

    def stats(self) -> HubStats:
        """What there is now and what has been."""
        counts = self.counts
        return HubStats(
            clients=len(self._visits),
            late=self._flusher.late,
            topics=len(self._topics),
            events=counts.events,
            sent=counts.sent,
            bytes=counts.bytes,
            batches=counts.batches,
            gaps=counts.gaps,
            missed=counts.missed,
            kicked=counts.kicked,
            latency=tuple(counts.latency),
        )

    def enter(self, visit: Visit) -> None:
        """A client is there."""
        self._visits[visit] = None
        self._watch.add(visit.client, visit.wish.timeout)

    def join(self, client: Client) -> None:
        """Give `client` what comes after its event `n`."""
        self._flusher.join(client, self.n)

    def part(self, client: Client) -> None:
        """Give `client` nothing more for now."""
        self._flusher.part(client)

    def leave(self, client: Client) -> None:
        """`client` listens no more; it may still have to get its last bytes."""
        self._flusher.part(client)
        self._watch.remove(client)

    def gone(self, visit: Visit) -> None:
        """Nothing of a client is left."""
        self._visits.pop(visit, None)
        if not self._visits:
            self._nobody.set()

    def mark(self, n: int, received: int) -> None:
        """A client may come back with event `n`, which is the newest of those received up to `received`."""
        if self._mark is not None:
            self._mark(n, received)
