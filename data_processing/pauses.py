"""Whether a stream of ticks or bars that paused missed anything, asked of history when it has gone on.

A stream may drop what happens for a while and go on without a word. If that is shorter than the pauses that
the contract makes by itself, nobody can notice while it happens; so every pause is compared with history
afterwards. Those of five minutes, or of a thousand ticks, or of a quarter of an hour of bars, are looked at
together: one request tells of all of them. Ticks that came are left alone where history has nothing more.
"""

from collections.abc import Hashable, Sequence

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
            length = BarSize.parse(stream.kind).nanoseconds
            self._streams.setdefault(_key(stream), _Heard(stream, 2 * length, _BARS_TOGETHER, time))

    def came(self, key: Hashable, time: int) -> Check | None:
        """A tick of `time` came, or a bar that starts then, or more is known of it; `key` is the contract id,
        exchange and kind of ticks and the stream of bars. The answer is what should be looked at now."""
        heard = self._streams.get(key)
        if heard is None:
            return None
        before, heard.last = heard.last, time
        if heard.pause <= time - before <= LONGEST:
            heard.start, heard.end = heard.start or before, time
        if not heard.start:
            return None
        heard.count += 1
        return _taken(heard) if heard.count >= _PAGE or time - heard.start >= heard.together else None

    def broke(self, stream: Stream) -> Check | None:
        """The stream broke off: the silence that follows has a name of its own."""
        heard = self._streams.pop(_key(stream), None)
        return _taken(heard) if heard and heard.start else None


def _key(stream: Stream) -> Hashable:
    # A stream is costly to hash for every tick.
    ticks = stream.source == "tbt"
    return (stream.contract_id, stream.exchange, stream.kind) if ticks else stream


def _taken(heard: _Heard) -> Check:
    check = Check(heard.stream, heard.start, heard.end)
    heard.start = heard.end = heard.count = 0
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
