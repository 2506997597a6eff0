"""All groups together: who joins which, and the one flush for all of them."""

import asyncio
import time
from collections.abc import Sequence

from ib_stream.hub.client import Client
from ib_stream.hub.group import Group
from ib_stream.hub.pace import Pace
from ib_stream.hub.ring import Event
from ib_stream.hub.stats import Counts
from ib_stream.hub.topic import Topic
from ib_stream.hub.wish import Mark
from market.clock import Clock

AGAIN_SECONDS = 0.02


class Flusher:
    """Brings what is published from the groups' pending events to their clients."""

    def __init__(self, clock: Clock, window: float, counts: Counts, mark: Mark | None) -> None:
        self._clock, self._counts, self._mark = clock, counts, mark
        self._pace = Pace(window)
        self._groups: dict[frozenset[Topic], Group] = {}
        self._dirty: list[Group] = []
        self._next: asyncio.Handle | None = None
        self._again: asyncio.Handle | None = None
        self._first = 0.0

    @property
    def late(self) -> int:
        """How many clients are behind."""
        return sum(len(group.late) for group in self._groups.values())

    def join(self, client: Client, n: int) -> None:
        """Give `client` what comes after its own event; `n` is the newest of all."""
        key = frozenset(client.topics)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(client.topics, n, self._counts)
            for topic in key:
                topic.groups.append(group)
        group.add(client, self._clock.now())
        self._drop_if_empty(group)
        self._look_again()

    def part(self, client: Client) -> None:
        """Give `client` nothing more."""
        if (group := client.group) is not None:
            group.remove(client)
            self._drop_if_empty(group)

    def put(self, topic: Topic, event: Event) -> None:
        """Let `event` go to those who listen to `topic`, soon."""
        for group in topic.groups:
            if not group.pending:
                self._dirty.append(group)
            group.pending.append(event)
        if self._next is None:
            self._schedule()

    def flush(self, waited: bool = False) -> None:
        """Write all that is pending; `waited`: after a window."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
        if not self._dirty:
            return
        loop, started = asyncio.get_running_loop(), time.thread_time()
        dirty, self._dirty = self._dirty, []
        last = max((group.pending[-1] for group in dirty), key=lambda event: event.n)
        saved = _saved(dirty)
        now, monotonic = self._clock.now(), self._clock.monotonic()
        for group in dirty:
            group.flush(now, monotonic)
        self.help_late()
        self._trim(dirty)
        if self._mark is not None:
            self._mark(last.n, last.received)
        self._counts.waited(loop.time() - self._first)
        self._pace.flushed(loop.time(), saved if waited else None)
        # The loop may write only now (uvloop does), so what it cost shows once it comes round.
        loop.call_soon(lambda: self._pace.took(time.thread_time() - started))

    def help_late(self) -> None:
        """Bring on those who fell behind and take bytes again."""
        now = self._clock.now()
        for group in tuple(self._groups.values()):
            if group.late:
                group.help_late(now)
                self._drop_if_empty(group)
        self._look_again()

    def _look_again(self) -> None:
        """Soon, while anybody is late: they may take more, and no event might come to bring it along."""
        if self._again is None and self.late:
            self._again = asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._look)

    def _look(self) -> None:
        self._again = None
        self.help_late()

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        self._first = loop.time()
        delay = self._pace.delay(self._first)
        self._next = loop.call_later(delay, self.flush, True) if delay else loop.call_soon(self.flush)

    def _trim(self, groups: Sequence[Group]) -> None:
        for group in groups:
            for topic in group.topics:
                topic.ring.trim()
            self._drop_if_empty(group)

    def _drop_if_empty(self, group: Group) -> None:
        if not group and self._groups.get(key := frozenset(group.topics)) is group:
            del self._groups[key]
            for topic in key:
                topic.groups.remove(group)


def _saved(groups: Sequence[Group]) -> float | None:
    """How many events go into one write."""
    writes = sum(len(group.live) for group in groups)
    events = sum(len(group.live) * len(group.pending) for group in groups)
    return events / writes if writes else None
