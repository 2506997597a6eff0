"""The one thread border: a vendor's thread puts batches, the event loop gets them in order."""

import asyncio
import threading
from collections.abc import Callable, Sequence

from market.events import Event


class LoopBridge:
    """Carry events from a reader thread to `deliver` on `loop`, waking the loop once per backlog.

    Nothing is dropped: the backlog is what the loop has not taken yet; `high_water` is the longest it got.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, deliver: Callable[[Sequence[Event]], None]) -> None:
        self.high_water = 0
        self._loop = loop
        self._deliver = deliver
        self._lock = threading.Lock()
        self._backlog: list[Event] = []
        self._closed = False

    def put(self, batch: Sequence[Event]) -> None:
        """Queue a batch, from any thread; after `close` it goes nowhere."""
        with self._lock:
            if self._closed or not batch:
                return
            idle = not self._backlog
            self._backlog.extend(batch)
            self.high_water = max(self.high_water, len(self._backlog))
            if idle:
                self._loop.call_soon_threadsafe(self.drain)

    def drain(self) -> None:
        """Deliver what waits; call it on the loop's thread only."""
        with self._lock:
            backlog, self._backlog = self._backlog, []
        if backlog:
            self._deliver(backlog)

    def close(self) -> None:
        """Deliver what waits, then take nothing more; call it on the loop's thread only."""
        with self._lock:
            self._closed = True
        self.drain()
