"""Fill in what was missed while a stream was interrupted, and name what nobody can have.

A stream that broke off leaves a hole up to where it is live again, both seconds included. The hole stands in
the ledger until history has answered all of it, so neither a line that goes again nor the end of this program
loses it. What came from a market-data line, and an order book, is state: nobody keeps what it was, so that
is a gap at once. A refusal that stays makes a gap of the rest, with the broker's words.
"""

import asyncio
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from data_processing.accounting import BACKFILL
from data_processing.filler import Filler
from data_processing.pauses import Check, Pauses
from data_processing.recorder import Recorder
from data_processing.refill_lanes import RefillLanes, wait
from data_processing.restart import last_tick
from data_processing.stream_units import TICK_TYPES, StreamUnits, is_line
from data_processing.stretch_book import StretchBook
from data_processing.stretches import gap_of
from data_processing.timeseries_db import TimeseriesDB
from data_storage.ledger import Key, Span, Stream
from data_storage.tables import kind_of
from market.bar_size import BarSize
from market.broker import MarketData
from market.clock import Clock
from market.events import (
    Bar,
    ConnectionChanged,
    Midpoint,
    Problem,
    Quote,
    Refilled,
    StreamChanged,
    Tick,
    Trade,
)
from market.times import MINUTE, SECOND

BEAT = 10 * SECOND
_NEAR = 10 * MINUTE
_NEAR_BARS = 120
STATE = "what it showed meanwhile is state that nobody keeps"
CRASHED = "this program ended without closing its store"
OVERRUN = "the store could not be written for so long that ticks were lost"


class Refill:
    """Watch the streams of `market_data.bus`, keep the ledger of `db` and fill in what goes missing.

    `candles` are the sizes of the bars that are made of ticks here: they are fetched where ticks were missed.
    `recorder` says until when all that came is stored; what it could not hold is filled in too. `start` it on
    the event loop before anything is subscribed, and `await close()` it after the recorder, before the store.
    `clock` is near the broker's time.
    """

    def __init__(
        self,
        market_data: MarketData,
        db: TimeseriesDB,
        clock: Clock,
        *,
        candles: Sequence[BarSize] = (),
        recorder: Recorder | None = None,
    ) -> None:
        self._market_data = market_data
        self._db = db
        self._clock = clock
        self._candles = tuple(candles)
        self._recorder = recorder
        self._units = StreamUnits(db.instruments)
        # What a backfill has to ask for again may take it hours, and is not for today's holes to wait for.
        spans = [each for each in db.spans() if each.stream.source != BACKFILL]
        self._book = StretchBook(spans, self._units)
        self._last = dict[tuple[int, str, str], int]()
        self._pauses = Pauses()
        self._bars_until = dict[Stream, int]()
        self._seen = set[Stream]()
        self._crashed = 0
        self._cancels = list[Callable[[], None]]()
        self._lanes: RefillLanes | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._closing = False
        self._told = False

    @property
    def pending(self) -> list[Span]:
        """The holes that wait to be filled in, the newest first."""
        return sorted(self._book.pending(), key=lambda hole: -hole.start)

    @property
    def unproved(self) -> int:
        """How many stretches with pauses still wait to be compared with history."""
        return self._lanes.unproved if self._lanes else 0

    def start(self) -> None:
        """Take up what an earlier run left, and begin to listen and to fill; once."""
        self._take_up()
        if self._recorder:
            self._recorder.on_loss = self._on_loss
        bus = self._market_data.bus
        self._cancels = [
            bus.subscribe(StreamChanged, self._on_stream),
            bus.subscribe(ConnectionChanged, self._on_connection),
            bus.subscribe(Trade, self._on_tick),
            bus.subscribe(Quote, self._on_tick),
            bus.subscribe(Midpoint, self._on_tick),
            bus.subscribe(Bar, self._on_bar),
        ]
        filler = Filler(self._market_data, self._db, self._units)
        self._lanes = RefillLanes(
            filler, self._book, self._clock, self._note, self._tell_filled, self._stored_until
        )
        self._keeper = asyncio.create_task(self._keep())

    async def close(self, *, stored: bool = True) -> None:
        """Stop, and note until when streams were wanted; unless all was `stored`, the rest is missing."""
        for cancel in self._cancels:
            cancel()
        if self._lanes:
            await self._lanes.close()
        self._closing = True
        self._changed.set()
        if self._keeper:
            await self._keeper
        for stream in self._book.streams() if stored else ():
            self._settle(
                self._book.ended(stream, self._clock.now() if stream in self._seen else self._crashed)
            )
        await self._save()

    # -- what happens to streams

    def _on_loss(self, first: Tick, last: Tick) -> None:
        stream = Stream(first.contract_id, first.exchange, kind_of(first), "tbt")
        self._book.lost(stream, first.time, last.time, OVERRUN)
        self._note(None)

    def _on_stream(self, change: StreamChanged) -> None:
        stream = self._units.stream_of(change)
        self._seen.add(stream)
        key = stream.contract_id, stream.exchange, stream.kind
        if change.state == "live":
            self._pauses.live(stream, change.time)
            # Where the recording was cut, a second was seen in two parts, however little was missed.
            time = max(change.time, self._last.get(key, 0))
            self._settle(self._book.live(stream, time if stream.source == "tbt" else change.time))
            self._supersede(stream, change.time)
        elif change.state == "ended":
            self._settle(self._book.ended(stream, change.time))
        else:
            self._break(stream, change.time, change.reason)
        if change.state != "live":
            self._look_at(self._pauses.broke(stream, change.time))
        self._note(None)

    def _supersede(self, stream: Stream, time: int) -> None:
        """A line that stood in for ticks is not waited for any longer once they come themselves."""
        line = replace(stream, source="l1")
        open_ = self._book.open(line)
        if stream.source == "tbt" and open_ is not None and open_.state == "gap":
            self._settle(self._book.ended(line, time))

    def _break(self, stream: Stream, time: int, reason: str) -> None:
        if is_line(stream):
            self._book.broken(stream, time, "gap", f"{reason}; {STATE}")
            return
        # The store takes the second of the last tick for whole only when a later one comes, and a bar that
        # nobody told of may have been under way.
        last, near = self._heard_until(stream, time)
        self._book.broken(stream, last if time - near < last < time else time, "pending", reason)

    def _heard_until(self, stream: Stream, time: int) -> tuple[int, int]:
        """Where the last tick was or the last bar ended, and how far back that is worth looking."""
        if stream.kind in TICK_TYPES:
            return self._last.get((stream.contract_id, stream.exchange, stream.kind), time), _NEAR
        return self._bars_until.get(stream, time), _NEAR_BARS * BarSize.parse(stream.kind).nanoseconds

    def _settle(self, missed: Span | None) -> None:
        """A stretch in which nothing came is over: the bars made of it are wanted, and a gap is told."""
        if missed is None or missed.end is None or missed.start == missed.end:
            return
        for bars in self._units.candles_of(missed.stream, self._candles):
            self._book.want(bars, missed.start, missed.end - 1, missed.reason)
        if missed.state == "gap":
            self._note(missed)

    def _take_up(self) -> None:
        """What was live when the last run ended, without saying so, broke off there."""
        alive = self._db.alive or 0
        self._crashed = alive + BEAT
        for stream in self._book.streams():
            open_ = self._book.open(stream)
            if open_ is None or open_.state != "have":
                continue
            last = last_tick(self._db, open_, alive)
            if last is not None:
                self._last[stream.contract_id, stream.exchange, stream.kind] = last
            # What was under way when it last said so may not have been stored.
            self._break(stream, max(open_.start, alive - BEAT, last or 0), CRASHED)

    def _on_tick(self, tick: Tick) -> None:
        if tick.source == "tbt":
            key = tick.contract_id, tick.exchange, kind_of(tick)
            self._last[key] = tick.time
            self._look_at(self._pauses.came(key, tick.time))

    def _look_at(self, check: Check | None) -> None:
        if check and self._lanes:
            self._lanes.look_at(check)

    def _stored_until(self) -> int:
        """Up to when all that came is in the store."""
        return self._recorder.stored_until if self._recorder else self._clock.now()

    def _on_bar(self, bar: Bar) -> None:
        if bar.source in ("live", "rtbar"):
            stream = Stream(bar.contract_id, bar.exchange, bar.size, what=bar.what, hours=bar.hours)
            self._bars_until[stream] = bar.time + BarSize.parse(bar.size).nanoseconds
            self._look_at(self._pauses.came(stream, bar.time))

    def _on_connection(self, change: ConnectionChanged) -> None:
        if self._lanes:
            self._lanes.allow(change.state in ("ready", "degraded"))

    # -- the ledger

    def _note(self, gap: Span | None) -> None:
        """The book has changed; a gap is told to everybody."""
        self._changed.set()
        if self._lanes:
            self._lanes.news()
        if gap is not None:
            self._market_data.bus.publish(replace(gap_of(gap), received=self._clock.now()))

    def _tell_filled(self, part: Span) -> None:
        stream, hours, end = part.stream, part.stream.hours or "all", part.end or part.start
        now = self._clock.now()
        self._market_data.bus.publish(
            Refilled(
                stream.contract_id, stream.exchange, part.start, now, end, stream.kind, stream.what, hours
            )
        )

    async def _keep(self) -> None:
        """Write what changed at once, and a sign of life again and again."""
        while not self._closing:
            self._changed.clear()
            await self._save()
            await wait(self._clock, self._changed, self._clock.now() + BEAT)

    async def _save(self) -> None:
        changes = self._book.take_changes()
        alive = self._recorder.stored_until if self._recorder else None
        try:
            await asyncio.to_thread(self._write, changes, alive)
            self._told = False
        except Exception as error:  # whatever it is, the holes must not be lost to it
            self._book.give_back(changes)
            if not self._told:
                self._told = True
                self._problem(f"cannot note what is missing: {error}; it is kept and tried again")

    def _write(self, changes: dict[Key, Span | None], alive: int | None) -> None:
        if changes:
            gone = [key for key, span in changes.items() if span is None]
            self._db.put_spans([span for span in changes.values() if span is not None], gone)
        if alive is not None:
            self._db.note_alive(alive)

    def _problem(self, message: str) -> None:
        self._market_data.bus.publish(
            Problem(0, message, "error", self._clock.now(), advice="check the data folder")
        )
