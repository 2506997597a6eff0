"""Three clocks behind one protocol: the real one, one that a test drives, one that runs faster.

Whoever needs the time or a timer takes a `Clock`; nothing else calls `time.time` or `asyncio.sleep`.
"""

import asyncio
import heapq
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from math import ceil
from typing import Protocol

from market.errors import BadRequest


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """Let it not happen; harmless when it already did."""
        ...


class Clock(Protocol):
    """`now` in UTC nanoseconds, and calls at a given time."""

    def now(self) -> int:
        """UTC nanoseconds."""
        ...

    def monotonic(self) -> int:
        """Nanoseconds since some moment: they never go back, whatever is done to the machine's time."""
        ...

    def call_at(self, when: int, callback: Callable[[], None]) -> Timer:
        """Run `callback` on the event loop once `now() >= when`."""
        ...


_GRAIN = 0.002


class AcceleratedClock:
    """Start at `start` (default: now) and run `speed` times as fast as the real clock.

    Timers need a running event loop. They ring at the next of 500 instants a second, so that a hundred
    streams of a busy market, and what they send, are due together.
    """

    def __init__(self, start: int | None = None, speed: float = 1.0) -> None:
        if speed <= 0:
            raise BadRequest(f"a clock cannot run at speed {speed}; give a number above 0, e.g. 60")
        self.speed = speed
        self._origin = time.monotonic_ns()
        self._start = time.time_ns() if start is None else start

    def now(self) -> int:
        return self._start + self.monotonic()

    def monotonic(self) -> int:
        return int((time.monotonic_ns() - self._origin) * self.speed)

    def call_at(self, when: int, callback: Callable[[], None]) -> Timer:
        loop = asyncio.get_running_loop()
        due = loop.time() + (when - self.now()) / self.speed / 1e9
        return loop.call_at(ceil(due / _GRAIN) * _GRAIN, callback)


class RealClock:
    """The machine's own time. It follows the system clock when that is corrected, as IB's stamps do."""

    def now(self) -> int:
        return time.time_ns()

    def monotonic(self) -> int:
        return time.monotonic_ns()

    def call_at(self, when: int, callback: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(max(0.0, (when - self.now()) / 1e9), callback)


async def sleep(clock: Clock, seconds: float) -> None:
    """Come back `seconds` of the clock's time later."""
    over = asyncio.Event()
    timer = clock.call_at(clock.now() + int(seconds * 1e9), over.set)
    try:
        await over.wait()
    finally:
        timer.cancel()


@asynccontextmanager
async def deadline(clock: Clock, seconds: float) -> AsyncIterator[None]:
    """Raise `TimeoutError` in the block once `seconds` of the clock's time have gone."""
    async with asyncio.timeout(None) as limit:
        timer = clock.call_at(clock.now() + int(seconds * 1e9), lambda: limit.reschedule(0))
        try:
            yield
        finally:
            timer.cancel()


class _DrivenTimer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class DrivenClock:
    """Stands still until `advance`, which runs the timers due on the way, each at its own time.

    >>> clock, seen = DrivenClock(0), []
    >>> timer = clock.call_at(5, lambda: seen.append(clock.now()))
    >>> clock.advance(10); seen, clock.now()
    ([5], 10)
    """

    def __init__(self, start: int = 0) -> None:
        self._now = start
        self._order = count()
        self._timers: list[tuple[int, int, _DrivenTimer]] = []

    def now(self) -> int:
        return self._now

    def monotonic(self) -> int:
        return self._now

    def call_at(self, when: int, callback: Callable[[], None]) -> Timer:
        timer = _DrivenTimer(callback)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        return timer

    @property
    def next_due(self) -> int | None:
        """When the next timer is due, which may be past; None when nothing is to come."""
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def advance(self, nanoseconds: int) -> None:
        """Move on by `nanoseconds`."""
        self.advance_to(self._now + nanoseconds)

    def leap_to(self, when: int) -> None:
        """Move on to `when` at once: what became due runs there, in order, not each at its own time."""
        self._now = max(self._now, when)
        self.advance_to(self._now)

    def advance_to(self, when: int) -> None:
        """Move on to `when`; raise `BadRequest` if that lies in the past."""
        if when < self._now:
            raise BadRequest(f"a clock does not go back: it is {self._now}, asked for {when}")
        while self._timers and self._timers[0][0] <= when:
            due, _, timer = heapq.heappop(self._timers)
            self._now = max(self._now, due)
            if timer.callback is not None:
                timer.callback()
        self._now = when
