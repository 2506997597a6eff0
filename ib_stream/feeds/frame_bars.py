"""The bars of a time frame as they form: base bars of three origins in, bars of the frame out.

Of each base bar the form of history holds once it is there. Until then what IB keeps up to date and what we
make of ticks are one provisional bar: the former saw it from its start, the latter is newer. Pure, no I/O.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from data_processing.frames import Frame, joined, place
from data_processing.queries.bar_grid import Grid
from market.events import Bar


@dataclass(slots=True)
class _Forms:
    """What is known of one base bar."""

    history: Bar | None = None
    live: Bar | None = None
    ticks: Bar | None = None

    def best(self) -> Bar | None:
        if self.history is not None:
            return self.history
        if self.live is None or self.ticks is None or self.live.final:
            return self.live or self.ticks
        return _both(self.live, self.ticks)


class FrameBars:
    """The newest bars of one frame: give it base bars with `take`, and `settle` up to when history has told.

    Without a `grid` every base bar is a bar of the frame, which days are.
    """

    def __init__(self, frame: Frame, grid: Grid | None) -> None:
        self._frame, self._grid = frame, grid
        self._places = dict[int, int | None]()
        self._parts = dict[int, dict[int, _Forms]]()
        self._told = dict[int, Bar]()
        self._touched = set[int]()
        self._settled = self._floor = 0

    def take(self, bar: Bar, whole_from: int | None = None) -> None:
        """A base bar in whatever form; with `whole_from` also of a bar that was forgotten, if it begins there
        or later: all that it is made of has to be told then.
        """
        if bar.time not in self._places:
            self._places[bar.time] = place(self._grid, bar.time) if self._grid else bar.time
        start = self._places[bar.time]
        floor = self._floor if whole_from is None else whole_from
        if start is None or (start < floor and start not in self._parts):
            self._places.pop(bar.time)
            return
        forms = self._parts.setdefault(start, {}).setdefault(bar.time, _Forms())
        self._touched.add(start)
        if bar.source == "history" and bar.final:
            forms.history = bar
        elif bar.source == "ticks":
            forms.ticks = bar
        else:
            forms.live = bar

    def settle(self, until: int) -> None:
        """History has answered up to `until`: what it did not tell of that did not happen."""
        before, self._settled = self._settled, max(self._settled, until)
        self._touched.update(each for each in self._parts if before < self.end(each) <= self._settled)

    def keep_from(self, time: int) -> None:
        """Forget the bars that were over before `time`."""
        self._floor = max(self._floor, time)
        for start in [each for each in self._parts if each < time and self.end(each) <= time]:
            for base in self._parts.pop(start):
                self._places.pop(base, None)
            self._told.pop(start, None)

    def end(self, start: int) -> int:
        """When the bar at `start` is over; of a day, when its date is in UTC."""
        return self._grid.end(start) if self._grid else start + self._frame.size.nanoseconds

    @property
    def first(self) -> int | None:
        """Where the oldest bar begins that is still kept."""
        return min(self._parts, default=None)

    def changed(self) -> list[Bar]:
        """The bars that are others than when they were last told, in order of time."""
        touched, self._touched = sorted(self._touched & self._parts.keys()), set()
        found = [bar for start in touched if (bar := self._bar(start)) != self._told.get(start)]
        bars = [each for each in found if each is not None]
        self._told |= {each.time: each for each in bars}
        return bars

    def all(self) -> list[Bar]:
        """Every bar as it was last told."""
        return [self._told[start] for start in sorted(self._told)]

    def _bar(self, start: int) -> Bar | None:
        forms = self._parts[start]
        over = self.end(start) <= self._settled
        known = [forms[at] for at in sorted(forms)]
        settled = all(each.history is not None for each in known)
        parts = [bar for each in known if (bar := each.best()) is not None]
        if not parts:
            return None
        if self._frame.base == self._frame.size:
            whole = parts[0].final and parts[0].source != "ticks"
            return msgspec.structs.replace(parts[0], hours=self._frame.hours, final=whole)
        return joined(parts, self._frame, start, over and settled)


def _both(live: Bar, ticks: Bar) -> Bar:
    newer = live if live.received > ticks.received else ticks
    volumes: Iterable[float] = [each.volume for each in (live, ticks) if each.volume is not None]
    return msgspec.structs.replace(
        live,
        received=newer.received,
        high=max(live.high, ticks.high),
        low=min(live.low, ticks.low),
        close=newer.close,
        volume=max(volumes, default=None),
        final=False,
    )
