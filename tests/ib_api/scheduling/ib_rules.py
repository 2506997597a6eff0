"""An independent checker of IB's limits, from its published rules and not from our scheduler.

It is told what reached IB and when, and what ended; `broken` names every rule that was broken.
"""

from collections import Counter
from dataclasses import dataclass, field

SECOND = 1_000_000_000


@dataclass(frozen=True)
class Sent:
    """One request as IB sees it."""

    time: int
    kind: str
    contract: int
    exchange: str
    what: str
    small: bool
    content: str


@dataclass
class IBRules:
    """The login's quotas, with IB's numbers for 100 lines."""

    messages: int = 50
    lines: int = 100
    ticks: int = 5
    depth: int = 3
    open_history: int = 50
    broken: list[str] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    held: Counter[str] = field(default_factory=Counter)

    def reaches(self, request: Sent) -> None:
        """IB gets a request."""
        self.held[request.kind] += 1
        self.sent.append(request)
        self._claim(len(self._since(request.time, 1)) <= self.messages, "messages per second", request)
        self._claim(self.held["line"] <= self.lines, "lines", request)
        self._claim(self.held["ticks"] <= self.ticks, "tick-by-tick streams", request)
        self._claim(self.held["depth"] <= self.depth, "books", request)
        open_history = self.held["history"] + self.held["kept"]
        self._claim(open_history <= self.open_history, "open historical requests", request)
        if request.kind == "ticks":
            same = [one for one in self._since(request.time, 15) if one.kind == "ticks"]
            mine = [one for one in same if one.contract == request.contract]
            self._claim(len(mine) == 1, "tick-by-tick of one instrument in 15 s", request)
        if request.small:
            self._small(request)

    def ends(self, kind: str) -> None:
        """A stream was cancelled, or an answer came."""
        self.held[kind] -= 1

    def _small(self, request: Sent) -> None:
        ten_minutes = [one for one in self._since(request.time, 600) if one.small]
        self._claim(_weight(ten_minutes) <= 60, "60 small requests in 10 minutes", request)
        market = (request.contract, request.exchange, request.what)
        alike = [one for one in ten_minutes if (one.contract, one.exchange, one.what) == market]
        burst = [one for one in alike if one.time > request.time - 2 * SECOND]
        self._claim(_weight(burst) < 6, "six alike in 2 s", request)
        equal = [one for one in alike if one.content and one.content == request.content]
        close = [one for one in equal if one.time > request.time - 15 * SECOND]
        self._claim(len(close) <= 1, "identical within 15 s", request)

    def _since(self, now: int, seconds: int) -> list[Sent]:
        return [one for one in self.sent if one.time > now - seconds * SECOND]

    def _claim(self, kept: bool, rule: str, request: Sent) -> None:
        if not kept:
            self.broken.append(f"{rule}: {request}")


def _weight(requests: list[Sent]) -> int:
    return sum(2 if one.what == "BID_ASK" else 1 for one in requests)
