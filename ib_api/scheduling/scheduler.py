"""The scheduler itself: everybody who wants to send comes here, from event loops and from threads."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from ib_api.scheduling.alarm import Alarm, running_loop, tell
from ib_api.scheduling.ask import ORDER_MESSAGE, Ask, Kind
from ib_api.scheduling.lanes import Lanes, Ticket
from ib_api.scheduling.limits import Limits
from ib_api.scheduling.memory import Memory
from ib_api.scheduling.permit import Hand, Permit
from ib_api.scheduling.quota import Quota, quota
from ib_api.scheduling.refusal import refusal
from ib_api.scheduling.rules import Rules
from ib_api.scheduling.windows import NEVER
from market.clock import Clock
from market.errors import PacingRefused
from market.times import SECOND

LONGEST_WAIT = 16.0
"""Seconds a thread waits by itself, enough for IB's rules of 15 s; a longer wait is the caller's decision."""

_LOOK = 0.02
"""Real seconds after which a waiting thread looks at the clock again, whatever that does."""


class Scheduler:
    """Who may send what, and when, of all that goes over one connection (and those that follow it).

    A permit answers an `Ask` once IB's limits allow it: orders and cancels first, then subscriptions, then
    history; users of the same priority take turns. Nobody overtakes a request that waits for several units
    of the budget that all share. `memory` is the file (see `memory.path_for`) in which a run of ours leaves
    for the next what IB still counts.
    """

    def __init__(self, clock: Clock, limits: Limits | None = None, memory: Path | None = None) -> None:
        self.clock = clock
        self.limits = limits or Limits()
        self.hand = Hand()
        self._rules = Rules(self.limits)
        self._lanes = Lanes()
        self._lock = threading.Lock()
        self._due = NEVER
        self._alarm = Alarm(clock, self._serve)
        self._memory = Memory(memory, clock) if memory else None
        for when, ask in self._memory.recall() if self._memory else ():
            self._rules.recall(ask, when)

    # -- turns

    async def turn(self, ask: Ask) -> Permit:
        """Wait, however long, until `ask` may be sent; cancel to give up."""
        loop = asyncio.get_running_loop()
        granted = loop.create_future()
        ticket = self._enter(Ticket(ask, lambda: tell(loop, lambda: _settle(granted)), loop))
        try:
            if ticket.permit is None:
                await granted
        except BaseException:
            self._leave(ticket)
            raise
        assert ticket.permit is not None
        return ticket.permit

    def wait(self, ask: Ask, timeout: float = LONGEST_WAIT) -> Permit:
        """The same for a thread. Raise `PacingRefused` at once where `timeout` seconds are not enough by the
        rules or where only the end of another stream makes place, else when they have gone."""
        granted = threading.Event()
        ends = self.clock.monotonic() + round(timeout * SECOND)
        ticket = self._enter(Ticket(ask, granted.set, None))
        try:
            while ticket.permit is None:
                if self._hopeless(ask, ends):
                    raise self._refusal(ask)
                granted.wait(self._nap(ends))
                self._serve()
        except BaseException:
            self._leave(ticket)
            raise
        return ticket.permit

    def take(self, ask: Ask) -> Permit:
        """A permit at once; raise `PacingRefused` where `ask` would have to wait."""
        permit = self._at_once(ask)
        if permit is None:
            raise self._refusal(ask)
        return permit

    def claim(self, ask: Ask) -> Permit:
        """The permit that is offered to a request of this kind, else one that this thread waits for."""
        offered = self.hand.offered
        if offered is None or offered.ask.kind != ask.kind:
            return self.wait(ask)
        self.hand.offered = None
        return offered

    def post(self, ask: Ask, send: Callable[[], None]) -> None:
        """Call `send` when its turn has come: later on this thread's event loop, or here and now after a wait
        where none runs. For cancels, which nobody waits for."""
        loop = running_loop()
        permit = self._at_once(ask) if loop else self.wait(ask)
        if permit is not None:
            _use(permit, send)
        elif loop is not None:
            ticket = Ticket(ask, lambda: tell(loop, lambda: _use(ticket.permit, send)), loop)
            self._enter(ticket)

    def message(self) -> None:
        """One message that goes now: the paid one of a permit, else one that waits as an order does."""
        if self.hand.paid:
            self.hand.paid = False
        else:
            self.wait(ORDER_MESSAGE).release()

    # -- looking

    def delay(self, ask: Ask) -> float | None:
        """Seconds until `ask` may go, if nobody else comes first; `None` while something must end before."""
        with self._lock:
            now = self.clock.monotonic()
            when = max(self._rules.judge(ask, now).when, self._rules.next_message(ask.priority, now))
        return None if when >= NEVER else (when - now) / SECOND

    def free(self, kind: Kind) -> int:
        """How many lines, streams, books or open historical requests nobody holds or waits for."""
        with self._lock:
            waiting = sum(each.ask.kind == kind for each in self._lanes)
            return max(0, self._rules.pools.free(kind, self.clock.monotonic()) - waiting)

    def quota(self) -> Quota:
        """What is used of each limit, and by whom."""
        with self._lock:
            return self._quota()

    # -- learning

    def reconnected(self) -> None:
        """There is a new connection: what IB counts for each connection begins anew."""
        with self._lock:
            self._rules.reconnected()
        self._serve()

    def absorb(self, code: int, text: str = "") -> bool:
        """IB refused something: when that was a matter of quotas or pace, ask for less until it grows back.

        Release the refused request's permit before. Answer whether asking again, in turn, may help.
        """
        with self._lock:
            return self._rules.absorb(code, text, self.clock.monotonic())

    # -- inside

    def _at_once(self, ask: Ask) -> Permit | None:
        ticket = self._enter(Ticket(ask, _nothing, None))
        if ticket.permit is None:
            self._leave(ticket)
        return ticket.permit

    def _enter(self, ticket: Ticket) -> Ticket:
        with self._lock:
            self._lanes.add(ticket)
        self._serve()
        return ticket

    def _leave(self, ticket: Ticket) -> None:
        with self._lock:
            self._lanes.remove(ticket)
            permit = ticket.permit
        if permit is not None:
            permit.release()
        else:
            self._serve()

    def _serve(self) -> None:
        """Wake everybody whose turn it is, and look again when the next may have his."""
        with self._lock:
            served, self._due = self._lanes.serve(self._rules, self.clock.monotonic())
            due = self._due
            for ticket in served:
                ticket.permit = Permit(ticket.ask, self.hand, self._give_back, self.absorb)
            self._write([each.ask for each in served])
            loop = next((each.loop for each in self._lanes if each.loop and not each.loop.is_closed()), None)
        for ticket in served:
            ticket.wake()
        if loop is not None:
            self._alarm.set(loop, due)

    def _quota(self) -> Quota:
        waiting = Counter[str](each.ask.kind for each in self._lanes)
        waiting["small"] = sum(each.ask.small for each in self._lanes)
        return quota(self._rules, self.limits, waiting, self.clock.monotonic())

    def _write(self, served: list[Ask]) -> None:
        """What is rationed is written down before it is sent, so that no crash can forget it."""
        if self._memory is None:
            return
        rationed = [self._memory.sending(ask) for ask in served]
        now = self.clock.monotonic()
        if any(rationed) or self._memory.due(now):
            self._memory.write(self._quota(), now)

    def _give_back(self, ask: Ask) -> None:
        with self._lock:
            pool = self._rules.pools.get(ask.kind)
            if pool is None:
                return
            pool.give_back(ask.user)
            self._lanes.look_again(ask.kind)
        self._serve()

    def _hopeless(self, ask: Ask, ends: int) -> bool:
        # Read before the delay, so that the time between the two is not added to it.
        now = self.clock.monotonic()
        delay = self.delay(ask)
        if delay is None:
            return ask.kind != "history" or now >= ends
        return now + round(delay * SECOND) > ends or now >= ends

    def _nap(self, ends: int) -> float:
        speed: float = getattr(self.clock, "speed", 1.0)
        left = min(ends, self._due) - self.clock.monotonic()
        return min(_LOOK, max(0.0, left / SECOND / speed))

    def _refusal(self, ask: Ask) -> PacingRefused:
        delay = self.delay(ask)
        with self._lock:
            return refusal(ask, delay, self._rules.pools, self.clock.monotonic())


def _use(permit: Permit | None, send: Callable[[], None]) -> None:
    assert permit is not None
    with permit.paid():
        send()
    permit.release()


def _settle(granted: "asyncio.Future[None]") -> None:
    if not granted.done():
        granted.set_result(None)


def _nothing() -> None:
    """Nobody waits to be woken."""
