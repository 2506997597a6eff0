"""When to flush: at once while that is cheap, by windows while they save writes."""

LONGEST = 0.025
SHORTEST_REST = 0.02
LONGEST_REST = 2.0
WORTH = 1.5
"""A window has to save a third of the writes to be worth its delay."""
BREATH = 1.5
"""A window lasts at least so many times what a flush costs, so that the loop has time for all else."""


class Pace:
    """One window for all topics. Seconds, of any clock that does not go back.

    The first event after a quiet time leaves at once. Those soon after it wait for the window's end; when
    that saved no writes, as with one tick in flight or many quiet topics, events leave at once for a
    while, longer each time.
    """

    def __init__(self, window: float) -> None:
        self.window = self._shortest = window
        self._flushed = self._rest_until = float("-inf")
        self._rest = SHORTEST_REST

    def delay(self, now: float) -> float:
        """How long an event that came at `now` has to wait."""
        return 0.0 if now < self._rest_until else max(0.0, self._flushed + self.window - now)

    def took(self, cost: float) -> None:
        """A flush cost so much of the processor's time."""
        if self._shortest:
            self.window = max(self._shortest, min(LONGEST, BREATH * cost))

    def flushed(self, now: float, saved: float | None) -> None:
        """A flush is over. `saved`: events per write, after a window; None when it was at once."""
        self._flushed = now
        if saved is None:
            return
        if saved >= WORTH:
            self._rest = SHORTEST_REST
        else:
            self._rest_until = now + self._rest
            self._rest = min(LONGEST_REST, 2 * self._rest)
