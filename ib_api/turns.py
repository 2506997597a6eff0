"""When each request may go: IB's rules for it, and the limit on all messages."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from ib_api.ib_requests import IBRequests
from ib_api.pacing import MAX_OPEN, HistoryRequest
from market.clock import Clock, sleep

T = TypeVar("T")


class Turns:
    """Every method sends when it may and gives what `send` gives; others may go first."""

    def __init__(self, requests: IBRequests, clock: Clock) -> None:
        self.places = asyncio.Semaphore(MAX_OPEN)
        self._requests = requests
        self._clock = clock
        self._turn = asyncio.Lock()

    async def message(self, send: Callable[[], T]) -> T:
        """A message under no rule of its own."""
        return await self._send(lambda: 0.0, send)

    async def line(self, send: Callable[[], T]) -> T:
        """A market-data line."""
        return await self._send(lambda: 0.0, send)

    async def ticks(self, route: tuple[int, str], send: Callable[[], T]) -> T:
        """A tick-by-tick stream."""
        return await self._send(lambda: self._requests.tick_by_tick_delay(*route), send)

    async def history(self, request: HistoryRequest, send: Callable[[], T]) -> T:
        """A historical request, which has a place among those under way."""
        return await self._send(lambda: self._requests.history_delay(request) or 0.0, send)

    async def _send(self, delay: Callable[[], float], send: Callable[[], T]) -> T:
        while True:
            async with self._turn:
                wait = delay()
                if wait <= 0:
                    if pause := self._requests.connector.rate.delay():
                        await sleep(self._clock, pause)
                    return send()
            await sleep(self._clock, wait)
