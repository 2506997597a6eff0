"""Counting over time: sliding windows and what is left of a limit that is shared with others."""

from collections import Counter, deque

from market.times import SECOND

NEVER = 1 << 62
"""Later than any time."""


class Ceiling:
    """A documented limit, and how much of it is ours: lowered by a refusal, then growing back by trial.

    >>> ceiling = Ceiling(5, every=60)
    >>> ceiling.lower(2, now=0); ceiling.at(59), ceiling.at(60), ceiling.at(1000)
    (2, 3, 5)
    """

    def __init__(self, documented: int, *, least: int = 0, step: int = 1, every: int = 60 * SECOND) -> None:
        self.documented = documented
        self._least = min(least, documented)
        self._step = step
        self._every = every
        self._low = documented
        self._lowered_at = 0

    def at(self, now: int) -> int:
        """The limit now."""
        if self._low == self.documented:
            return self._low
        grown = (now - self._lowered_at) // self._every * self._step
        return min(self.documented, self._low + grown)

    def lower(self, to: int, now: int) -> None:
        """Somebody else uses the rest."""
        self._low = max(self._least, min(to, self.at(now)))
        self._lowered_at = now

    def grows(self, now: int) -> int:
        """When the limit will be higher than now."""
        if self.at(now) == self.documented:
            return NEVER
        return now - (now - self._lowered_at) % self._every + self._every


class Window:
    """At most so many units in any `period` (half-open: what is exactly `period` old no longer counts).

    >>> window = Window(Ceiling(2), 10)
    >>> window.take(0); window.take(1); window.earliest(2)
    10
    """

    def __init__(self, ceiling: Ceiling, period: int) -> None:
        self.ceiling = ceiling
        self._period = period
        self._taken: deque[tuple[int, str]] = deque()

    def earliest(self, now: int, cost: int = 1, reserve: int = 0) -> int:
        """`now` if `cost` units may be taken and `reserve` others after them, else when to look again."""
        self._forget(now)
        over = len(self._taken) + cost + reserve - self.ceiling.at(now)
        if over <= 0:
            return now
        growth = self.ceiling.grows(now)
        if over > len(self._taken):
            return growth
        return min(growth, self._taken[over - 1][0] + self._period)

    def take(self, now: int, cost: int = 1, user: str = "") -> None:
        """Take them, which `earliest` has allowed."""
        self._taken.extend([(now, user)] * cost)

    def used(self, now: int) -> Counter[str]:
        """How many units were taken within the last period, by user."""
        self._forget(now)
        return Counter(user for _, user in self._taken)

    def _forget(self, now: int) -> None:
        while self._taken and self._taken[0][0] <= now - self._period:
            self._taken.popleft()


class Spacing:
    """The same thing not twice within `period`."""

    def __init__(self, period: int) -> None:
        self._period = period
        self._last: dict[object, int] = {}

    def earliest(self, key: object, now: int) -> int:
        """When `key` may come again."""
        return max(now, self._last.get(key, now - self._period) + self._period)

    def take(self, key: object, now: int) -> None:
        """It comes now."""
        self._last = {each: at for each, at in self._last.items() if at > now - self._period}
        self._last[key] = now
