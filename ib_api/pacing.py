"""How fast IB may be asked; no clock and no socket in here except in `MessageRate.wait`.

The rules and where they stand: messages per second, historical data limitations, tick-by-tick requests, all
in IB's API documentation. Times are nanoseconds of any clock that does not go back.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from market.times import SECOND

MESSAGES_PER_SECOND = 45
"""IB drops connections above 50; a tenth is left to what others send."""

SMALL_BAR_SECONDS = 30
"""Bars up to this size are rationed; for larger ones IB has lifted the hard limits."""

MAX_OPEN = 50
"""Historical requests under way at the same time, keep-up-to-date ones included."""


class SlidingWindow:
    """At most `limit` units in any `period` (half-open: what is exactly `period` old no longer counts).

    >>> window = SlidingWindow(2, 10)
    >>> window.take(0); window.take(1); window.earliest(2)
    10
    """

    def __init__(self, limit: int, period: int) -> None:
        self._limit = limit
        self._period = period
        self._taken: deque[int] = deque()

    def earliest(self, now: int, cost: int = 1) -> int:
        """When `cost` units may be taken; never before what was taken last."""
        now = max(now, self._taken[-1]) if self._taken else now
        over = len(self._taken) + cost - self._limit
        return now if over <= 0 else max(now, self._taken[over - 1] + self._period)

    def take(self, when: int, cost: int = 1) -> None:
        """Take them at `when`, which `earliest` has answered."""
        while self._taken and self._taken[0] <= when - self._period:
            self._taken.popleft()
        self._taken.extend([when] * cost)


class MessageRate:
    """The limit on all that is sent; usable from every thread."""

    def __init__(
        self,
        per_second: int = MESSAGES_PER_SECOND,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._window = SlidingWindow(per_second, SECOND)
        self._lock = threading.Lock()
        self._clock = clock
        self._sleep = sleep

    def delay(self) -> float:
        """Seconds until a message may go."""
        with self._lock:
            now = self._clock()
            return (self._window.earliest(now) - now) / SECOND

    def wait(self) -> None:
        """Take the next free place and sleep until it comes, at most a second per 45 messages that wait."""
        with self._lock:
            now = self._clock()
            when = self._window.earliest(now)
            self._window.take(when)
        if when > now:
            self._sleep((when - now) / SECOND)


class HistoryRequest(NamedTuple):
    """What the rules look at: `small` is true for bars of 30 seconds or less and for ticks."""

    contract_id: int
    exchange: str
    what: str
    small: bool
    details: str


class HistoryPacer:
    """Says when a historical request may go: 60 small ones in 10 minutes, at most 5 in 2 seconds for the same
    contract, exchange and data, an identical one after 15 seconds, 50 under way; BID_ASK counts twice.

    >>> pacer, ask = HistoryPacer(), HistoryRequest(1, "SMART", "TRADES", True, "1s")
    >>> pacer.begin(ask, 0)
    >>> pacer.earliest(ask, 1) == 15 * SECOND
    True
    """

    def __init__(self) -> None:
        self.open = 0
        self._all = SlidingWindow(60, 600 * SECOND)
        self._alike: dict[tuple[int, str, str], SlidingWindow] = {}
        self._identical: dict[HistoryRequest, int] = {}

    def earliest(self, request: HistoryRequest, now: int) -> int | None:
        """When it may go; `None` while too many are under way."""
        if self.open >= MAX_OPEN:
            return None
        if not request.small:
            return now
        cost = _cost(request)
        alike = self._alike.get(request[:3])
        return max(
            self._all.earliest(now, cost),
            alike.earliest(now, cost) if alike else now,
            self._identical.get(request, now - 15 * SECOND) + 15 * SECOND,
        )

    def begin(self, request: HistoryRequest, when: int) -> None:
        """It goes at `when`."""
        self.open += 1
        if not request.small:
            return
        cost = _cost(request)
        self._all.take(when, cost)
        self._alike.setdefault(request[:3], SlidingWindow(5, 2 * SECOND)).take(when, cost)
        self._identical = {each: at for each, at in self._identical.items() if at > when - 15 * SECOND}
        self._identical[request] = when

    def end(self) -> None:
        """One is answered."""
        self.open -= 1


class TickByTickPacer:
    """One tick-by-tick request per instrument in 15 seconds."""

    def __init__(self) -> None:
        self._last: dict[tuple[int, str], int] = {}

    def earliest(self, contract_id: int, exchange: str, now: int) -> int:
        """When it may be asked for."""
        return max(now, self._last.get((contract_id, exchange), now - 15 * SECOND) + 15 * SECOND)

    def begin(self, contract_id: int, exchange: str, when: int) -> None:
        """It is asked for at `when`."""
        self._last[contract_id, exchange] = when


def _cost(request: HistoryRequest) -> int:
    return 2 if request.what == "BID_ASK" else 1
