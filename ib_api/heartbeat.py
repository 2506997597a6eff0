"""Find a connection that is dead though its socket says nothing: ask for the time, and count what is missed.

A peer that vanished (a laptop lid, a firewall's time-out, a crashed host) leaves a half-open socket: nothing
arrives and nothing fails, for hours.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from ib_api.clock_offset import ClockOffset
from ib_api.errors import NotConnected
from market.clock import Clock, deadline, sleep
from market.errors import TruetickError
from market.times import SECOND

log = logging.getLogger("ib_api.heartbeat")

INTERVAL = 10.0
"""Seconds between two questions."""

PATIENCE = 5.0
"""Seconds that an answer may take; twice that and the interval is how late a dead line is found."""

MISSES = 2


class Tells(Protocol):
    """Who acts on a dead line, on the event loop's thread."""

    def line_is_dead(self, since: int, reason: str) -> None:
        """The connection is dead; `since`: up to then things came."""
        ...


class Heartbeat:
    """The heartbeat of one connection; a new connection has a new one.

    `ask` puts the question for the time and answers UTC nanoseconds, to a multiple of `resolution`. `heard`
    is when anything last arrived: a gateway too busy to answer, but not to send, is alive.
    """

    def __init__(
        self,
        clock: Clock,
        ask: Callable[[], Awaitable[int]],
        heard: Callable[[], int],
        tells: Tells,
        offset: ClockOffset,
        *,
        resolution: int = SECOND,
        interval: float = INTERVAL,
        patience: float = PATIENCE,
    ) -> None:
        self.misses = 0
        self._clock = clock
        self._ask = ask
        self._heard = heard
        self._tells = tells
        self._offset = offset
        self._resolution = resolution
        self._interval = interval
        self._patience = patience

    async def run(self) -> None:
        """Beat until the line is dead, has ended, or this is cancelled."""
        while self.misses < MISSES:
            try:
                await self.beat()
            except NotConnected:
                # Whoever owns the connection hears of its end elsewhere.
                return
            if not self.misses:
                await sleep(self._clock, self._interval)
        seconds = self._patience * MISSES
        self._tells.line_is_dead(
            self._heard(), f"the gateway has sent nothing and answered nothing for {seconds:g} s"
        )

    async def beat(self) -> None:
        """Ask once; raise `NotConnected` when that cannot be sent."""
        clock, before, began = self._clock, self._heard(), self._clock.monotonic()
        try:
            async with deadline(clock, self._patience):
                await self._measure()
        except TimeoutError:
            waited = (clock.monotonic() - began) / SECOND
            # Who was asleep himself (a suspended machine, a blocked loop) has no ground to complain.
            if self._heard() == before and waited < 2 * self._patience:
                self.misses += 1
                log.warning("no answer to the question for the time in %g s (%d)", waited, self.misses)
                return
        except NotConnected:
            raise
        except TruetickError as error:
            log.info("the time was not to be had: %s", error)
        self.misses = 0

    async def _measure(self) -> None:
        sent = self._clock.now()
        told = await self._ask()
        self._offset.measure(told, self._resolution, sent, self._clock.now())
