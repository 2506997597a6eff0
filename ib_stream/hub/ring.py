"""The newest events of a topic, for those who fell behind or come back."""

from collections import OrderedDict, deque
from collections.abc import Reversible

import msgspec

KEPT_BYTES = 256 * 1024
"""A ring holds so much even when that is more events than asked for: a second of a busy stream."""


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
        self._events: deque[Event] = deque()

    def add(self, event: Event, key: object) -> None:
        """Take the newest event; `key` tells nothing here."""
        self.count += 1
        self._bytes += len(event.frame)
        self._events.append(event)

    def trim(self) -> None:
        """Let go of what is too much."""
        while self._bytes > KEPT_BYTES and len(self) > self._least:
            gone = self._pop()
            self._bytes -= len(gone.frame)
            self.floor, self.floor_received = gone.n, gone.received

    def after(self, n: int) -> list[Event]:
        """The events with numbers above `n`, in order."""
        found = []
        for event in reversed(self._all()):
            if event.n <= n:
                break
            found.append(event)
        found.reverse()
        return found

    def missed(self, seen: int) -> int | None:
        """How many are gone of those after the first `seen`; None when nobody knows."""
        return max(0, self.count - len(self) - seen)

    def __len__(self) -> int:
        return len(self._events)

    def _all(self) -> Reversible[Event]:
        return self._events

    def _pop(self) -> Event:
        return self._events.popleft()


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

    def missed(self, seen: int) -> int | None:
        """Never known: what was replaced does not count, and nobody keeps a record of it."""
        return None

    def __len__(self) -> int:
        return len(self._latest)

    def _all(self) -> Reversible[Event]:
        return self._latest.values()

    def _pop(self) -> Event:
        return self._latest.popitem(last=False)[1]
