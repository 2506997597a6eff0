"""Emit what a market does at the time it happens."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from market.clock import Clock, Timer
from market.times import MINUTE


class Timed(Protocol):
    """Anything that happens at a time."""

    @property
    def time(self) -> int: ...


Item = TypeVar("Item")
T = TypeVar("T", bound=Timed)


class Chunk(NamedTuple, Generic[Item]):
    """Items that are due at `times`, in order; others may hold the same lists, so nobody changes them."""

    times: Sequence[int]
    items: Sequence[Item]


class Beat(msgspec.Struct, frozen=True):
    """A moment at which something is due."""

    time: int


def beats(every: int) -> Callable[[int, int], list[Beat]]:
    """The multiples of `every` in a range.

    >>> [beat.time for beat in beats(5)(1, 16)]
    [5, 10, 15]
    """
    return lambda start, end: [Beat(t) for t in range(-(-start // every) * every, end, every)]


class Batches(Generic[Item]):
    """Fetch a minute of items at a time and emit all that the clock has reached at once, until cancelled.

    `fetch(start, end)` gives the items of a range; they may lie up to a moment behind its end.
    Items come `delay` nanoseconds after their time. Streams that are due at the same instant run in the
    order in which they set their timers, so that a driven clock gives the same order every time.
    """

    CHUNK = MINUTE

    def __init__(
        self,
        clock: Clock,
        fetch: Callable[[int, int], Chunk[Item]],
        emit: Callable[[Sequence[Item]], None],
        *,
        start: int,
        delay: int = 0,
    ) -> None:
        self._clock = clock
        self._fetch = fetch
        self._emit = emit
        self._delay = delay
        self._fetched = start
        self._chunk: Chunk[Item] = Chunk((), ())
        self._next = 0
        self._cancelled = False
        self._timer: Timer | None = None
        self._wait()

    def cancel(self) -> None:
        """Emit nothing more; calling it twice is harmless."""
        self._cancelled = True
        if self._timer is not None:
            self._timer.cancel()

    def _wait(self) -> None:
        times = self._chunk.times
        due = times[self._next] if self._next < len(times) else self._fetched
        self._timer = self._clock.call_at(due + self._delay, self._run)

    def _run(self) -> None:
        now = self._clock.now() - self._delay
        while not self._cancelled:
            times, items = self._chunk
            first, self._next = self._next, bisect_right(times, now, self._next)
            if first < self._next:
                self._emit(items[first : self._next])
            if self._next < len(times) or self._fetched > now:
                break
            end = (self._fetched // self.CHUNK + 1) * self.CHUNK
            self._chunk, self._next = self._fetch(self._fetched, end), 0
            self._fetched = end
        if not self._cancelled:
            self._wait()


class Stream(Batches[T]):
    """Emit one item after the other; an `emit` that cancels gets no further one."""

    def __init__(
        self,
        clock: Clock,
        fetch: Callable[[int, int], Sequence[T]],
        emit: Callable[[T], None],
        *,
        start: int,
        delay: int = 0,
    ) -> None:
        def fetch_timed(begin: int, end: int) -> Chunk[T]:
            items = fetch(begin, end)
            return Chunk([item.time for item in items], items)

        def emit_each(items: Sequence[T]) -> None:
            for item in items:
                if self._cancelled:
                    break
                emit(item)

        super().__init__(clock, fetch_timed, emit_each, start=start, delay=delay)
