"""Number ticks as they come, and say how much of its second each recording saw.

Within a recording a tick is known by a number that only rises, until `settling.numbered` makes of it the
place in its second.
"""

from collections.abc import Callable, Sequence

import numpy as np

from data_processing.contracts import Ints
from data_storage.layout import TickSeries
from data_storage.tables import OPEN, PARTIAL
from market.times import SECOND

LATE = 1
"""How many seconds behind its stream a tick may come and change what is believed of its second."""


class Recording:
    """A live stream from join to cut: it knows the second it joined in and how many ticks it had.

    `last` is the latest second that it had a tick of.
    """

    def __init__(self, number: int, joined: int | None = None) -> None:
        self.number = number
        self.last = 0
        self._joined = joined
        self._count = 0

    def place(self, time: int) -> tuple[int, int]:
        """The number of a tick and how much of its second was seen."""
        second = time // SECOND
        return self.take(second, second, 1), PARTIAL if second <= self.joined else OPEN

    def take(self, first: int, last: int, count: int) -> int:
        """The number of the first of `count` ticks that come now, of seconds from `first` up to `last`."""
        if self._joined is None:
            self._joined = first
        self.last = max(self.last, last)
        number, self._count = self._count, self._count + count
        return number

    @property
    def joined(self) -> int:
        """The last second that was seen in part; all after it are whole while the stream goes on."""
        assert self._joined is not None
        return self._joined


class Recordings:
    """The live streams of one writer; `number` gives a new number for each, higher than all before."""

    def __init__(self, number: Callable[[], int]) -> None:
        self.number = number
        self._live = dict[TickSeries, Recording]()

    def of(self, series: TickSeries) -> Recording:
        """The recording of a series, begun when there is none."""
        if series not in self._live:
            self._live[series] = Recording(self.number())
        return self._live[series]

    def join(self, series: TickSeries, time: int) -> None:
        """A live stream begins that misses nothing after `time`; one that runs already goes on."""
        if series not in self._live:
            self._live[series] = Recording(self.number(), time // SECOND)

    def cut(self, matches: Callable[[TickSeries], bool]) -> None:
        """The live streams of these series broke: the second before and the one after were seen in part."""
        for series in [each for each in self._live if matches(each)]:
            del self._live[series]

    def live(self) -> dict[int, int]:
        """The last second of each recording that goes on, by its number."""
        return {each.number: each.last for each in self._live.values()}


def place_live(recordings: Sequence[Recording], codes: Ints, seconds: Ints) -> tuple[Ints, Ints, Ints]:
    """Number, what was seen, and recording of rows as they come; `codes` are places in `recordings`."""
    order = np.argsort(codes, kind="stable")
    counts = np.bincount(codes, minlength=len(recordings))
    starts = np.cumsum(counts) - counts
    taken = (seconds[order[starts]], np.maximum.reduceat(seconds[order], starts), counts)
    base = np.array(
        [r.take(*each) for r, *each in zip(recordings, *(each.tolist() for each in taken), strict=True)]
    )
    place = np.empty(len(codes), np.int64)
    place[order] = np.arange(len(codes)) + np.repeat(base - starts, counts)
    joined, number = (
        np.array(each) for each in zip(*((r.joined, r.number) for r in recordings), strict=True)
    )
    return place, np.where(seconds <= joined[codes], PARTIAL, OPEN), number[codes]
