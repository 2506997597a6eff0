"""One time for two processes: it moves on in small steps, each when both have done what the last one brought.

An accelerated clock never waits: at 240 times real time a pause of 50 ms is a silence of 12 seconds, which
would be found fault with on either side. Here time waits instead, so that limits of seconds mean the same as
at a desk. The gateway leads; the client acknowledges a step when nothing is left to do for it.
"""

import asyncio
import contextlib
import logging
import socket
import struct
import time
from collections.abc import Callable

from market.clock import DrivenClock, Timer
from market.times import SECOND

log = logging.getLogger("storm")

STEP = SECOND // 5
_MOMENT = struct.Struct(">q")


class PacedClock(DrivenClock):
    """A driven clock whose timers fail as those of an event loop do: alone, and with a traceback."""

    def call_at(self, when: int, callback: Callable[[], None]) -> Timer:
        def guarded() -> None:
            try:
                callback()
            except Exception:
                self.failures += 1
                log.exception("a timer failed")

        return super().call_at(when, guarded)

    failures = 0


async def lead(clock: DrivenClock, line: socket.socket, speed: float) -> None:
    """Move `clock` and the follower's on, at most `speed` times as fast as real time, until it hangs up."""
    loop = asyncio.get_running_loop()
    line.setblocking(False)
    first, began = clock.now(), loop.time()
    with contextlib.suppress(ConnectionError):
        while True:
            clock.advance(STEP)
            # What is due now leaves before the step does.
            await _settled(loop)
            await loop.sock_sendall(line, _MOMENT.pack(clock.now()))
            if not await loop.sock_recv(line, 1):
                return
            # What the follower sent in this step came before its word, and belongs to this step.
            await _settled(loop)
            ahead = (clock.now() - first) / SECOND / speed - (loop.time() - began)
            if ahead > 0:
                await asyncio.sleep(ahead)


async def follow(clock: DrivenClock, line: socket.socket, unread: Callable[[], bool]) -> None:
    """Move `clock` as the leader says; `unread` tells that bytes of this step still wait for the reader."""
    loop = asyncio.get_running_loop()
    line.setblocking(False)
    with contextlib.suppress(ConnectionError):
        while data := await loop.sock_recv(line, _MOMENT.size):
            clock.advance_to(max(clock.now(), *_MOMENT.unpack(data)))
            await _settled(loop)
            for _ in range(_PATIENCE):
                if not unread():
                    break
                _nap()
                await _settled(loop)
            await loop.sock_sendall(line, b"k")


async def first_moment(line: socket.socket) -> int:
    """The leader's time when it begins."""
    loop = asyncio.get_running_loop()
    line.setblocking(False)
    data = await loop.sock_recv(line, _MOMENT.size)
    await loop.sock_sendall(line, b"k")
    return int(_MOMENT.unpack(data)[0])


_PATIENCE = 1_000


def _nap() -> None:
    """Let the reader's thread have the processor; nothing else of this one has anything to do."""
    time.sleep(0.00005)


_ROUNDS = 1_000


async def _settled(loop: asyncio.AbstractEventLoop) -> None:
    """Let everything run that is ready to; asyncio has no public word for it."""
    ready = getattr(loop, "_ready", ())
    for _ in range(_ROUNDS):
        await asyncio.sleep(0)
        if not ready:
            return
