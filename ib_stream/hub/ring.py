"""The newest events of a topic, for those who fell behind or come back."""

from bisect import bisect_right
from collections import OrderedDict
from itertools import takewhile
from operator import attrgetter

import msgspec

from market.times import SECOND

KEPT_BYTES = 256 * 1024
"""A ring holds so much even when that is more events than asked for."""

KEPT_NANOSECONDS = 5 * SECOND
MOST_BYTES = 4 * 1024 * 1024
"""A busy stream's ring holds so long, up to so much: longer than clients take to come back after a break."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """An event as it lies in rings: its number, when it was received (UTC nanoseconds), its bytes.

    `counted`: it is one of those that a client's `limit` counts.
    """

    n: int
    received: int
    frame: bytes
    counted: bool


class Ring:
    """At least the `least` newest events. `floor` is the newest one that is gone, or that was before the
    ring, `floor_received` when that came.

    What is added goes only by `trim`, so that whoever writes it to clients sees it whole, however much it is.
    """

    def __init__(self, least: int, floor: int, now: int) -> None:
        self.count = 0
        self.floor = floor
        self.floor_received = now
        self._least = least
        self._bytes = 0
        # The events, those before `_head` gone: a list can be searched, and gives up its front now and then.
        self._events: list[Event] = []
        self._head = 0

    def add(self, event: Event, key: object) -> None:
        """Take the newest event; `key` tells nothing here."""
        self.count += 1
        self._bytes += len(event.frame)
        self._events.append(event)

    def trim(self) -> None:
        """Let go of what is too much."""
        while self._bytes > KEPT_BYTES and len(self) > self._least and self._is_over():
            gone = self._pop()
            self._bytes -= len(gone.frame)
            self.floor, self.floor_received = gone.n, gone.received

    def after(self, n: int) -> list[Event]:
        """The events with numbers above `n`, in order."""
        return self._events[bisect_right(self._events, n, lo=self._head, key=_number) :]

    def missed(self, seen: int) -> int | None:
        """How many are gone of those after the first `seen`; None when nobody knows."""
        return max(0, self.count - len(self) - seen)

    def __len__(self) -> int:
        return len(self._events) - self._head

    def _is_over(self) -> bool:
        oldest, newest = self._events[self._head], self._events[-1]
        return self._bytes > MOST_BYTES or newest.received - oldest.received > KEPT_NANOSECONDS

    def _pop(self) -> Event:
        event = self._events[self._head]
        self._head += 1
        if self._head > len(self):
            del self._events[: self._head]
            self._head = 0
        return event


class LatestRing(Ring):
    """Of each key the latest event. What a newer one replaced is not missed by anyone."""

    def __init__(self, least: int, floor: int, now: int) -> None:
        super().__init__(least, floor, now)
        self._latest: OrderedDict[object, Event] = OrderedDict()

    def add(self, event: Event, key: object) -> None:
        """Take the newest event of `key`."""
        old = self._latest.pop(key, None)
        self._bytes += len(event.frame) - (len(old.frame) if old else 0)
        self.count += 1
        self._latest[key] = event

    def after(self, n: int) -> list[Event]:
        """The latest events with numbers above `n`, in order."""
        found = list(takewhile(lambda event: event.n > n, reversed(self._latest.values())))
        found.reverse()
        return found

    def missed(self, seen: int) -> int | None:
        """Never known: what was replaced does not count, and nobody keeps a record of it."""
        return None

    def __len__(self) -> int:
        return len(self._latest)

    def _is_over(self) -> bool:
        return True

    def _pop(self) -> Event:
        return self._latest.popitem(last=False)[1]


_number = attrgetter("n")
