"""A time frame of a chart: provisional bars from ticks and IB's own, replaced by what history says of them.

History is asked a few seconds after each full minute, each time with an overlap, so that a revision shows.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence

from data_processing.candles import CandleBuilder
from data_processing.frames import Frame, stored
from data_processing.queries.bar_grid import Grid
from ib_stream.feeds.archive import REACH, Origin
from ib_stream.feeds.desk import Desk
from ib_stream.feeds.feed import ContractFeed, Handler
from ib_stream.feeds.frame_bars import FrameBars
from ib_stream.feeds.names import TopicName
from ib_stream.feeds.rows import bars_of
from ib_stream.hub import Topic
from ib_stream.wire import candle_line
from market.clock import Timer, sleep
from market.errors import TruetickError
from market.events import Bar, Event, Quote, Refilled, StreamChanged, Tick, Trade
from market.instrument import Instrument
from market.times import DAY, MINUTE, SECOND
from market.wanted import Wanted, WantedBars, WantedTicks

log = logging.getLogger("truetick.stream")

PACE = SECOND // 20
"""Ticks that come closer together than this make one change of a bar."""

POLL, OVERLAP = MINUTE, 5
"""How often history is asked, and how many base bars again."""

LAG = 5 * SECOND
"""So long after a full minute: a bar that just ended is served then."""

RETRY = 5 * SECOND
PATIENCE = 20.0
"""Seconds that history may take; what came is stored, and the rest is asked for again."""

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
        self._broke_at = 0
        # A bar of a frame is told once all that it is made of was looked for.
        self._whole = False
        self._timer: Timer | None = None
        self._polling: asyncio.Task[None] | None = None
        self._asked = asyncio.Event()

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
        self._polling = asyncio.create_task(self._poll())

    def close(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
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
        self._broke_at = self._broke_at or change.time

    def back(self, start: int, end: int) -> None:
        self.voice.tell("resumed", "it comes again; what was missed is asked of history")
        self._asked.set()

    # -- history

    async def _poll(self) -> None:
        """Ask history each minute, and at once after an outage; what it refuses is asked for again."""
        while True:
            self._asked.clear()
            pause = POLL - (self.desk.clock.now() - LAG) % POLL
            try:
                await self._update()
            except (TruetickError, TimeoutError) as error:
                log.info("%s: history does not answer: %s", self.topic.name, error)
                pause = RETRY if self._broke_at else pause
            await self._pause(pause / SECOND)

    async def _pause(self, seconds: float) -> None:
        waits = [
            asyncio.create_task(sleep(self.desk.clock, seconds)),
            asyncio.create_task(self._asked.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    async def _update(self) -> None:
        now = self.desk.clock.now()
        start = min(self._begin(now), self._broke_at or now)
        try:
            if (history := self.desk.history) is not None:
                of = {"what": self._frame.what, "hours": self._frame.base_hours}
                async with asyncio.timeout(PATIENCE):
                    await history.backfill(
                        self.instrument,
                        self._base,
                        start,
                        now,
                        refresh=True,
                        alone=True,
                        **of,  # type: ignore[arg-type]
                    )
                self._broke_at = 0
                # The bar that ran when it was asked for is the last of the answer, or not in it.
                self._bars.settle(now - now % self._base.nanoseconds)
        finally:
            await self._read(start)
        self._bars.keep_from(self._begin(now))

    def _begin(self, now: int) -> int:
        """Where the bars begin that may still change: the frame's last two, or those of some minutes."""
        size, base = self._frame.size.nanoseconds, self._base.nanoseconds
        reach = max(2 * size, OVERLAP * base, 3 * MINUTE)
        return now - now % size - reach

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
