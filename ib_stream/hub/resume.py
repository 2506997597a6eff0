"""Bringing a client who comes back to where the rings begin, out of what is kept elsewhere.

Events that come out of the store have no number of this life of the process. Their ids say instead how
many of each topic came after the id that the client came back with, so that it may break off here too,
and comes back to the same place. Once all topics are level the ids are ordinary again.
"""

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator
from typing import NamedTuple

from ib_stream.hub import frames
from ib_stream.hub.client import Client
from ib_stream.hub.ids import EventId
from ib_stream.hub.notices import Missing, Notices
from ib_stream.hub.outlets import HIGH_WATER
from ib_stream.hub.ring import Event
from ib_stream.hub.topic import Topic
from ib_stream.hub.wish import Replay, Replayed

log = logging.getLogger("truetick.stream")

ROUNDS = 3
"""A stream so busy that its ring has moved on after each of them has a gap instead."""


class _Part(NamedTuple):
    """What one topic has to replay: out of the store (up to where its ring begins), then `rest` of its
    ring."""

    topic: Topic
    stored: bool
    floor: int
    floor_received: int
    rest: list[Event]


class Resume:
    """The replay for one client; `run` leaves it at an event from which the rings go on."""

    def __init__(self, client: Client, notices: Notices, replay: Replay | None, now: int) -> None:
        self._client = client
        self._notices = notices
        self._replay = replay
        self._now = now
        self._size = 0

    async def run(self, origin: EventId) -> None:
        """Replay what came after `origin` and is in no ring, or not in all."""
        for _ in range(ROUNDS):
            if self._in_rings(origin):
                break
            level = self._level(origin)
            await self._round(origin, level)
            if self._client.closed:
                return
            origin = self._notices.id(level)
        self._client.n = origin.n

    def _in_rings(self, origin: EventId) -> bool:
        known = origin.epoch == self._notices.epoch and not origin.timed
        return known and all(topic.ring.floor <= origin.n for topic in self._client.topics)

    def _level(self, origin: EventId) -> int:
        """The event up to which all topics are replayed one by one; from there on they go on together."""
        rings = [topic.ring for topic in self._client.topics]
        level = max(ring.floor for ring in rings)
        if origin.timed:
            older = [e.n for ring in rings for e in ring.after(level) if e.received < origin.n]
            level = max([level, *older])
        return level

    async def _round(self, origin: EventId, level: int) -> None:
        topics = self._client.topics
        # All are looked at before the first wait, while they are at the same moment.
        parts = [self._part(topic, origin, level) for topic in topics]
        self._client.n = level
        self._client.remember(self._now)
        skip = origin.skip if len(origin.skip) == len(topics) else (0,) * len(topics)
        counts = list(skip)
        for place, part in enumerate(parts):
            count = 0
            async for data, counted in self._events(part, origin, told=skip[place] > 0):
                count += 1
                if count <= skip[place]:
                    continue
                counts[place] = count
                id = EventId(origin.epoch, origin.n, skip=tuple(counts), timed=origin.timed)
                self._client.counts.sent += 1
                await self._send(frames.with_id(data, id), counted)
                if self._client.closed:
                    return

    def _part(self, topic: Topic, origin: EventId, level: int) -> _Part:
        ring, ours = topic.ring, origin.epoch == self._notices.epoch
        if origin.timed:
            stored = ring.floor_received >= origin.n
            rest = [event for event in ring.after(ring.floor) if event.received >= origin.n]
        else:
            stored = not ours or ring.floor > origin.n
            rest = ring.after(ring.floor if stored else origin.n)
        return _Part(topic, stored, ring.floor, ring.floor_received, [e for e in rest if e.n <= level])

    async def _events(self, part: _Part, origin: EventId, told: bool) -> AsyncIterator[tuple[bytes, bool]]:
        """The events of one topic without their ids, and whether a limit counts them."""
        if part.stored:
            replayed = await self._ask(part, origin)
            if replayed.missing and not told:
                await self._tell(part, origin, replayed)
            async for body in _each(replayed):
                yield frames.event(body), part.topic.policy == "replay" and not frames.is_gap(body)
        for event in part.rest:
            yield frames.without_id(event.frame), event.counted

    async def _ask(self, part: _Part, origin: EventId) -> Replayed:
        start = origin.n if origin.timed else EventId(origin.epoch, origin.n)
        nothing = Replayed((), (origin.n if origin.timed else 0, part.floor_received))
        if self._replay is None:
            return nothing
        try:
            return await self._replay(part.topic, start, part.floor)
        except Exception:
            log.exception("what is kept of %s cannot be read; its clients have a gap", part.topic.name)
            return nothing

    async def _tell(self, part: _Part, origin: EventId, replayed: Replayed) -> None:
        assert replayed.missing
        start, end = replayed.missing
        missing = Missing("not_kept", None, origin, part.floor, start or None, end)
        self._client.counts.gaps += 1
        await self._send(self._notices.gap(part.topic, missing), False)

    async def _send(self, frame: bytes, counted: bool) -> None:
        client = self._client
        client.send(frame)
        client.ticks += counted
        if client.ticks >= client.limit:
            client.complete("limit_reached", "limit_reached")
        self._size += len(frame)
        if self._size >= HIGH_WATER:
            self._size = 0
            await client.flow.drain()
            # What is kept may be long and come without a wait; others have their turn.
            await asyncio.sleep(0)


async def _each(replayed: Replayed) -> AsyncIterator[bytes]:
    if isinstance(replayed.bodies, AsyncIterable):
        async for body in replayed.bodies:
            yield body
    else:
        for body in replayed.bodies:
            yield body
