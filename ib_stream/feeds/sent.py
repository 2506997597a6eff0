"""What clients were sent of each second, so that history can bring what they lack and nothing twice.

IB's ticks have no id, and equal ticks in one second are legal. So nothing is left out for being equal: the
ticks that history has of a second are counted, content by content, against those that were sent of it; what is
over was missed.
"""

from array import array
from collections import Counter
from collections.abc import Iterable

from market.events import Quote, Tick, Trade
from market.times import MINUTE, SECOND

KEPT = 20 * MINUTE
"""A silent second is compared with history within minutes."""

_OFTEN = 60


class Sent:
    """The contents of the ticks that were sent, eight bytes each.

    What is older than `kept` is let go, but nothing from the time `waiting` on: history has still to answer.
    Before `since` nothing is known any more.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self.since = 0
        self.waiting: int | None = None
        self._kept = kept // SECOND
        self._seconds = dict[int, "array[int]"]()
        self._last = 0

    def note(self, tick: Tick) -> None:
        """It was sent."""
        second = tick.time // SECOND
        contents = self._seconds.get(second)
        if contents is None:
            contents = self._seconds[second] = array("q")
            if second // _OFTEN > self._last // _OFTEN:
                self._forget(second)
            self._last = max(self._last, second)
        contents.append(_content(tick))

    def lacking(self, ticks: Iterable[Tick]) -> list[Tick]:
        """Which of history's ticks were not sent, in their order; they count as sent from now on."""
        sent, lacking = dict[int, Counter[int]](), list[Tick]()
        for tick in ticks:
            second, content = tick.time // SECOND, _content(tick)
            if second not in sent:
                sent[second] = Counter(self._seconds.get(second, ()))
            if sent[second][content]:
                sent[second][content] -= 1
            else:
                lacking.append(tick)
        for tick in lacking:
            self.note(tick)
        return lacking

    def _forget(self, now: int) -> None:
        floor = now - self._kept
        if self.waiting is not None:
            floor = min(floor, self.waiting // SECOND)
        for second in [each for each in self._seconds if each < floor]:
            del self._seconds[second]
        self.since = max(self.since, floor * SECOND)


def _content(tick: Tick) -> int:
    if isinstance(tick, Trade):
        return hash((tick.price, tick.size))
    if isinstance(tick, Quote):
        return hash((tick.bid, tick.ask, tick.bid_size, tick.ask_size))
    return hash(tick.price)
