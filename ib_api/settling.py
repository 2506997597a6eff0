"""TWS answers in order: once it has told the time after a request, it has taken that request in."""

import asyncio
from collections.abc import Awaitable, Callable

from market.clock import Clock, sleep
from market.times import SECOND

_APART = SECOND // 4


class Settling:
    """Wait until TWS has taken in what was sent; all who wait at the same time share one question.

    `ask` asks for TWS's time, with a question that is sent after its call.
    """

    def __init__(self, ask: Callable[[], Awaitable[object]], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._one = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        self._not_before = clock.monotonic()

    async def __call__(self) -> None:
        """Come back when what was sent before this call is taken in; raise what `ask` raises."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_task(self._round())
            self._next.add_done_callback(_look)
        await asyncio.shield(self._next)

    async def _round(self) -> None:
        async with self._one:
            wait = self._not_before - self._clock.monotonic()
            if wait > 0:
                await sleep(self._clock, wait / SECOND)
            self._next = None
            self._not_before = self._clock.monotonic() + _APART
            await self._ask()


def _look(done: "asyncio.Task[None]") -> None:
    """An error that nobody waits for any more is no bug."""
    if not done.cancelled():
        done.exception()
