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


class Recording:
    """A live stream from join to cut: it knows the second it joined in and how many ticks it had."""

    def __init__(self, number: int, joined: int | None = None) -> None:
        self.number = number
        self._joined = joined
        self._count = 0

    def place(self, time: int) -> tuple[int, int]:
        """The number of a tick and how much of its second was seen."""
        second = time // SECOND
        if self._joined is None:
            self._joined = second
        number, self._count = self._count, self._count + 1
        return number, PARTIAL if second <= self._joined else OPEN

    def take(self, second: int, count: int) -> int:
        """The number of the first of `count` ticks that come now, beginning in `second`."""
        if self._joined is None:
            self._joined = second
        first, self._count = self._count, self._count + count
        return first

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

    def live(self) -> list[int]:
        """The numbers of the recordings that go on."""
        return [each.number for each in self._live.values()]


def place_live(recordings: Sequence[Recording], codes: Ints, seconds: Ints) -> tuple[Ints, Ints, Ints]:
    """Number, what was seen, and recording of rows as they come; `codes` are places in `recordings`."""
    order = np.argsort(codes, kind="stable")
    counts = np.bincount(codes, minlength=len(recordings))
    starts = np.cumsum(counts) - counts
    began = seconds[order[starts]].tolist()
    base = np.array([r.take(*each) for r, *each in zip(recordings, began, counts.tolist(), strict=True)])
    place = np.empty(len(codes), np.int64)
    place[order] = np.arange(len(codes)) + np.repeat(base - starts, counts)
    joined, number = (
        np.array(each) for each in zip(*((r.joined, r.number) for r in recordings), strict=True)
    )
    return place, np.where(seconds <= joined[codes], PARTIAL, OPEN), number[codes]
