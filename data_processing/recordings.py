"""Give each tick its place: the ordinal within its second, and how much of that second was seen."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from data_processing.contracts import Ints
from data_storage.layout import TickSeries
from data_storage.tables import OPEN, PARTIAL
from market.times import SECOND

# Late ticks of a recording find their place among the ticks of their second for this long.
_REMEMBERED_SECONDS = 3_600


class Recording:
    """A live stream from join to cut: it knows the second it joined in and how many ticks each second had."""

    def __init__(self, number: int, joined: int | None = None) -> None:
        self.number = number
        self._joined = joined
        self._next = defaultdict[tuple[int, int], int](int)

    def place(self, time: int, data_type: int) -> tuple[int, int]:
        """The ordinal of a tick and how much of its second was seen."""
        return self.take(time // SECOND, data_type, 1), self.seen(time // SECOND)

    def take(self, second: int, data_type: int, count: int) -> int:
        """The first ordinal of `count` ticks that came together."""
        if self._joined is None:
            self._joined = second
        key = (second, data_type)
        ordinal = self._next[key]
        self._next[key] = ordinal + count
        if len(self._next) > 2 * _REMEMBERED_SECONDS:
            for old in list(self._next)[:_REMEMBERED_SECONDS]:
                del self._next[old]
        return ordinal

    def seen(self, second: int) -> int:
        """How much of a second is seen while the stream goes on."""
        return PARTIAL if self._joined is None or second <= self._joined else OPEN


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


class Groups(NamedTuple):
    """Rows grouped by contract, second and data type.

    Each row has its group and its place in it, each group its first row and the number of its rows.
    """

    of_row: Ints
    place: Ints
    first: Ints
    rows: Ints


def groups(codes: Ints, seconds: Ints, data_types: Ints) -> Groups:
    """Group rows, which keep their order within a group."""
    order = _order(codes, seconds, data_types)
    change = np.diff(codes[order]) | np.diff(seconds[order]) | np.diff(data_types[order])
    starts = np.flatnonzero(np.insert(change != 0, 0, True))[: len(order)]
    counts = np.diff(np.append(starts, len(order)))
    of_row, place = np.empty((2, len(order)), np.int64)
    of_row[order] = number = np.repeat(np.arange(len(starts)), counts)
    place[order] = np.arange(len(order)) - starts[number]
    return Groups(of_row, place, order[starts], counts)


def _order(codes: Ints, seconds: Ints, data_types: Ints) -> Ints:
    """A stable order in which groups are together; that of the rows themselves where it does."""
    step = np.diff(codes)
    rising = (step > 0) | ((step == 0) & (np.diff(seconds) >= 0))
    if rising.all() and not np.diff(data_types).any():
        return np.arange(len(codes))
    return np.lexsort((data_types, seconds, codes))


def place_live(
    recordings: Sequence[Recording], codes: Ints, seconds: Ints, data_types: Ints
) -> tuple[Ints, Ints, Ints]:
    """Ordinal, what was seen and recording of rows as they come; `codes` are places in `recordings`."""
    found = groups(codes, seconds, data_types)
    base, seen = np.zeros((2, len(found.first)), np.int64)
    for i in np.argsort(found.first, kind="stable").tolist():
        row = found.first[i]
        recording, second = recordings[codes[row]], int(seconds[row])
        base[i] = recording.take(second, int(data_types[row]), int(found.rows[i]))
        seen[i] = recording.seen(second)
    numbers = np.array([each.number for each in recordings], np.int64)
    return base[found.of_row] + found.place, seen[found.of_row], numbers[codes]
