"""Clients over plain ASGI, with no server between, and what they make of the bytes that they get."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from ib_stream.hub import Ended, EventId, Hub, Topic, Wish
from ib_stream.hub.outlets import Message

SCOPE = {"type": "http", "http_version": "1.1", "method": "GET", "headers": []}


class Told(NamedTuple):
    """An event as a client sees it: the id that it would come back with, and the object."""

    id: str
    data: dict[str, Any]


def events(stream: bytes) -> tuple[list[Told], str]:
    """The whole events of `stream` and the last id that a browser would have."""
    found, id, blocks = [], "", stream.split(b"\n\n")[:-1]
    for block in blocks:
        fields = dict(line.split(b": ", 1) for line in block.split(b"\n"))
        id = fields.get(b"id", id.encode()).decode()
        if b"data" in fields:
            found.append(Told(id, json.loads(fields[b"data"])))
    return found, id


async def spin(turns: int = 12) -> None:
    """Let everything that can run do so."""
    for _ in range(turns):
        await asyncio.sleep(0)


class Peer:
    """One connection of a client that reads, until told otherwise, all that comes."""

    def __init__(self, hub: Hub, topics: Sequence[Topic], **wish: Any) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.stream = b""
        self.finished = False
        self._reading = asyncio.Event()
        self._reading.set()
        self._gone = asyncio.Event()
        wanted = Wish(topics=tuple(topics), **wish)
        self.task: asyncio.Task[Ended] = asyncio.create_task(
            hub.serve(wanted, dict(SCOPE), self._receive, self._send)
        )

    def pause(self) -> None:
        self._reading.clear()

    def read(self) -> None:
        self._reading.set()

    async def leave(self) -> Ended:
        self._gone.set()
        self._reading.set()
        return await self.task

    @property
    def told(self) -> list[Told]:
        return events(self.stream)[0]

    @property
    def last_id(self) -> EventId:
        return EventId.parse(events(self.stream)[1])

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event.data for event in self.told if event.data["type"] == kind]

    async def _receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
            return
        await self._reading.wait()
        self.stream += message["body"]
        self.finished = not message["more_body"]
