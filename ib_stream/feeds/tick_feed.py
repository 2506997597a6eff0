"""Ticks of one kind: live ones as they come, what an outage took as soon as history has it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from data_processing.coverage import missing, union
from data_processing.refill import STATE
from ib_stream.feeds.archive import Archive, Origin
from ib_stream.feeds.desk import Desk
from ib_stream.feeds.feed import ContractFeed, Handler, times_of
from ib_stream.feeds.names import TopicName, tick_type
from ib_stream.feeds.rows import ticks_of
from ib_stream.feeds.sent import Sent
from ib_stream.hub import Topic
from ib_stream.wire import tick_line
from market.events import Event, Gap, Midpoint, Quote, Refilled, StreamChanged, Tick, TickType, Trade
from market.instrument import Instrument
from market.times import SECOND
from market.wanted import Wanted, WantedTicks

FORGOTTEN = "history has it by now, too late to be told apart from what was sent; ask for these ticks"
DERIVED = "samples of the market-data line"
Range = tuple[int, int]


class TickFeed(ContractFeed):
    """See `ib_stream.feeds` for what is sent when.

    `_whole` are the stretches of which clients get every tick, the last from `_whole_from` on. `_waiting` is
    what of them history has still to answer.
    """

    policy = "replay"

    def __init__(self, name: TopicName, topic: Topic, desk: Desk, instrument: Instrument) -> None:
        super().__init__(name, topic, desk, instrument)
        self.tick_type = tick_type(name.detail)
        self.kind = self.tick_type
        self._source = "tbt"
        self._sent = Sent(desk.hub.n)
        # An event of its own, so that no id of a time before the feed is one of a client of it.
        self.voice.tell("begun", "the stream begins")
        self._archive = Archive(desk, self.voice, instrument, self.tick_type, self._sent)
        self._whole = list[Range]()
        self._whole_from: int | None = None
        self._waiting = list[Range]()

    @property
    def wanted(self) -> Sequence[Wanted]:
        # Never strict: equal declarations share one stream, and two streams would bring every tick twice.
        return [WantedTicks(instrument=self.instrument, tick_type=self.tick_type)]

    @property
    def handlers(self) -> Mapping[type[Event], Handler]:
        of_kind: dict[TickType, dict[type[Event], Handler]] = {
            "Last": {Trade: self._on_trade},
            "AllLast": {Trade: self._on_trade},
            "BidAsk": {Quote: self._on_tick},
            "MidPoint": {Midpoint: self._on_tick, Quote: self._on_line_quote},
        }
        return {**super().handlers, **of_kind[self.tick_type], Refilled: self._on_refilled, Gap: self._on_gap}

    @property
    def source(self) -> str:
        return self._source

    async def open(self) -> None:
        await super().open()
        self._look_at_source()
        if self.state == "live" and self._whole_from is None:
            # It was there for somebody else already.
            self.comes(self.desk.clock.now())

    def hello(self) -> list[bytes]:
        derived = [self.voice.info("derived", self._why())] if self._source == "l1" else []
        return [*super().hello(), *derived]

    # -- what comes

    def _on_trade(self, tick: Trade) -> None:
        # The line has no difference between Last and AllLast.
        if tick.tick_type == self.kind or self._source == "l1":
            self._on_tick(tick)

    def _on_tick(self, tick: Tick) -> None:
        if tick.source == self._source:
            self._send(tick, tick.received)

    def _on_line_quote(self, quote: Quote) -> None:
        """The line has no midpoints: where it stands in they are made of its quotes."""
        if quote.source == self._source == "l1" and quote.bid is not None and quote.ask is not None:
            middle = (quote.bid + quote.ask) / 2
            of = quote.contract_id, quote.exchange, quote.time, quote.received
            self._send(Midpoint(*of, middle, "l1", quote.data_type), quote.received)

    def _send(self, tick: Tick, received: int) -> None:
        self.publish(tick_line(tick), received)
        if tick.source == "l1":
            self._archive.sample(tick.time // SECOND, self.desk.hub.n)
            return
        self._sent.note(tick, self.desk.hub.n)
        if tick.source == "tbt":
            self.desk.received = tick.received
        if tick.time > self.desk.newest:
            self.desk.newest = tick.time

    def replay(self, origin: Origin, until: int) -> AsyncIterator[bytes]:
        return self._archive.bodies(origin, until, self._whole_from)

    # -- how it stands

    def concerns(self, change: StreamChanged) -> bool:
        """The contract's market-data line may be another user's: only what this stream comes by counts."""
        if change.kind != self.kind or change.source == "history":
            return False
        if change.state == "live":
            now = self.subscriptions[0].source if self.subscriptions else "tbt"  # type: ignore[attr-defined]
            return change.source == now
        return change.state == "ended" or change.source == self._source

    def comes(self, time: int) -> None:
        was = self._source
        self._look_at_source()
        if was != self._source == "l1":
            self._end_whole()
        super().comes(time)
        if self._source == "tbt" and self._whole_from is None:
            self._whole_from = self.bounds(time, time)[1]

    def bounds(self, start: int, end: int) -> Range:
        """The whole seconds of both moments and what lies between."""
        return start // SECOND * SECOND, (end // SECOND + 1) * SECOND

    def back(self, start: int, end: int) -> None:
        if self._whole_from is None or self._source != "tbt" or self.desk.db is None:
            super().back(start, end)
            return
        start = max(start, self._whole_from)
        if start < end:
            self._waiting = union([*self._waiting, (start, end)])
        self._sent.waiting = self._oldest()
        text = "it comes again; what was missed is asked of history and follows, or is told as a gap"
        self.voice.tell("resumed", text, times_of({"from": start, "to": end}))

    def _end_whole(self) -> None:
        """From where it broke off there are samples only; history's ticks are not sent beside them."""
        if self._whole_from is not None and self._broke is not None:
            end = self.bounds(self._broke, self._broke)[0]
            self._whole = union([*self._whole, (self._whole_from, end)])[-100:]
        self._whole_from = None

    def _look_at_source(self) -> None:
        if not self.subscriptions:
            return
        source: str = self.subscriptions[0].source  # type: ignore[attr-defined]
        was, self._source = self._source, source
        if was != source == "l1":
            self.voice.tell("derived", self._why())
        elif was != source:
            self.voice.tell("tick_by_tick", "every tick from now on")

    def _why(self) -> str:
        return self.note or f"from the market-data line: {DERIVED}"

    # -- what history brings

    def _on_refilled(self, filled: Refilled) -> None:
        if filled.kind == self.kind:
            for start, end in self._covered(filled.time, filled.end):
                self.desk.later(lambda start=start, end=end: self._bring(start, end))  # type: ignore[misc]

    async def _bring(self, start: int, end: int) -> None:
        """Send what history has of [start, end) and clients lack."""
        db = self.desk.db
        if db is None:
            return
        route = self.instrument.contract_id, self.instrument.exchange
        table = await asyncio.to_thread(db.ticks, *route, self.tick_type, start, end)
        if start < self._sent.since:
            self.voice.gap(start, end, FORGOTTEN)
            return
        lacking = self._sent.lacking(ticks_of(table, self.instrument, self.tick_type))
        awaited = self._awaited(start, end)
        if lacking or awaited:
            more = {**times_of({"from": start, "to": end}), "ticks": len(lacking)}
            self.voice.tell("refilled", "what was missed follows, as history has it", more)
        now = self.desk.clock.now()
        for tick in lacking:
            self._send(tick, now)

    def _on_gap(self, gap: Gap) -> None:
        # A line's gap was told when it came again.
        if gap.kind != self.kind or STATE in gap.reason:
            return
        covered = self._covered(gap.time, gap.end)
        # A hole in the store begins a little earlier: it has seconds anew of which all had been sent.
        waited = [piece for each in covered for piece in within(self._waiting, *each)]
        for start, end in waited or covered:
            self._awaited(start, end)
            self.voice.gap(start, end, gap.reason)

    def _covered(self, start: int, end: int) -> list[Range]:
        """What of [start, end) this feed owes its clients."""
        whole = [*self._whole, *([(self._whole_from, end)] if self._whole_from is not None else [])]
        return within(whole, start, end)

    def _awaited(self, start: int, end: int) -> bool:
        """It need not be waited for any longer; whether it was."""
        left = [piece for each in self._waiting for piece in missing([(start, end)], *each)]
        was, self._waiting = self._waiting != left, left
        self._sent.waiting = self._oldest()
        return was

    def _oldest(self) -> int | None:
        return min((start for start, _ in self._waiting), default=None)


def within(ranges: Sequence[Range], start: int, end: int) -> list[Range]:
    """What the ranges have of [start, end).

    >>> within([(0, 4), (6, 9)], 3, 7)
    [(3, 4), (6, 7)]
    """
    return missing(missing(ranges, start, end), start, end)
