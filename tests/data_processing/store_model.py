"""What a store has to answer, by the rules alone: dictionaries and lists, no files, no log, no merging."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from data_processing.bar_forms import UpsertReport
from market.events import Bar, TickType

PART, WHOLE, FILLED = range(3)
Row = tuple[float, float | None, int]
"""Price, size and when it was received."""
SeriesKey = tuple[int, TickType]
BarKey = tuple[int, str, int]
"""Contract, size and time."""


def rank(bar: Bar) -> int:
    """As the table in `data_processing.bar_merge` has it."""
    if bar.final:
        return 3 if bar.source == "history" else 2
    return 0 if bar.source == "ticks" else 1


def values(bar: Bar) -> tuple[Any, ...]:
    return bar.open, bar.high, bar.low, bar.close, bar.volume, bar.average, bar.count


class BarModel:
    """The versions of every bar, the one to believe last; bars are known in the order they are offered."""

    def __init__(self) -> None:
        self.versions: dict[BarKey, list[Bar]] = {}

    def offer(self, bar: Bar) -> UpsertReport:
        key = (bar.contract_id, bar.size, bar.time)
        before = self.versions.get(key, [])
        after = self.versions[key] = self._settled(before, bar)
        if not before:
            return UpsertReport(new=1)
        if after == before:
            return UpsertReport(unchanged=1)
        revised = _equals(after) > _equals(before)
        return UpsertReport(revised=1) if revised else UpsertReport(confirmed=1)

    def between(self, contract: int, size: str, start: int, end: int) -> list[list[Bar]]:
        """The versions of the bars of a range, by time."""
        keys = sorted(key for key in self.versions if key[:2] == (contract, size) and start <= key[2] < end)
        return [self.versions[key] for key in keys]

    @staticmethod
    def _settled(before: list[Bar], bar: Bar) -> list[Bar]:
        if not before:
            return [bar]
        top = before[-1]
        same = values(top) == values(bar)
        if rank(bar) < rank(top) or (same and rank(bar) == rank(top)):
            return before
        return [*(before[:-1] if same or rank(top) < 2 else before), bar]


def _equals(versions: Sequence[Bar]) -> int:
    return sum(rank(a) == rank(b) for a, b in pairwise(versions))


@dataclass
class View:
    """What one recording told of one second; `number` orders recordings."""

    number: int
    rank: int
    live: bool
    rows: list[Row] = field(default_factory=list)

    @property
    def told(self) -> list[tuple[float, float | None]]:
        return [row[:2] for row in self.rows]

    @property
    def sums(self) -> tuple[int, float]:
        return len(self.rows), sum(size or 0.0 for _, size, _ in self.rows)


@dataclass
class Stream:
    """A live stream from its join to its cut."""

    number: int
    joined: int | None
    last: int = -1


@dataclass(frozen=True)
class Second:
    """The answer for one second: the rows of one view, in order."""

    whole: bool
    rows: list[Row]
    disputed: bool = False


class TickModel:
    """Every view of every second; nothing is ever forgotten."""

    def __init__(self) -> None:
        self.views: dict[tuple[SeriesKey, int], list[View]] = {}
        self.streams: dict[SeriesKey, Stream] = {}
        self.ended: dict[int, Stream] = {}
        self._numbers = 0

    def join(self, series: SeriesKey, second: int) -> None:
        if series not in self.streams:
            self.streams[series] = Stream(self._next(), second)

    def cut(self, series: SeriesKey | None = None) -> None:
        for each in [series] if series else list(self.streams):
            if stream := self.streams.pop(each, None):
                self.ended[stream.number] = stream

    def live(self, series: SeriesKey, second: int, row: Row) -> None:
        """A tick of a live stream, which joins now if it did not."""
        stream = self.streams.setdefault(series, Stream(0, None))
        stream.number = stream.number or self._next()
        stream.joined = second if stream.joined is None else stream.joined
        stream.last = max(stream.last, second)
        views = self.views.setdefault((series, second), [])
        view = next((each for each in views if each.number == stream.number), None)
        if view is None:
            views.append(view := View(stream.number, PART, live=True))
        view.rows.append(row)

    def answer(self, series: SeriesKey, seconds: dict[int, list[Row]], *, filling: bool) -> None:
        """A historical answer: all of some seconds."""
        number = self._next()
        for second, rows in seconds.items():
            view = View(number, FILLED if filling else WHOLE, live=False, rows=list(rows))
            self.views.setdefault((series, second), []).append(view)

    def second(self, series: SeriesKey, second: int) -> Second:
        """What holds, by the rules in `data_processing.tick_merge`."""
        views = sorted(
            (self._ranked(series, second, each) for each in self.views[series, second]),
            key=lambda v: v.number,
        )
        best, disputed = views[0], False
        for view in views[1:]:
            if view.rank > best.rank:
                best, disputed = view, False
            elif view.rank == best.rank == PART:
                best = view if len(view.rows) > len(best.rows) else best
            elif view.rank == best.rank:
                disputed |= view.sums != best.sums
                replaces = not best.live and (view.live or view.told != best.told)
                best = view if replaces else best
        return Second(best.rank != PART, best.rows, disputed)

    def seconds(self, series: SeriesKey) -> list[int]:
        return sorted(second for key, second in self.views if key == series)

    def _ranked(self, series: SeriesKey, second: int, view: View) -> View:
        """A second of a live stream is whole if the stream came before it and went on after it."""
        if not view.live:
            return view
        streams = [*self.ended.values(), *self.streams.values()]
        stream = next(each for each in streams if each.number == view.number)
        assert stream.joined is not None
        return replace(view, rank=WHOLE if stream.joined < second < stream.last else PART)

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers
