"""Whether a stream of ticks or bars that paused missed anything, asked of history when it has gone on.

A stream may drop what happens for a while and go on without a word. If that is shorter than the pauses that
the contract makes by itself, nobody can notice while it happens; so every pause is compared with history
afterwards. Those of five minutes, or of a thousand ticks, or of a quarter of an hour of bars, are looked at
together: one request tells of all of them. What came is left alone where history has nothing more.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Mapping

import msgspec

from data_storage.ledger import Stream
from market.bar_size import BarSize
from market.times import MINUTE, SECOND

PAUSE = 2 * SECOND
"""Ticks this far apart have a whole second without any between them, also where IB tells no finer."""

LONGEST = 60 * MINUTE
"""What is longer is a closed session, or was noticed as it happened."""

_TICKS_TOGETHER, _BARS_TOGETHER = 5 * MINUTE, 15 * MINUTE
"""A request for small bars is one of 60 in ten minutes, for streams of all contracts."""

_PAGE = 900
"""Somewhat fewer ticks than one answer of IB has, since history may have more of them."""


class Check(msgspec.Struct, frozen=True):
    """A stretch with pauses in it, [`start`, `end`] in UTC nanoseconds."""

    stream: Stream
    start: int
    end: int


class _Heard(msgspec.Struct):
    stream: Stream
    pause: int
    together: int
    last: int
    start: int = 0
    end: int = 0
    count: int = 0


class Pauses:
    """Notes the pauses of every stream of ticks or bars, from when it is live until it breaks off."""

    def __init__(self) -> None:
        self._streams = dict[Hashable, _Heard]()

    def live(self, stream: Stream, time: int) -> None:
        """From `time` on everything comes: the first of it may be late too."""
        if stream.source == "tbt":
            self._streams.setdefault(_key(stream), _Heard(stream, PAUSE, _TICKS_TOGETHER, time))
        elif stream.what:
            size = BarSize.parse(stream.kind)
            length = size.nanoseconds
            # As though the bar before the first whole one had come: that one must not be missing either.
            before = -size.whole(-time) - length
            self._streams.setdefault(_key(stream), _Heard(stream, 2 * length, _BARS_TOGETHER, before))

    def came(self, key: Hashable, time: int) -> Check | None:
        """A tick of `time` came, or a bar that starts then, or more is known of it; `key` is the contract id,
        exchange and kind of ticks and the stream of bars. The answer is what should be looked at now."""
        heard = self._streams.get(key)
        if heard is None:
            return None
        _listen(heard, time)
        if not heard.start:
            return None
        heard.count += 1
        return _taken(heard) if heard.count >= _PAGE or time - heard.start >= heard.together else None

    def broke(self, stream: Stream, time: int) -> Check | None:
        """The stream broke off, and all had come up to `time`; it may have been silent long before."""
        heard = self._streams.pop(_key(stream), None)
        if heard is None:
            return None
        _listen(heard, time)
        return _taken(heard) if heard.start else None


def _key(stream: Stream) -> Hashable:
    # A stream is costly to hash for every tick.
    ticks = stream.source == "tbt"
    return (stream.contract_id, stream.exchange, stream.kind) if ticks else stream


def _listen(heard: _Heard, time: int) -> None:
    before, heard.last = heard.last, time
    if heard.pause <= time - before <= LONGEST:
        heard.start, heard.end = heard.start or before, time


def _taken(heard: _Heard) -> Check:
    check = Check(heard.stream, heard.start, heard.end)
    heard.start = heard.end = heard.count = 0
    return check


def missed(
    stored: Mapping[int, int], told: Mapping[int, int], first: int, last: int
) -> list[tuple[int, int]]:
    """The stretches of [first, last] in which history `told` of more ticks than are `stored`.

    Both are numbers of ticks by seconds since 1970. A second without any in the store was missed if history
    has some; one beside such a second, which the silence may have cut, if history has more. What came amid
    others is believed. A stretch includes its ends, which are stored seconds where there are any.

    >>> missed({0: 1, 5: 1, 6: 2, 20: 1}, {0: 1, 3: 1, 5: 1, 6: 3, 20: 1}, 0, 20)
    [(0, 5), (6, 6)]
    """
    seconds, found = sorted(stored), list[tuple[int, int]]()
    for second in sorted(told):
        amid = second in stored and second - 1 in stored and second + 1 in stored
        if amid or told[second] <= stored.get(second, 0):
            continue
        before, after = bisect_right(seconds, second), bisect_left(seconds, second)
        start = seconds[before - 1] if before else first
        end = seconds[after] if after < len(seconds) else last
        if found and start <= found[-1][1]:
            start, end = found[-1][0], max(end, found.pop()[1])
        found.append((start, end))
    return found
