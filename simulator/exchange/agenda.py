"""What is to be done later, strictly in the order of its time."""

import heapq
from collections.abc import Callable
from functools import partial
from itertools import count

from market.clock import Clock


class Agenda:
    """Run calls at their times; those of one instant run in the order in which they were entered.

    The clocks' own timers promise that order only when a test drives them.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = count()
        self._entries: list[tuple[int, int, Callable[[], None]]] = []

    def at(self, when: int, action: Callable[[], None]) -> None:
        """Run `action` once the clock shows `when`."""
        heapq.heappush(self._entries, (when, next(self._numbers), action))
        self._clock.call_at(when, partial(self._run, when))

    def after(self, delay: int, action: Callable[[], None]) -> None:
        """Run `action` in `delay` nanoseconds."""
        self.at(self._clock.now() + delay, action)

    def _run(self, due: int) -> None:
        # An event loop's timers may come a moment early; nothing would wake us again.
        now = max(due, self._clock.now())
        while self._entries and self._entries[0][0] <= now:
            heapq.heappop(self._entries)[2]()
