"""The clients that listen to the same topics: what is new is joined once and written to each of them."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from ib_stream.hub import frames
from ib_stream.hub.client import Client
from ib_stream.hub.outlets import HIGH_WATER, Flow
from ib_stream.hub.ring import Event
from ib_stream.hub.stats import Counts
from ib_stream.hub.topic import Topic

_Way = tuple[Client, Flow, bool, Callable[[bytes], None]]


class Part(NamedTuple):
    """Events in order, joined, and how many of them limits count."""

    events: list[Event]
    data: bytes
    ticks: int


class Group:
    """`live` clients have everything up to event `n`, the last of `ticks` that limits count; `late` ones get
    theirs out of the rings.

    A client is late from the moment it cannot take all, and when it is new: whoever joins, comes back or was
    slow takes the same way to the others.
    """

    def __init__(self, topics: Iterable[Topic], n: int, counts: Counts) -> None:
        self.topics = tuple(topics)
        self.n = n
        self.ticks = 0
        self.pending: list[Event] = []
        self.live: dict[Client, None] = {}
        self.late: dict[Client, None] = {}
        self.flushed_at = 0
        self._counts = counts
        self._parts: dict[int, Part] = {}
        # Made of the live ones when one has come or gone; the limit that is reached first, as `ticks` count.
        self._ways: list[_Way] | None = None
        self._nearest = math.inf

    def __len__(self) -> int:
        return len(self.live) + len(self.late)

    def add(self, client: Client, now: int) -> None:
        """Take in a client, which may be behind, and give it what it has not."""
        client.group = self
        self.late[client] = None
        self._help([client], now)

    def remove(self, client: Client) -> None:
        """Let a client go; it knows from then on how far it is."""
        if client in self.live:
            self._take_out(client)
        self.late.pop(client, None)
        client.group = None

    def flush(self, now: int, monotonic: int) -> None:
        """Write what is pending to all that are live; whoever cannot take it whole is late."""
        events, self.pending = self.pending, []
        ticks = self.ticks + sum([event.counted for event in events])
        ways = self._looked_over()
        if ticks >= self._nearest:
            for client in [each for each in self.live if each.ticks + ticks >= each.limit]:
                self._fall_behind(client, now, monotonic)
            ways = self._looked_over()
        body = b"".join([event.frame for event in events])
        for client in _write(ways, body):
            self._fall_behind(client, now, monotonic)
        self._counts.sent += len(events) * len(self.live)
        self._counts.bytes += len(body) * len(self.live)
        self.n, self.ticks, self.flushed_at = events[-1].n, ticks, monotonic

    def _looked_over(self) -> list[_Way]:
        if self._ways is None:
            self._ways = [(client, client.flow, client.chunked, client.write) for client in self.live]
            self._nearest = min((client.limit - client.ticks for client in self.live), default=math.inf)
        return self._ways

    def _take_in(self, client: Client) -> None:
        """From now on it gets what all get, which is counted once for all."""
        self.live[client] = None
        client.ticks -= self.ticks
        self._ways = None

    def _take_out(self, client: Client) -> None:
        """It knows from now on by itself how far it is."""
        del self.live[client]
        client.n = self.n
        client.ticks += self.ticks
        self._ways = None

    def _fall_behind(self, client: Client, now: int, monotonic: int) -> None:
        self._take_out(client)
        self.late[client] = None
        client.remember(now)
        client.paused_at = monotonic if client.flow.write_paused else None

    def part(self, n: int) -> Part:
        """What rings have after event `n`, a buffer full: made once for all who fell behind together."""
        if n not in self._parts:
            self._parts[n] = _part_of(self._after(n))
        return self._parts[n]

    def _after(self, n: int) -> list[Event]:
        if len(self.topics) == 1:
            return self.topics[0].ring.after(n)
        events = [event for topic in self.topics for event in topic.ring.after(n)]
        return sorted(events, key=lambda event: event.n)

    def help_late(self, now: int) -> None:
        """Bring those who take bytes again up to date."""
        self._help([client for client in self.late if not client.flow.write_paused], now)

    def _help(self, clients: Sequence[Client], now: int) -> None:
        for client in clients:
            client.paused_at = None
            client.catch_up(self, now)
            if client in self.late:
                self._sort_in(client, now)
        self._parts.clear()

    def _sort_in(self, client: Client, now: int) -> None:
        # What is pending lies in the rings already; a client that has it must not get it again.
        if self.pending or client.flow.write_paused:
            client.remember(now)
        else:
            del self.late[client]
            self._take_in(client)


def _write(ways: Sequence[_Way], body: bytes) -> list[Client]:
    """Write to all; the answer is who did not take it. With many clients nothing takes longer than this."""
    behind, chunk = [], frames.chunk(body)
    for client, flow, chunked, write in ways:
        if flow.write_paused:
            behind.append(client)
            continue
        try:
            write(chunk if chunked else body)
        except (OSError, RuntimeError):  # closed, and its end is about to be noticed
            behind.append(client)
    return behind


def _part_of(events: list[Event]) -> Part:
    sizes = accumulate(len(event.frame) for event in events)
    end = next((place for place, size in enumerate(sizes, 1) if size >= HIGH_WATER), len(events))
    taken = events[:end]
    return Part(taken, b"".join([event.frame for event in taken]), sum([event.counted for event in taken]))
