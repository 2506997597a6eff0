"""How fast: historical requests of the login, messages of a connection; on the gateway's clock."""

from collections import deque
from collections.abc import Hashable

from market.times import SECOND


class _Window:
    """At most `limit` marks within `length` nanoseconds; a mark weighs one or more."""

    def __init__(self, limit: int, length: int) -> None:
        self._limit = limit
        self._length = length
        self._marks: deque[int] = deque()

    def admits(self, now: int, weight: int = 1) -> bool:
        while self._marks and self._marks[0] <= now - self._length:
            self._marks.popleft()
        return len(self._marks) + weight <= self._limit

    def add(self, now: int, weight: int = 1) -> None:
        self._marks.extend([now] * weight)

    def opens(self) -> int:
        """When the oldest mark has left; only a window that admits nothing need be asked."""
        return self._marks[0] + self._length


class HistoryPacing:
    """IB's rules for bars of 30 s or less and 5-second bars, from its page on historical data limitations.

    No more than 60 requests in ten minutes (BID_ASK counts twice), fewer than six within two seconds for the
    same contract, exchange and tick type, none identical within 15 s (5-second bars may be). Only requests
    that pass are counted.
    """

    def __init__(self) -> None:
        self._all = _Window(60, 600 * SECOND)
        self._same_market: dict[Hashable, _Window] = {}
        self._identical: dict[Hashable, int] = {}

    def admits(self, now: int, market: Hashable, request: Hashable = None, weight: int = 1) -> bool:
        """Whether a request may pass; count it if so. Without `request` it may be repeated at once."""
        same = self._same_market.setdefault(market, _Window(5, 2 * SECOND))
        repeated = now - self._identical.get(request, -15 * SECOND) < 15 * SECOND
        if repeated or not self._all.admits(now, weight) or not same.admits(now, weight):
            return False
        self._all.add(now, weight)
        same.add(now, weight)
        self._identical = {key: at for key, at in self._identical.items() if now - at < 15 * SECOND}
        if request is not None:
            self._identical[request] = now
        return True


class MessageRate:
    """So many messages per second; TWS answers what exceeds it with error 100, and hangs up the third time.

    The messages too many of one second are one violation, and its error counts both as a live gateway's does:
    ``max=50 rec=53 (1)``. What lies longer back than `MEMORY` is forgiven.
    """

    PATIENCE = 3
    MEMORY = 60 * SECOND

    def __init__(self, per_second: int) -> None:
        self._limit = per_second
        self._window = _Window(per_second, SECOND)
        self._violations: deque[int] = deque()
        self._excess = 0

    def admits(self, now: int) -> bool:
        """Whether a message may pass; count it, or its violation."""
        if not self._limit:
            return True
        if self._window.admits(now):
            self._window.add(now)
            return True
        while self._violations and self._violations[0] <= now - self.MEMORY:
            self._violations.popleft()
        if not self._violations or self._violations[-1] <= now - SECOND:
            self._violations.append(now)
            self._excess = 0
        self._excess += 1
        return False

    def admits_at(self, now: int) -> int:
        """When the next message may pass: `now`, or later."""
        return now if not self._limit or self._window.admits(now) else self._window.opens()

    @property
    def exhausted(self) -> bool:
        """Whether the client has violated the rate often enough."""
        return len(self._violations) >= self.PATIENCE

    @property
    def text(self) -> str:
        """What error 100 says of the present violation."""
        counted = f"max={self._limit} rec={self._limit + self._excess} ({len(self._violations)})"
        return f"Max rate of messages per second has been exceeded:{counted}"
