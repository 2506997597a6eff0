"""One client: how far it is, what it still has to get, and how it ends."""

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, NamedTuple

from ib_stream.hub import frames
from ib_stream.hub.ids import EventId
from ib_stream.hub.notices import Missing, Notices
from ib_stream.hub.outlets import Outlet
from ib_stream.hub.ring import Event
from ib_stream.hub.stats import Counts
from ib_stream.hub.topic import Topic

if TYPE_CHECKING:
    from ib_stream.hub.group import Group

Reason = Literal[
    "limit_reached", "timeout", "stopped", "disconnected", "slow", "drained", "finished", "unavailable"
]
"""Why a client's stream ended; ``finished``: it had ended before, ``unavailable``: the server is about to
go."""


COME_BACK = "Reconnect with the last id that you got; what came meanwhile is sent from where it is kept."


class Mark(NamedTuple):
    """Of a topic, what a client has: all up to event `n`, which makes `seen` events; the next one came at
    `next` (UTC nanoseconds)."""

    n: int
    seen: int
    next: int


class Client:
    """Everything up to event `n` has been written to it, or it was told that it is missing.

    While it keeps up with its group these are the group's business: `n` and `marks` count once it falls
    behind, and `ticks` is less by what the group has counted.
    """

    def __init__(
        self,
        topics: Sequence[Topic],
        outlet: Outlet,
        n: int,
        notices: Notices,
        counts: Counts,
        on_end: Callable[[], None],
        limit: int | None,
    ) -> None:
        self.topics = tuple(dict.fromkeys(topics))
        self.flow, self.chunked, self.write = outlet.flow, outlet.chunked, outlet.write
        self.n = n
        self.marks: dict[Topic, Mark] = {}
        self.ticks = 0
        self.limit = math.inf if limit is None else limit
        self.group: Group | None = None
        self.ended: Reason | None = None
        # Nanoseconds of `Clock.monotonic`: when it has to go, was last written to by itself, was found
        # paused.
        self.due: int | None = None
        self.written_at = 0
        self.paused_at: int | None = None
        self.slot: int | None = None
        self.counts = counts
        self._outlet, self._notices, self._on_end = outlet, notices, on_end

    @property
    def closed(self) -> bool:
        """Nothing reaches it any more."""
        return self.ended is not None or self._outlet.closed

    def send(self, data: bytes) -> None:
        """Write to this one alone."""
        if not data:  # a chunk of no bytes would end the response
            return
        try:
            self.write(frames.chunk(data) if self.chunked else data)
            self.counts.bytes += len(data)
        except (OSError, RuntimeError):  # closed under our hands; uvloop raises the latter
            self.end("disconnected")

    def end(self, reason: Reason, last: bytes = b"") -> None:
        """Send `last` and let it go; nothing if it goes already."""
        if self.ended is None:
            self.ended = reason
            if last:
                self.send(last)
            self._on_end()

    def complete(self, reason: Reason, word: str) -> None:
        """Its last event says `word`; a reconnect with that event's id is not served again."""
        end = EventId(self._notices.epoch, self.position, end=True)
        self.end(reason, self._notices.complete(self.topics, word, self.got, end))

    def fail(self, code: str, message: str, details: str) -> None:
        """Close it with an error: it was too slow."""
        self.counts.kicked += 1
        self.end("slow", self._notices.error(self.topics, code, message, details))

    @property
    def position(self) -> int:
        """The number of the last event that it has got."""
        return self.n if (group := self._live_in) is None else group.n

    @property
    def got(self) -> int:
        """How many ticks it has got."""
        return self.ticks if (group := self._live_in) is None else self.ticks + group.ticks

    @property
    def _live_in(self) -> "Group | None":
        return self.group if self.group is not None and self in self.group.live else None

    def remember(self, now: int) -> None:
        """Note what to count from, should rings lose what it has not got; call before they are trimmed."""
        for topic in self.topics:
            if topic.ring.floor <= (n := self._reached(topic)):  # else its old mark counts what is gone
                self.marks[topic] = _mark(topic, n, now)

    def catch_up(self, group: "Group", now: int) -> None:
        """Write what it has not got, as far as it takes it."""
        lost = [topic for topic in self.topics if topic.ring.floor > self._reached(topic)]
        if kept_whole := [topic.name for topic in lost if topic.policy == "lossless"]:
            self.fail("TOO_SLOW", f"too slow for {kept_whole[0]}, of which nothing may be missed", COME_BACK)
            return
        # Told before anything else: an id means that all before it, of every topic, has come or is told.
        self.send(b"".join(self._gap(topic, now) for topic in lost))
        while self.ended is None and not self.flow.write_paused and (part := group.part(self.n)).events:
            if self.ticks + part.ticks >= self.limit:
                self._send_last(part.events)
            else:
                self.send(part.data)
                self.n, self.ticks = part.events[-1].n, self.ticks + part.ticks
                self.counts.sent += len(part.events)

    def _send_last(self, events: Sequence[Event]) -> None:
        """Send of `events` as many as the limit allows, and the end."""
        reached = accumulate((event.counted for event in events), initial=self.ticks)
        count = next(place for place, ticks in enumerate(reached) if ticks >= self.limit)
        self.send(b"".join(event.frame for event in events[:count]))
        self.n, self.ticks = events[count - 1].n, int(self.limit)
        self.counts.sent += count
        self.complete("limit_reached", "limit_reached")

    def _reached(self, topic: Topic) -> int:
        """The event up to which it has all of `topic`, or was told what it has not."""
        mark = self.marks.get(topic)
        return max(self.n, mark.n) if mark else self.n

    def _gap(self, topic: Topic, now: int) -> bytes:
        ring, mark = topic.ring, self.marks.get(topic)
        count = ring.missed(mark.seen) if mark else None
        after = self._notices.id(mark.n if mark else self.n)
        missing = Missing("slow_client", count, after, ring.floor, mark and mark.next, ring.floor_received)
        self.marks[topic] = _mark(topic, ring.floor, now)
        self.counts.gaps += 1
        self.counts.missed += count or 0
        # Of several topics, others may still have events before its end: who breaks off here is told
        # again, or gets it out of the store.
        alone = len(self.topics) == 1
        return self._notices.gap(topic, missing, self._notices.id(ring.floor) if alone else None)


def _mark(topic: Topic, n: int, now: int) -> Mark:
    waiting = topic.ring.after(n)
    return Mark(n, topic.ring.count - len(waiting), waiting[0].received if waiting else now)
