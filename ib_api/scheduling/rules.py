"""IB's limits on what is sent, all in one place.

From IB's pages on historical data limitations, tick-by-tick data, market-data lines and order limitations:
bars of 30 s or less 60 in ten minutes, fewer than six in two seconds for the same contract, exchange and tick
type, none identical within 15 s, ``BID_ASK`` counted twice; 50 historical requests open; one tick-by-tick
request per instrument in 15 s; as many messages a second as half the lines.
"""

from typing import NamedTuple

from ib_api.scheduling.ask import Ask, Priority
from ib_api.scheduling.limits import SMALL_BAR_SECONDS, Limits
from ib_api.scheduling.pools import Pools
from ib_api.scheduling.windows import Ceiling, Spacing, Window
from market.times import SECOND

REMEMBERED = 600 * SECOND
"""The longest period of any rule."""


def spacing(small_history: int, size_seconds: int, what: str) -> float:
    """Seconds from one request for bars to the next in the long run, at `small_history` in ten minutes.

    >>> spacing(60, 1, "TRADES"), spacing(60, 30, "BID_ASK"), spacing(60, 60, "TRADES")
    (10.0, 20.0, 0.0)
    """
    if size_seconds > SMALL_BAR_SECONDS:
        return 0.0
    return REMEMBERED / SECOND / small_history * Ask(what=what, small=True).cost


_ALIKE = 5
_PAUSE = 15 * SECOND
_QUOTA_CODES = {101: "line", 309: "depth", 10190: "ticks"}


class Verdict(NamedTuple):
    """When to look again (`now`: it may go), and whether the shared budget of small requests is what it
    waits for: then nobody behind it may take from that."""

    when: int
    claims: bool = False


class Rules:
    """Says whether something may be sent and keeps count of what was."""

    def __init__(self, limits: Limits) -> None:
        self._margin = round(limits.margin * SECOND)
        self._reserve = limits.order_reserve
        rate = Ceiling(limits.messages, least=min(5, limits.messages), step=5, every=10 * SECOND)
        # On a line whose delay changes, what is sent in two seconds arrives in one and a bit.
        self.messages = Window(rate, SECOND + self._margin)
        self.small = Window(Ceiling(limits.small_history, least=2), REMEMBERED + self._margin)
        self.pools = Pools(limits)
        self._small_from = 0
        self._most_alike = Ceiling(_ALIKE, least=2)
        self._alike: dict[tuple[int, str, str], Window] = {}
        self._identical = Spacing(15 * SECOND + self._margin)
        self._ticks = Spacing(15 * SECOND + self._margin)

    def next_message(self, priority: Priority, now: int) -> int:
        """When a message of that priority may go: orders have a reserve."""
        return self.messages.earliest(now, reserve=0 if priority is Priority.ORDER else self._reserve)

    def judge(self, ask: Ask, now: int) -> Verdict:
        """Whether it may go, apart from the rate of messages; else the first rule that forbids it."""
        own = self._own(ask, now)
        if own > now:
            return Verdict(own)
        place = self.pools.earliest(ask.kind, now)
        if place > now or not ask.small:
            return Verdict(place)
        budget = max(self._small_from, self.small.earliest(now, ask.cost))
        return Verdict(budget, claims=budget > now)

    def _own(self, ask: Ask, now: int) -> int:
        """The rules that concern only what is like it."""
        when = self._ticks.earliest(ask.instrument, now) if ask.kind == "ticks" else now
        if not ask.small:
            return when
        if alike := self._alike.get(ask.alike):
            when = max(when, alike.earliest(now, ask.cost))
        return max(when, self._identical.earliest(_identity(ask), now)) if ask.identity else when

    def take(self, ask: Ask, now: int) -> None:
        """It goes."""
        self.messages.take(now, user=ask.user)
        self.recall(ask, now)
        if pool := self.pools.get(ask.kind):
            pool.take(ask.user)

    def recall(self, ask: Ask, when: int) -> None:
        """Count what outlasts a connection, when it goes or when an earlier run of ours sent it."""
        if ask.kind == "ticks":
            self._ticks.take(ask.instrument, when)
        if not ask.small:
            return
        self.small.take(when, ask.cost, ask.user)
        window = self._alike.get(ask.alike)
        if window is None:
            window = self._alike[ask.alike] = Window(self._most_alike, 2 * SECOND + self._margin)
        window.take(when, ask.cost)
        if ask.identity:
            self._identical.take(_identity(ask), when)

    def reconnected(self) -> None:
        """A new connection may ask for the ticks of every instrument at once."""
        self._ticks = Spacing(15 * SECOND + self._margin)

    def absorb(self, code: int, text: str, now: int) -> bool:
        """Learn from a refusal that others use part of a limit; false for one that is no matter of quotas."""
        said = text.lower()
        if code == 100:
            self.messages.ceiling.lower(self.messages.ceiling.at(now) // 2, now)
        elif code in _QUOTA_CODES:
            self.pools.refused(_QUOTA_CODES[code], now)  # type: ignore[arg-type]  # values are kinds
        elif code == 162 and "too many open" in said:
            self.pools.refused("history", now)
        elif code in (162, 420) and "pacing" in said:
            # Which of the rules it was is not said. The refused request is counted, but did not pass.
            self._most_alike.lower(self._most_alike.at(now) // 2, now)
            self.small.ceiling.lower(self.small.used(now).total() - 1, now)
            self._small_from = now + _PAUSE
        else:
            return False
        return True


def _identity(ask: Ask) -> tuple[tuple[int, str, str], str]:
    return ask.alike, ask.identity
