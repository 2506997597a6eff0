"""A line that does not carry bytes as they were handed to it: pieces of other sizes, at other times.

Shapers are pure: bytes and the time go in, the segments that are due come out. A `Link` runs them on a clock
in front of a socket.
"""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain, repeat
from typing import Protocol

from market.clock import Clock, Timer
from simulator.wire.framing import frame


class Shaper(Protocol):
    """Takes what is sent and gives it back as segments, in order."""

    def feed(self, now: int, data: bytes) -> None:
        """Take the bytes of one write."""
        ...

    def take(self, now: int) -> list[bytes]:
        """The segments that leave by `now`."""
        ...

    @property
    def due(self) -> int | None:
        """When the next segment leaves, if any is held."""
        ...

    def drain(self) -> list[bytes]:
        """All that is held, when the fault ends."""
        ...


class Queue:
    """Segments that wait for their time."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, bytes]] = deque()

    def put(self, due: int, segment: bytes) -> None:
        self._waiting.append((due, segment))

    def take(self, now: int) -> list[bytes]:
        taken = []
        while self._waiting and self._waiting[0][0] <= now:
            taken.append(self._waiting.popleft()[1])
        return taken

    @property
    def due(self) -> int | None:
        return self._waiting[0][0] if self._waiting else None

    def drain(self) -> list[bytes]:
        left = [segment for _, segment in self._waiting]
        self._waiting.clear()
        return left


class Splitter(Queue):
    """Segments of given sizes, again and again from the first, `gap` nanoseconds apart.

    >>> splitter = Splitter([1, 3], gap=10)
    >>> splitter.feed(0, b"abcdef"); splitter.take(0), splitter.take(100)
    ([b'a'], [b'bcd', b'e', b'f'])
    """

    def __init__(self, sizes: Sequence[int], gap: int) -> None:
        super().__init__()
        self._sizes = chain.from_iterable(repeat(sizes))
        self._gap = gap
        self._free = 0

    def feed(self, now: int, data: bytes) -> None:
        at = 0
        while at < len(data):
            size = next(self._sizes)
            due = max(now, self._free)
            self.put(due, data[at : at + size])
            self._free = due + self._gap
            at += size


class Delayer(Queue):
    """Everything comes `by` nanoseconds later."""

    def __init__(self, by: int) -> None:
        super().__init__()
        self._by = by

    def feed(self, now: int, data: bytes) -> None:
        self.put(now + self._by, data)


class _Holder:
    """Bytes that are held until a time."""

    def __init__(self, hold: int) -> None:
        self._hold = hold
        self._held = b""
        self.due: int | None = None

    def feed(self, now: int, data: bytes) -> None:
        self._held += data
        if self.due is None:
            self.due = now + self._hold

    def drain(self) -> list[bytes]:
        held, self._held, self.due = self._held, b"", None
        return [held] if held else []


class Gluer(_Holder):
    """What is sent within `hold` nanoseconds leaves in one segment.

    >>> gluer = Gluer(10)
    >>> gluer.feed(0, b"ab"); gluer.feed(9, b"c"); gluer.take(9), gluer.take(10)
    ([], [b'abc'])
    """

    def take(self, now: int) -> list[bytes]:
        return self.drain() if self.due is not None and now >= self.due else []


class Burster(_Holder):
    """Segments of exactly `size` bytes; what does not fill one follows after a silence of `hold`.

    >>> burster = Burster(4, hold=10)
    >>> burster.feed(0, b"abcdefghi"); burster.take(0), burster.take(10)
    ([b'abcd', b'efgh'], [b'i'])
    """

    def __init__(self, size: int, hold: int) -> None:
        super().__init__(hold)
        self._size = size

    def take(self, now: int) -> list[bytes]:
        full = len(self._held) - len(self._held) % self._size
        taken = [self._held[at : at + self._size] for at in range(0, full, self._size)]
        self._held = self._held[full:]
        if taken:
            self.due = now + self._hold if self._held else None
        if self.due is not None and now >= self.due:
            taken += self.drain()
        return taken


class Truncator(Queue):
    """The next `count` frames lose the second half of their payload.

    With `lie`, the length in front of a frame still promises the whole.
    """

    def __init__(self, count: int, *, lie: bool) -> None:
        super().__init__()
        self._left = count
        self._lie = lie

    def feed(self, now: int, data: bytes) -> None:
        at, written = 0, b""
        while self._left and at < len(data):
            header = data[at : at + 4]
            payload = data[at + 4 : at + 4 + int.from_bytes(header)]
            kept = payload[: len(payload) // 2]
            written += header + kept if self._lie else frame(kept)
            self._left -= 1
            at += 4 + len(payload)
        self.put(now, written + data[at:])


class Greeter(Queue):
    """A notice stands right behind the first thing that is sent, which is the reply to the handshake."""

    def __init__(self, notice: Callable[[int], bytes]) -> None:
        super().__init__()
        self._notice: Callable[[int], bytes] | None = notice

    def feed(self, now: int, data: bytes) -> None:
        if self._notice is not None:
            version = int(data[4:].partition(b"\0")[0])
            data, self._notice = data + self._notice(version), None
        self.put(now, data)


class Link:
    """The shapers of one line, in the order in which they came, in front of `write`."""

    def __init__(self, clock: Clock, write: Callable[[bytes], None]) -> None:
        self._clock = clock
        self._write = write
        self._shapers: list[Shaper] = []
        self._timer: Timer | None = None

    def __bool__(self) -> bool:
        """Whether any shaper is left."""
        return bool(self._shapers)

    def add(self, shaper: Shaper) -> None:
        self._shapers.append(shaper)

    def remove(self, shaper: Shaper) -> None:
        """Take a shaper out; what it holds goes on its way."""
        behind = self._shapers.index(shaper) + 1
        for segment in shaper.drain():
            self._feed(behind, segment)
        self._shapers.remove(shaper)
        self._pump()

    def send(self, data: bytes) -> None:
        """Send the bytes of one write."""
        self._feed(0, data)
        self._pump()

    def _feed(self, place: int, segment: bytes) -> None:
        if place < len(self._shapers):
            self._shapers[place].feed(self._clock.now(), segment)
        else:
            self._write(segment)

    def _pump(self) -> None:
        """Move on what is due, and come back when more is."""
        now = self._clock.now()
        for place, shaper in enumerate(self._shapers):
            for segment in shaper.take(now):
                self._feed(place + 1, segment)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = [each.due for each in self._shapers if each.due is not None]
        if due:
            self._timer = self._clock.call_at(min(due), self._pump)
