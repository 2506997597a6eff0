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
_CONTENT = 2**32 - 1
Contents = Counter[int]


class Sent:
    """The contents of the ticks that were sent and their numbers, eight bytes for both.

    Those of a second lie in one array: the number of the first, then for each, in their order, how much
    higher its number is than that, and in the lower 32 bits its content.

    What is older than `kept` is let go, but nothing from the time `waiting` on: history has still to answer.
    Of what was sent up to the number `lost` not all is known any more, nor of seconds before `since`.
    """

    def __init__(self, lost: int, kept: int = KEPT) -> None:
        self.since = 0
        self.lost = lost
        self.waiting: int | None = None
        self.first_received: int | None = None
        self._kept = kept // SECOND
        self._seconds = dict[int, "array[int]"]()
        self._last = 0

    def note(self, tick: Tick, number: int) -> None:
        """It was sent as event `number`, which is higher than all before."""
        if self.first_received is None:
            self.first_received = tick.received
        second = tick.time // SECOND
        known = self._seconds.get(second)
        if known is None:
            known = self._seconds[second] = array("Q", [number])
            if second // _OFTEN > self._last // _OFTEN:
                self._forget(second)
            self._last = max(self._last, second)
        known.append((number - known[0]) << 32 | content(tick))

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
        known = self._seconds[second]
        end = len(known) if until is None else _place(known, until)
        return Counter([each & _CONTENT for each in known[_place(known, after) : end]])

    def seconds(self, after: int, until: int) -> Iterator[int]:
        """The seconds of which something was sent after one number, up to and with another."""
        for second, known in self._seconds.items():
            if _place(known, after) < _place(known, until):
                yield second

    def _forget(self, now: int) -> None:
        floor = now - self._kept
        if self.waiting is not None:
            floor = min(floor, self.waiting // SECOND)
        for second in [each for each in self._seconds if each < floor]:
            known = self._seconds.pop(second)
            self.lost = max(self.lost, known[0] + (known[-1] >> 32))
        self.since = max(self.since, floor * SECOND)


def content(tick: Tick) -> int:
    """What tells two ticks of one second apart, as far as history and the live stream agree: 32 bits."""
    if isinstance(tick, Trade):
        found = hash((tick.price, tick.size))
    elif isinstance(tick, Quote):
        found = hash((tick.bid, tick.ask, tick.bid_size, tick.ask_size))
    else:
        found = hash((tick.price,))
    return found & _CONTENT


def _place(known: "array[int]", number: int) -> int:
    """How far those up to and with a number go in a second's array."""
    return bisect_right(known, (number - known[0]) << 32 | _CONTENT, lo=1)


def take(contents: Contents, one: int) -> bool:
    """Take one of them away, if there is one."""
    if contents[one] <= 0:
        return False
    contents[one] -= 1
    return True
