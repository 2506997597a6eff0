"""A timer on the event loop of whoever waits, by the clock of the connection."""

import asyncio
from collections.abc import Callable

from ib_api.scheduling.windows import NEVER
from market.clock import Clock, Timer


class Alarm:
    """Rings once at the time that was set last; `set` may be called on any thread."""

    def __init__(self, clock: Clock, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._timer: Timer | None = None
        self._set_for: tuple[asyncio.AbstractEventLoop, int] | None = None

    def set(self, loop: asyncio.AbstractEventLoop, due: int) -> None:
        """Ring on `loop` at `due` (`Clock.monotonic`) and no more at the time before."""
        if running_loop() is loop:
            self._arm(loop, due)
        else:
            tell(loop, lambda: self._arm(loop, due))

    def _arm(self, loop: asyncio.AbstractEventLoop, due: int) -> None:
        if self._set_for == (loop, due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._set_for = None, (loop, due)
        if due < NEVER:
            left = max(0, due - self._clock.monotonic())
            self._timer = self._clock.call_at(self._clock.now() + left, self._rings)

    def _rings(self) -> None:
        self._timer = self._set_for = None
        self._ring()


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop of this thread, if one runs."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def tell(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    """Run `callback` on the loop; when that is closed nobody is left to tell."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)
