"""Whether a stream of ticks that paused missed anything, asked of history when it has gone on.

A stream may drop what happens for a while and go on without a word. If that is shorter than the pauses that
the contract makes by itself, nobody can notice while it happens; so every pause is compared with history
afterwards. Those of five minutes, or of a thousand ticks, are looked at together: one request tells
of all of them. What live brought is left alone where history has nothing more.
"""

from collections.abc import Sequence

import msgspec

from data_storage.ledger import Stream
from market.times import MINUTE, SECOND

PAUSE = 2 * SECOND
"""Ticks this far apart have a whole second without any between them, also where IB tells no finer."""

LONGEST = 15 * MINUTE
"""What is longer is a closed session, or was noticed as it happened."""

_TOGETHER = 5 * MINUTE
_PAGE = 900
"""Somewhat fewer ticks than one answer of IB has, since history may have more of them."""


class Check(msgspec.Struct, frozen=True):
    """A stretch with pauses in it, [`start`, `end`] in UTC nanoseconds: ticks came at both."""

    stream: Stream
    start: int
    end: int


class _Heard(msgspec.Struct):
    last: int
    start: int = 0
    end: int = 0
    ticks: int = 0


class Pauses:
    """Notes the pauses of every stream of ticks by its contract, exchange and kind."""

    def __init__(self) -> None:
        self._streams = dict[tuple[int, str, str], _Heard]()

    def tick(self, key: tuple[int, str, str], time: int) -> Check | None:
        """A tick of `time` came; the answer is what should be looked at now, if anything."""
        heard = self._streams.get(key)
        if heard is None:
            self._streams[key] = _Heard(time)
            return None
        before, heard.last = heard.last, time
        if PAUSE <= time - before <= LONGEST:
            heard.start, heard.end = heard.start or before, time
        if not heard.start:
            return None
        heard.ticks += 1
        return self._take(key) if heard.ticks >= _PAGE or time - heard.start >= _TOGETHER else None

    def broke(self, key: tuple[int, str, str]) -> Check | None:
        """The stream broke off: the silence that follows has a name of its own."""
        check = self._take(key)
        self._streams.pop(key, None)
        return check

    def _take(self, key: tuple[int, str, str]) -> Check | None:
        heard = self._streams.get(key)
        if heard is None or not heard.start:
            return None
        check = Check(Stream(*key, "tbt"), heard.start, heard.end)
        heard.start = heard.end = heard.ticks = 0
        return check


def missed(stored: Sequence[int], told: Sequence[int]) -> list[tuple[int, int]]:
    """The stretches of time, both ends included, in which history `told` of seconds that are not `stored`.

    Both are seconds since 1970 in order. A stretch begins and ends with a stored second, which may have been
    cut by the silence.

    >>> missed([0, 5, 6, 20], [0, 3, 5, 6, 9, 11, 20])
    [(0, 5), (6, 20)]
    """
    found = list[tuple[int, int]]()
    had = iter(stored)
    before, after = None, next(had, None)
    for second in told:
        while after is not None and after <= second:
            before, after = after, next(had, None)
        if second == before:
            continue
        stretch = (second if before is None else before, second if after is None else after)
        if found and found[-1][0] == stretch[0]:
            stretch = (stretch[0], max(stretch[1], found.pop()[1]))
        found.append(stretch)
    return found
