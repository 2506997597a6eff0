"""Emit what a market does at the time it happens."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from market.clock import Clock, Timer
from market.times import MINUTE


class Timed(Protocol):
    """Anything that happens at a time."""

    @property
    def time(self) -> int: ...


T = TypeVar("T", bound=Timed)


class Beat(msgspec.Struct, frozen=True):
    """A moment at which something is due."""

    time: int


def beats(every: int) -> Callable[[int, int], list[Beat]]:
    """The multiples of `every` in a range.

    >>> [beat.time for beat in beats(5)(1, 16)]
    [5, 10, 15]
    """
    return lambda start, end: [Beat(t) for t in range(-(-start // every) * every, end, every)]


class Stream(Generic[T]):
    """Fetch a minute of items at a time and emit each once the clock has reached it, until cancelled.

    `fetch(start, end)` gives the items of a range in order; they may lie up to a moment behind its end.
    Items come `delay` nanoseconds after their time. Streams that are due at the same instant run in the
    order in which they set their timers, so that a driven clock gives the same order every time.
    """

    CHUNK = MINUTE

    def __init__(
        self,
        clock: Clock,
        fetch: Callable[[int, int], Sequence[T]],
        emit: Callable[[T], None],
        *,
        start: int,
        delay: int = 0,
    ) -> None:
        self._clock = clock
        self._fetch = fetch
        self._emit = emit
        self._delay = delay
        self._fetched = start
        self._items: deque[T] = deque()
        self._cancelled = False
        self._timer: Timer | None = None
        self._wait()

    def cancel(self) -> None:
        """Emit nothing more; calling it twice is harmless."""
        self._cancelled = True
        if self._timer is not None:
            self._timer.cancel()

    def _wait(self) -> None:
        due = self._items[0].time if self._items else self._fetched
        self._timer = self._clock.call_at(due + self._delay, self._run)

    def _run(self) -> None:
        now = self._clock.now() - self._delay
        while not self._cancelled:
            while self._items and self._items[0].time <= now and not self._cancelled:
                self._emit(self._items.popleft())
            if self._items or self._fetched > now:
                break
            end = (self._fetched // self.CHUNK + 1) * self.CHUNK
            self._items.extend(self._fetch(self._fetched, end))
            self._fetched = end
        if not self._cancelled:
            self._wait()
