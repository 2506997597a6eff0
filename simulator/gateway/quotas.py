"""How much and how fast: lines, subscriptions, historical pacing, messages per second.

The limits belong to the login, so that all clients of a gateway share them; only the rate of messages is
each connection's own. Windows run on the gateway's clock.
"""

from collections import deque
from collections.abc import Hashable

from market.times import SECOND
from simulator.gateway import refusals
from simulator.refused import Refused

HISTORY_OPEN = 50
SUMMARIES = 2

_TEXTS = {
    "line": (101, "Max number of tickers has been reached"),
    "ticks": (10190, "Max number of tick-by-tick requests has been reached."),
    "history": (162, "Historical Market Data Service error message:Too many open historical data requests"),
    "summary": (
        322,
        "Error processing request.-'bN' : cause - Maximum number of account summary requests exceeded",
    ),
}


class Quotas:
    """Count what is held of each limited kind."""

    def __init__(self, lines: int, tick_by_tick: int) -> None:
        self._limits = {
            "line": lines,
            "ticks": tick_by_tick,
            "history": HISTORY_OPEN,
            "summary": SUMMARIES,
        }
        self._held: dict[str, int] = dict.fromkeys(self._limits, 0)

    def take(self, kind: str) -> None:
        """Hold one more of `kind`; refuse when all are held. Kinds without a limit are free."""
        if kind not in self._limits:
            return
        if self._held[kind] >= self._limits[kind]:
            raise Refused(*_TEXTS[kind])
        self._held[kind] += 1

    def give_back(self, kind: str) -> None:
        """Hold one less of `kind`."""
        if kind in self._limits:
            self._held[kind] -= 1


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


class HistoryPacing:
    """IB's rules for bars of 30 s or less, from its page on historical data limitations.

    No more than 60 requests in ten minutes (BID_ASK counts twice), fewer than six within two seconds for the
    same contract, exchange and tick type, none identical within 15 s.
    """

    def __init__(self) -> None:
        self._all = _Window(60, 600 * SECOND)
        self._same_market: dict[Hashable, _Window] = {}
        self._identical: dict[Hashable, int] = {}

    def check(self, now: int, market: Hashable, request: Hashable, weight: int) -> None:
        """Count a request; refuse with 162 when it comes too soon."""
        same = self._same_market.setdefault(market, _Window(5, 2 * SECOND))
        repeated = now - self._identical.get(request, -15 * SECOND) < 15 * SECOND
        if repeated or not self._all.admits(now, weight) or not same.admits(now, weight):
            raise refusals.history("Historical data request pacing violation")
        self._all.add(now, weight)
        same.add(now, weight)
        self._identical = {key: at for key, at in self._identical.items() if now - at < 15 * SECOND}
        self._identical[request] = now


class MessageRate:
    """So many messages per second; IB answers what exceeds it with error 100 several times, then hangs up.

    IB's page on pacing limits says "several"; here it is `PATIENCE` times within `MEMORY`, and what lies
    longer back is forgiven.
    """

    PATIENCE = 10
    MEMORY = 60 * SECOND

    def __init__(self, per_second: int) -> None:
        self._window = _Window(per_second, SECOND) if per_second else None
        self._forgivable = _Window(self.PATIENCE - 1, self.MEMORY)
        self.exhausted = False
        """Whether the client has been warned often enough."""

    def admits(self, now: int) -> bool:
        """Whether a message may pass; count it, or its violation."""
        if self._window is None:
            return True
        if not self._window.admits(now):
            self.exhausted = not self._forgivable.admits(now)
            self._forgivable.add(now)
            return False
        self._window.add(now)
        return True
