"""A time frame of a chart: provisional bars of ticks and IB's own, replaced by what history says of them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from data_processing.candles import CandleBuilder
from data_processing.frames import Frame, stored
from data_processing.queries.bar_grid import Grid
from ib_stream.feeds.archive import REACH, Origin
from ib_stream.feeds.desk import Desk
from ib_stream.feeds.feed import ContractFeed, Handler
from ib_stream.feeds.frame_bars import FrameBars
from ib_stream.feeds.history_poll import HistoryPoll, join
from ib_stream.feeds.names import TopicName
from ib_stream.feeds.rows import bars_of
from ib_stream.hub import Topic
from ib_stream.wire import candle_line
from market.clock import Timer
from market.events import Bar, Event, Quote, Refilled, StreamChanged, Tick, Trade
from market.instrument import Instrument
from market.times import DAY, MINUTE, SECOND
from market.wanted import Wanted, WantedBars, WantedTicks

PACE = SECOND // 20
"""Ticks that come closer together than this make one change of a bar."""

OVERLAP = 5
"""So many base bars may still change."""

REVISED = 20 * MINUTE
"""And those that are not older: TWS gives a bar another volume when it is a quarter of an hour old."""

_LIVE_SIZES = ("5s", "1m", "1D")


class CandleFeed(ContractFeed):
    """Topic ``candle:CONTRACT:FRAME:HOURS``."""

    instrument: Instrument

    def __init__(self, name: TopicName, topic: Topic, desk: Desk, instrument: Instrument) -> None:
        super().__init__(name, topic, desk, instrument)
        of_frame, _, hours = name.detail.partition(":")
        self._frame = Frame(instrument, of_frame, "rth" if hours == "rth" else "all")
        self._base = self._frame.base
        self.kind = self._base.name
        zones = {instrument.contract_id: instrument.time_zone}
        untraded = {instrument.contract_id} if self._frame.what == "MIDPOINT" else ()
        sizes = [self._base] if self._base.intraday else []
        self._candles = CandleBuilder(sizes, zones=zones, untraded=untraded)
        self._bars = FrameBars(self._frame, self._grid())
        # A bar of a frame is told once all that it is made of was looked for.
        self._whole = False
        self._timer: Timer | None = None
        self._poll: HistoryPoll | None = None

    @property
    def wanted(self) -> Sequence[Wanted]:
        of, frame = self.instrument, self._frame
        found: list[Wanted] = []
        if self.kind in _LIVE_SIZES:
            found += [WantedBars(instrument=of, size=self._base, what=frame.what, hours=frame.base_hours)]
        if self._base.intraday:
            kind = "BidAsk" if frame.what == "MIDPOINT" else "Last"
            found += [WantedTicks(instrument=of, tick_type=kind)]  # type: ignore[arg-type]  # one of them
        return found

    @property
    def handlers(self) -> Mapping[type[Event], Handler]:
        mine: dict[type[Event], Handler] = {Bar: self._on_bar, Refilled: self._on_refilled}
        ticks: dict[type[Event], Handler] = {Trade: self._on_tick, Quote: self._on_tick}
        return {**super().handlers, **mine, **(ticks if self._base.intraday else {})}

    def concerns(self, change: StreamChanged) -> bool:
        return change.kind in (self.kind, "Last", "BidAsk") and change.source != "history"

    async def open(self) -> None:
        await super().open()
        self._poll = join(self.desk, self._frame, self)

    def close(self) -> None:
        if self._poll is not None:
            self._poll.leave(self)
        if self._timer is not None:
            self._timer.cancel()
        super().close()

    def snapshot(self) -> list[bytes]:
        return [self._line(bar) for bar in self._bars.all()]

    async def replay(self, origin: Origin, until: int) -> AsyncIterator[bytes]:
        """The bars since then, all again: each takes the place of what was told of it before."""
        now, place = self.desk.clock.now(), origin.since
        if origin.position is not None:
            place = origin.position.surely
        if place is not None and place >= now - REACH:
            for bar in await self._stored(place - 2 * self._frame.size.nanoseconds, now):
                yield self._line(bar)
        for body in self.snapshot():
            yield body

    # -- what comes

    def _on_bar(self, bar: Bar) -> None:
        frame = self._frame
        mine = (bar.size, bar.what, bar.hours) == (self.kind, frame.what, frame.base_hours)
        if mine and bar.source in ("live", "rtbar"):
            self._bars.take(bar)
            self._soon()

    def _on_tick(self, tick: Tick) -> None:
        for bar in self._candles.add(tick):
            self._bars.take(bar)
        self._soon()

    def _on_refilled(self, filled: Refilled) -> None:
        if filled.kind == self.kind and filled.what == self._frame.what:
            self.desk.later(lambda: self._read(filled.time))

    def _soon(self) -> None:
        if self._timer is None and self._whole:
            self._timer = self.desk.clock.call_at(self.desk.clock.now() + PACE, self._show)

    def _show(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for bar in self._candles.advance(self.desk.clock.now()) + self._candles.changed():
            self._bars.take(bar)
        for bar in self._bars.changed():
            self.publish(self._line(bar), bar.received, bar.time)

    def _line(self, bar: Bar) -> bytes:
        return candle_line(bar, self._bars.end(bar.time))

    # -- outages

    def _breaks(self, change: StreamChanged) -> None:
        super()._breaks(change)
        self._candles.cut()
        if self._poll is not None:
            self._poll.broke(change.time)

    def back(self, start: int, end: int) -> None:
        self.voice.tell("resumed", "it comes again; what was missed is asked of history")
        if self._poll is not None:
            self._poll.soon()

    # -- history

    def begin(self, now: int) -> int:
        """Where the bars begin that may still change: the frame's last two, or those of some minutes."""
        size, base = self._frame.size.nanoseconds, self._base.nanoseconds
        return now - now % size - max(2 * size, OVERLAP * base, REVISED)

    async def told(self, now: int, broke_at: int, settled: int) -> None:
        """History has answered up to `settled`, or not at all; see `ib_stream.feeds.history_poll`."""
        if settled:
            self._bars.settle(settled)
        await self._read(min(self.begin(now), broke_at or now))
        if settled:
            self._bars.keep_from(self.begin(now))

    async def _read(self, start: int) -> None:
        """Tell what the store has of the bars that begin at `start` or later."""
        db, it, now = self.desk.db, self._frame.series, self.desk.clock.now()
        if db is not None:
            of = it.contract_id, it.exchange, it.size, start, now + self._base.nanoseconds
            table = await asyncio.to_thread(lambda: db.bars(*of, what=it.what, hours=it.hours))
            like = {"size": it.size, "what": it.what, "hours": it.hours}
            for bar in bars_of(table, self.instrument, like):
                self._bars.take(bar, start)
        self._whole = True
        self._show()

    async def _stored(self, start: int, end: int) -> list[Bar]:
        db = self.desk.db
        if db is None or start >= end:
            return []
        table = await asyncio.to_thread(stored, db, self._frame, start, end)
        like = {"size": self._frame.name, "what": self._frame.what, "hours": self._frame.hours}
        return list(bars_of(table, self.instrument, like))

    def _grid(self) -> Grid | None:
        """Where the frame's bars begin."""
        if not self._frame.size.intraday:
            return None
        db, now = self.desk.db, self.desk.clock.now()
        sessions = self._frame.sessions(db, now, now + DAY) if db is not None else None
        return Grid(self._frame.size, self.instrument.time_zone, sessions)
