"""What clients were sent of each second, so that history can bring what they lack and nothing twice.

IB's ticks have no id, and equal ticks in one second are legal. So nothing is left out for being equal: the
ticks that history has of a second are counted, content by content, against those that were sent of it; what
is over was missed.
"""

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator

from market.events import Quote, Tick, Trade
from market.times import MINUTE, SECOND

KEPT = 10 * MINUTE
"""A silence is compared with history some six minutes later at most, unless much else is asked of history."""

_OFTEN = 60
Contents = Counter[int]


class Sent:
    """The contents of the ticks that were sent and their numbers, eight bytes each.

    What is older than `kept` is let go, but nothing from the time `waiting` on: history has still to answer.
    Of what was sent up to the number `lost` not all is known any more, nor of seconds before `since`.
    """

    def __init__(self, lost: int, kept: int = KEPT) -> None:
        self.since = 0
        self.lost = lost
        self.waiting: int | None = None
        self.first_received: int | None = None
        self._kept = kept // SECOND
        self._seconds = dict[int, tuple["array[int]", "array[int]"]]()
        self._last = 0

    def note(self, tick: Tick, number: int) -> None:
        """It was sent as event `number`, which is higher than all before."""
        if self.first_received is None:
            self.first_received = tick.received
        second = tick.time // SECOND
        known = self._seconds.get(second)
        if known is None:
            known = self._seconds[second] = array("q"), array("q")
            if second // _OFTEN > self._last // _OFTEN:
                self._forget(second)
            self._last = max(self._last, second)
        known[0].append(content(tick))
        known[1].append(number)

    def lacking(self, ticks: Iterable[Tick]) -> list[Tick]:
        """Which of history's ticks were not sent, in their order."""
        sent, lacking = dict[int, Contents](), list[Tick]()
        for tick in ticks:
            second = tick.time // SECOND
            if second not in sent:
                sent[second] = self.contents(second)
            if not take(sent[second], content(tick)):
                lacking.append(tick)
        return lacking

    def contents(self, second: int, after: int = 0, until: int | None = None) -> Contents:
        """What was sent of a second (since 1970) after one number, up to and with another."""
        if second not in self._seconds:
            return Counter()
        contents, numbers = self._seconds[second]
        first = bisect_right(numbers, after)
        last = len(numbers) if until is None else bisect_right(numbers, until)
        return Counter(contents[first:last])

    def seconds(self, after: int, until: int) -> Iterator[int]:
        """The seconds of which something was sent after one number, up to and with another."""
        for second, (_, numbers) in self._seconds.items():
            place = bisect_right(numbers, after)
            if place < len(numbers) and numbers[place] <= until:
                yield second

    def _forget(self, now: int) -> None:
        floor = now - self._kept
        if self.waiting is not None:
            floor = min(floor, self.waiting // SECOND)
        for second in [each for each in self._seconds if each < floor]:
            self.lost = max(self.lost, self._seconds.pop(second)[1][-1])
        self.since = max(self.since, floor * SECOND)


def content(tick: Tick) -> int:
    """What tells two ticks of one second apart, as far as history and the live stream agree on it."""
    if isinstance(tick, Trade):
        return hash((tick.price, tick.size))
    if isinstance(tick, Quote):
        return hash((tick.bid, tick.ask, tick.bid_size, tick.ask_size))
    return hash(tick.price)


def take(contents: Contents, one: int) -> bool:
    """Take one of them away, if there is one."""
    if contents[one] <= 0:
        return False
    contents[one] -= 1
    return True
