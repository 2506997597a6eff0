"""Bars as they form; after an outage those that history has by then."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from ib_stream.feeds.archive import REACH, Origin
from ib_stream.feeds.desk import Desk
from ib_stream.feeds.feed import ContractFeed, Handler, times_of
from ib_stream.feeds.names import TopicName
from ib_stream.feeds.rows import bars_of
from ib_stream.hub import Topic
from ib_stream.wire import bar_line
from market.bar_size import BarSize
from market.events import Bar, Event, Gap, Hours, Refilled, StreamChanged
from market.instrument import Instrument
from market.wanted import Wanted, WantedBars

_STREAMED = ("live", "rtbar")


class BarFeed(ContractFeed):
    """A bar is known by its start: what comes later of it, or from history, takes the place of what was."""

    def __init__(self, name: TopicName, topic: Topic, desk: Desk, instrument: Instrument) -> None:
        super().__init__(name, topic, desk, instrument)
        self._size = BarSize.parse(name.detail)
        self.kind = self._size.name
        self._what = "MIDPOINT" if instrument.sec_type == "CASH" else "TRADES"
        self._hours: Hours = "all"
        self._since = 0

    @property
    def wanted(self) -> Sequence[Wanted]:
        of = {"what": self._what, "hours": self._hours}
        return [WantedBars(instrument=self.instrument, size=self._size, **of)]  # type: ignore[arg-type]

    @property
    def handlers(self) -> Mapping[type[Event], Handler]:
        mine: dict[type[Event], Handler] = {Bar: self._on_bar, Refilled: self._on_refilled, Gap: self._on_gap}
        return {**super().handlers, **mine}

    @property
    def source(self) -> str:
        return "rtbar" if self.kind == "5s" else "live"

    def concerns(self, change: StreamChanged) -> bool:
        what = change.what or self._what
        return (change.kind, what, change.hours) == (self.kind, self._what, self._hours)

    def back(self, start: int, end: int) -> None:
        if self.desk.db is None:
            super().back(start, end)
            return
        text = "it comes again; the bars that were missed follow as history has them"
        self.voice.tell("resumed", text, times_of({"from": start, "to": end}))

    def comes(self, time: int) -> None:
        self._since = self._since or time - self._size.nanoseconds
        super().comes(time)

    async def replay(self, origin: Origin, until: int) -> AsyncIterator[bytes]:
        """The bars since then, all again: each takes the place of what was told of it before."""
        db, now = self.desk.db, self.desk.clock.now()
        place = origin.since if origin.position is None else origin.position.surely
        if db is None or place is None or place < now - REACH:
            return
        start = place - 2 * self._size.nanoseconds
        for bar in await self._stored(start, now + self._size.nanoseconds):
            yield bar_line(bar)

    def _on_bar(self, bar: Bar) -> None:
        if (bar.size, bar.what, bar.hours) != (self.kind, self._what, self._hours):
            return
        if bar.source in _STREAMED:
            self.publish(bar_line(bar), bar.received, bar.time)

    def _on_refilled(self, filled: Refilled) -> None:
        if (filled.kind, filled.what, filled.hours) == (self.kind, self._what, self._hours):
            start = max(filled.time, self._since)
            if self._since and start < filled.end:
                self.desk.later(lambda: self._bring(start, filled.end))

    async def _bring(self, start: int, end: int) -> None:
        now = self.desk.clock.now()
        for bar in await self._stored(start, end):
            self.publish(bar_line(bar), now, bar.time)

    async def _stored(self, start: int, end: int) -> list[Bar]:
        """The bars of the store that start in [start, end)."""
        db = self.desk.db
        if db is None:
            return []
        of = self.instrument.contract_id, self.instrument.exchange, self.kind, start, end
        table = await asyncio.to_thread(lambda: db.bars(*of, what=self._what, hours=self._hours))
        like = {"size": self.kind, "what": self._what, "hours": self._hours}
        return list(bars_of(table, self.instrument, like))

    def _on_gap(self, gap: Gap) -> None:
        if gap.kind == self.kind and self._since and gap.end > self._since:
            self.voice.gap(max(gap.time, self._since), gap.end, gap.reason)
