"""The whole life of one client, from its headers to its last byte."""

import asyncio
import random
from collections.abc import Collection
from typing import TYPE_CHECKING

import msgspec

from ib_stream.hub import frames
from ib_stream.hub.client import Client
from ib_stream.hub.ids import EventId
from ib_stream.hub.outlets import Direct, Outlet, Portable, Receive, Scope, Send, can_be_direct
from ib_stream.hub.resume import Resume
from ib_stream.hub.topic import Topic
from ib_stream.hub.wish import Ended, Wish
from market.errors import SetupError

if TYPE_CHECKING:
    from ib_stream.hub.hub import Hub

RETRY_MILLISECONDS = 2000
FAREWELL_SECONDS = 0.5


class Visit:
    """One call of `Hub.serve`."""

    def __init__(self, hub: "Hub", wish: Wish, scope: Scope, receive: Receive, send: Send) -> None:
        self.wish = wish
        self.client: Client
        self._hub, self._scope, self._receive, self._send = hub, scope, receive, send
        # Ends the wait for the client's leaving when we end the stream, without a second task.
        self._live = asyncio.timeout(None)
        self._closing: asyncio.Timeout | None = None

    async def run(self) -> Ended:
        """Serve the client until one of the two sides ends it."""
        if self.wish.after is not None and self.wish.after.end:
            await self._answer(204)
            return Ended("finished", 0)
        if self._hub.draining:
            await self._answer(503, (b"retry-after", b"1"))
            return Ended("unavailable", 0)
        direct = self._is_direct()
        await self._send({"type": "http.response.start", "status": 200, "headers": self._headers()})
        outlet: Outlet = Direct(self._receive, self._send) if direct else Portable(self._send, self._lost)
        self.client = self._make_client(outlet)
        ended = False
        try:
            await self._stream()
            ended = await self._close(outlet)
        finally:
            if not ended:
                await outlet.abort()
            self._hub.gone(self)
        assert self.client.ended
        return Ended(self.client.ended, self.client.ticks)

    def stop(self, topics: Collection[Topic], reason: str) -> None:
        """`topics` have ended; what else the client listens to goes on."""
        client = self.client
        left = tuple(topic for topic in client.topics if topic not in topics)
        if not left:
            client.complete("stopped", reason)
        elif client.ended is None:
            joined = client.group is not None
            self._hub.part(client)
            ended = [topic for topic in client.topics if topic in topics]
            client.send(self._hub.notices.complete(ended, reason, client.ticks, None))
            client.topics = left
            if joined and client.ended is None:
                self._hub.join(client)

    def farewell(self, reason: str) -> None:
        """The server goes: the client is told, unless it is on its way out; nobody is waited for long."""
        if self._closing is not None:
            self._closing.reschedule(asyncio.get_running_loop().time() + FAREWELL_SECONDS)
        else:
            self.client.end("drained", self._hub.notices.farewell(self.client.topics, reason))

    async def _stream(self) -> None:
        client = self.client
        try:
            async with self._live:
                self._hub.enter(self)
                await self._begin()
                if client.ended is None:
                    self._hub.join(client)
                while (await self._receive())["type"] != "http.disconnect":
                    pass
                client.end("disconnected")
        except TimeoutError:
            if client.ended is None:
                raise
        finally:
            self._hub.leave(client)

    async def _begin(self) -> None:
        hub, wish, client = self._hub, self.wish, self.client
        origin = self._origin()
        here = hub.notices.id(hub.n)
        retry = RETRY_MILLISECONDS + random.randrange(1000)  # noqa: S311  # so that not all come back at once
        first = frames.preamble(retry, None if origin else here)
        client.send(first + b"".join(map(frames.event, wish.hello)))
        if origin:
            await Resume(client, hub.notices, hub.replay, hub.clock.now()).run(origin)
        else:
            hub.mark(here.n, hub.clock.now())
            states = [topic.ring.after(0) for topic in client.topics if topic.policy == "latest"]
            client.send(b"".join(frames.without_id(event.frame) for ring in states for event in ring))

    def _origin(self) -> EventId | None:
        after, since = self.wish.after, self.wish.since
        if after is None:
            return None if since is None else EventId(self._hub.notices.epoch, since, timed=True)
        ours = after.epoch == self._hub.notices.epoch and not after.timed
        # No client has seen what is still to come; such an id is made up.
        return msgspec.structs.replace(after, n=min(after.n, self._hub.n)) if ours else after

    async def _close(self, outlet: Outlet) -> bool:
        """End the response; False when there is nobody to end it for, or it is not taken."""
        if self.client.ended == "disconnected":
            return False
        patience = FAREWELL_SECONDS if self._hub.draining else self._hub.patience
        try:
            async with asyncio.timeout(patience) as self._closing:
                await outlet.close()
        except TimeoutError:
            return False
        return True

    def _make_client(self, outlet: Outlet) -> Client:
        hub, wish = self._hub, self.wish
        return Client(wish.topics, outlet, hub.n, hub.notices, hub.counts, self._on_end, wish.limit)

    def _on_end(self) -> None:
        self._hub.part(self.client)
        self._live.reschedule(0)

    def _lost(self) -> None:
        self.client.end("disconnected")

    def _is_direct(self) -> bool:
        possible = self._hub.way != "asgi" and can_be_direct(self._scope, self._send)
        if self._hub.way == "direct" and not possible:
            raise SetupError(
                "the direct way needs uvicorn over plain HTTP/1.1 and its own `send`; "
                "set IB_STREAM_TRANSPORT to auto"
            )
        return possible

    def _headers(self) -> list[tuple[bytes, bytes]]:
        id = self.wish.request_id
        return [*frames.HEADERS, *([(b"x-request-id", id.encode())] if id else []), *self.wish.extra_headers]

    async def _answer(self, status: int, *headers: tuple[bytes, bytes]) -> None:
        everything = [*headers, *self.wish.extra_headers]
        await self._send({"type": "http.response.start", "status": status, "headers": everything})
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
