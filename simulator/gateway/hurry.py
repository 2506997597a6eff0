"""Time as fast as clients take what happens in it.

The clock is the one that a test drives; here the slowest client drives it. It jumps from timer to timer, so
that a night or a weekend costs nothing, and stands still while a client has unread data, or while there is
none: nothing is dropped, and a client that comes finds the market where the gateway started. An
`AcceleratedClock` cannot do this: it never waits, and who falls behind it at high speed never catches up.
"""

import asyncio

from market.clock import DrivenClock
from market.times import SECOND
from simulator.gateway.server import Gateway

STRIDE = SECOND // 10
"""Time moves on in such steps; what is due within one is sent at once. Ticks tell whole seconds only."""

FULL = 256 * 1024
"""So many bytes that wait for a client stop the clock."""

_SLICE, _NAP = 0.002, 0.001


async def hurry(gateway: Gateway, clock: DrivenClock) -> None:
    """Drive the clock of `gateway` until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        until = loop.time() + _SLICE
        while (due := _next(gateway, clock)) is not None and loop.time() < until:
            clock.leap_to(-(-due // STRIDE) * STRIDE)
        await asyncio.sleep(_NAP if due is None else 0)


def _next(gateway: Gateway, clock: DrivenClock) -> int | None:
    """When something happens next; None while time has to wait."""
    if not gateway.connections or any(each.unsent > FULL for each in gateway.connections):
        return None
    return clock.next_due
