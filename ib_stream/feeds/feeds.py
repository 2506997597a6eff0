"""All topics at work: joined and left by name, each asked of the broker once, and taken back in the end."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from charting.marks import MarkBooks
from ib_stream.feeds.account_feeds import AccountFeed, OrdersFeed, StatusFeed
from ib_stream.feeds.archive import Origin
from ib_stream.feeds.bar_feed import BarFeed
from ib_stream.feeds.candle_feed import CandleFeed
from ib_stream.feeds.chart_feed import ChartFeed
from ib_stream.feeds.depth_feed import DepthFeed
from ib_stream.feeds.desk import Desk, Work
from ib_stream.feeds.errors import TooManyStreams, Unavailable
from ib_stream.feeds.feed import Feed, Handler, route_of
from ib_stream.feeds.marks import Marks
from ib_stream.feeds.names import TopicName, known_as, parse
from ib_stream.feeds.outside import Broker
from ib_stream.feeds.prediction_feed import PredictionFeed
from ib_stream.feeds.shares import ActiveStream, Joined, Slots, active_stream
from ib_stream.feeds.tick_feed import TickFeed
from ib_stream.hub import EventId, Hub, Policy, Replayed, Topic
from market.clock import Clock, Timer, deadline
from market.events import ConnectionChanged, Event, MarketEvent, Prediction
from market.instrument import Instrument
from market.times import SECOND

if TYPE_CHECKING:
    from data_processing.historical_data import HistoricalData
    from data_processing.timeseries_db import TimeseriesDB

log = logging.getLogger("truetick.stream")

LINGER = 15 * SECOND
"""How long a stream goes on without clients: who comes back within that has missed nothing."""

RETRY_SECONDS = 5.0
MARKS_EVERY = SECOND
STRICT_SECONDS, OPENING_SECONDS = 20.0, 2.0
"""How long a client waits for its stream to be decided on; IB may let an instrument wait for 15 s."""

_KNOWN = 4096
_OF_CONTRACT: dict[str, Callable[..., Feed]] = {"tick": TickFeed, "bar": BarFeed, "depth": DepthFeed}
_OF_CONTRACT |= {"candle": CandleFeed, "chart": ChartFeed, "prediction": PredictionFeed}
_PLAIN: dict[str, Callable[..., Feed]] = {
    "orders": OrdersFeed,
    "account": AccountFeed,
    "status": StatusFeed,
}


class Feeds:
    """Made once the broker is connected; `start` it on the event loop before clients come, `await close()` it
    after the hub has said farewell and before the broker and the store. The hub is given `replay` and `mark`.

    `db` is the store that a `RealTimeData` and a `Refill` of this process keep, `flush` writes what the
    recorder has; without a store every outage is a gap. `history` fetches what charts lack, and
    `marks` are drawn on them. `clock` is near the broker's time.
    """

    def __init__(
        self,
        broker: Broker,
        hub: Hub,
        db: "TimeseriesDB | None",
        clock: Clock,
        *,
        max_streams: int = 50,
        flush: Callable[[], Awaitable[None]] | None = None,
        history: "HistoricalData | None" = None,
        marks: MarkBooks | None = None,
    ) -> None:
        self._hub = hub
        self._broker = broker
        self._clock = clock
        self._most = max_streams
        self._desk = Desk(broker, hub, db, clock, self._later, history, marks)
        self._flush = flush
        self._marks = Marks(db.folder if db else None, hub.notices.epoch)
        self._feeds = dict[str, Feed]()
        self._routes = dict[tuple[type[Event], int, str], tuple[Handler, ...]]()
        self._known = dict[str, Instrument]()
        self._cancels = list[Callable[[], None]]()
        self._connected = True
        self._work = asyncio.Queue[Work]()
        self._worker: asyncio.Task[None] | None = None
        self._marking: Timer | None = None

    # -- life

    def start(self) -> None:
        """Begin to listen; once."""
        bus = self._broker.bus
        self._cancels = [
            bus.subscribe(ConnectionChanged, self._on_connection),
            bus.subscribe(Event, self._on_event),
            bus.subscribe(Prediction, self._desk.marks.predicted),
        ]
        self._worker = asyncio.create_task(self._do_work())

    async def close(self) -> None:
        """Take back everything; who still listens is told that it is over."""
        for cancel in self._cancels:
            cancel()
        self._hub.stop([feed.topic for feed in self._feeds.values()], "stream_ended")
        for feed in list(self._feeds.values()):
            self._drop(feed)
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        if self._marking is not None:
            self._marking.cancel()
        await self._write_marks()

    # -- clients

    async def join(self, names: Sequence[str], *, strict: bool = False) -> Joined:
        """Listen to topics, each asked for at the broker if nobody listens yet.

        `strict`: rather nothing than ticks that are derived from the market-data line. Raise `BadTopic`,
        `ContractNotFound`, `AmbiguousContract`, `TooManyStreams`, `Unavailable`, or what the broker refuses
        a stream with for good.
        """
        parsed = list(dict.fromkeys(parse(name) for name in names or [""]))
        # One contract has many names; all streams are asked for before any is waited for.
        entered = dict[str, Feed]()
        try:
            for name in parsed:
                await self._enter(name, entered)
            await self._opened(list(entered.values()), strict)
        except BaseException:
            for feed in entered.values():
                feed.waiting -= 1
                self._leave(feed)
            raise
        for feed in entered.values():
            feed.waiting -= 1
        return Joined(list(entered.values()), self._leave)

    async def resolve(self, contract: str) -> Instrument:
        """The contract that a name means; raise `ContractNotFound`, `AmbiguousContract` or `Unavailable`."""
        if contract not in self._known:
            self._check_connected()
            instrument = await self._broker.resolve(contract)
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[contract] = instrument
        return self._known[contract]

    def active(self) -> list[ActiveStream]:
        """All topics at work, those that go on without clients for a while included."""
        return [active_stream(feed) for feed in self._feeds.values()]

    async def stop(self, contract_id: int | None = None) -> int:
        """End the streams of a contract, or all: their clients get `complete`. How many there were."""
        found = [
            feed
            for feed in self._feeds.values()
            if contract_id is None or (feed.instrument and feed.instrument.contract_id == contract_id)
        ]
        self._hub.stop([feed.topic for feed in found], "stopped")
        for feed in found:
            self._drop(feed)
        return len(found)

    def slots(self) -> Slots:
        """What is used and what is left."""
        return Slots(streams=len(self._feeds), most=self._most, broker=self._broker.scheduler.quota())

    # -- who comes back

    def mark(self, n: int, received: int) -> None:
        """Clients know the event of this number now."""
        # What was received says nothing of ticks that are on their way to us; the ticks themselves do.
        if self._marks.note(n, self._desk.received, self._desk.newest):
            when = self._clock.now() + MARKS_EVERY
            self._marking = self._clock.call_at(when, lambda: self._later(self._write_marks))

    async def replay(self, topic: Topic, start: EventId | int, until: int) -> Replayed:
        """What the hub no longer has of a topic; see `ib_stream.hub.Replay`."""
        feed = self._feeds.get(topic.name)
        if feed is None:
            return Replayed(())
        if self._flush is not None:
            await self._flush()
        return Replayed(feed.replay(await self._origin(start), until))

    async def _origin(self, start: EventId | int) -> Origin:
        if isinstance(start, int):
            return Origin(since=start)
        if start.epoch == self._hub.notices.epoch:
            self.mark(self._hub.n, self._clock.now())
        position = await asyncio.to_thread(self._marks.find, start.epoch, start.n)
        return Origin(number=start.n if start.epoch == self._hub.notices.epoch else None, position=position)

    async def _write_marks(self) -> None:
        rows = self._marks.take()
        try:
            await asyncio.to_thread(self._marks.write, rows)
        except sqlite3.Error as error:
            log.error("the places of clients cannot be kept (%s): after a restart they have gaps", error)

    # -- one topic

    async def _enter(self, name: TopicName, entered: dict[str, Feed]) -> None:
        """Be a client of a topic, made on first use; it goes into `entered`, once."""
        instrument = await self.resolve(name.contract) if name.contract else None
        if instrument is not None:
            name = name.of(await self._known_as(instrument, name.contract))
        if str(name) in entered:
            return
        feed = entered[str(name)] = self._feeds.get(str(name)) or self._begin(name, instrument)
        feed.clients += 1
        feed.waiting += 1
        if feed.linger is not None:
            feed.linger.cancel()
            feed.linger = None

    async def _known_as(self, instrument: Instrument, asked: str) -> str:
        """One stream has one name, however it was asked for."""
        usual = "@" not in asked or (await self.resolve(str(instrument.contract_id))) == instrument
        return known_as(instrument, usual=usual)

    def _begin(self, name: TopicName, instrument: Instrument | None) -> Feed:
        self._check_connected()
        self._make_room(name)
        about = {"contract_id": instrument.contract_id} if instrument else {}
        make = _OF_CONTRACT.get(name.kind) or _PLAIN[name.kind]
        policy: Policy = make.policy  # type: ignore[attr-defined]  # of the class
        topic = self._hub.topic(str(name), policy, about)
        feed = make(name, topic, self._desk, instrument)
        self._feeds[str(name)] = feed
        feed.on_end = lambda: self._ended(feed)
        self._listen(feed)
        feed.opening = asyncio.get_running_loop().create_task(feed.open())
        feed.opening.add_done_callback(lambda opening: self._decided(feed, opening))
        return feed

    def _decided(self, feed: Feed, opening: "asyncio.Task[None]") -> None:
        """Who waits for it hears of a refusal by itself; others listen already."""
        error = None if opening.cancelled() else opening.exception()
        if isinstance(error, Exception) and feed.clients > feed.waiting:
            feed.fail(error)

    def _make_room(self, name: TopicName) -> None:
        """What goes on without clients makes room for what has one; IB's places are scarcer than ours."""
        idle = [feed for feed in self._feeds.values() if not feed.clients]
        if len(self._feeds) >= self._most:
            if not idle:
                text = f"all {self._most} streams are in use; end one, or raise IB_STREAM_MAX_STREAMS"
                raise TooManyStreams(text, retry_after=RETRY_SECONDS)
            self._drop(idle.pop(0))
        same = [feed for feed in idle if feed.name.kind == name.kind]
        kind = {"tick": "ticks", "depth": "depth"}.get(name.kind)
        if kind and same and not self._broker.scheduler.free(kind):  # type: ignore[arg-type]  # both are kinds
            self._drop(same[0])

    async def _opened(self, feeds: Sequence[Feed], strict: bool) -> None:
        """Until they come or it is known what they wait for; longer if it has to be tick by tick."""
        openings = [feed.opening for feed in feeds if feed.opening is not None]
        try:
            async with deadline(self._clock, STRICT_SECONDS if strict else OPENING_SECONDS):
                for opening in openings:
                    await asyncio.shield(opening)
        except TimeoutError:
            # That was long enough; what is refused by now, perhaps for want of an answer, is refused.
            for opening in openings:
                if opening.done() and not opening.cancelled():
                    opening.result()
        except asyncio.CancelledError:
            if not any(opening.cancelled() for opening in openings):
                raise
        if any(self._feeds.get(str(feed.name)) is not feed for feed in feeds):
            raise Unavailable("the stream was stopped meanwhile; ask again", retry_after=1.0)
        if strict and any(feed.source == "l1" for feed in feeds):
            text = "all tick-by-tick streams are in use, or this contract has none; ask without strict"
            raise TooManyStreams(text, retry_after=60.0)

    def _leave(self, feed: Feed) -> None:
        feed.clients -= 1
        if feed.clients or self._feeds.get(str(feed.name)) is not feed:
            return
        if feed.failed:
            self._drop(feed)
        elif feed.linger is None:
            feed.linger = self._clock.call_at(self._clock.now() + LINGER, lambda: self._drop(feed))

    def _drop(self, feed: Feed) -> None:
        """Take it back."""
        if self._feeds.get(str(feed.name)) is feed:
            del self._feeds[str(feed.name)]
            self._listen(feed, stop=True)
            feed.close()
            self._hub.forget(feed.topic)

    def _ended(self, feed: Feed) -> None:
        self._hub.stop([feed.topic], "stream_ended")
        self._drop(feed)

    def _check_connected(self) -> None:
        if not self._connected:
            text = "there is no connection to TWS at present; it is being made anew"
            raise Unavailable(text, retry_after=RETRY_SECONDS)

    # -- events

    def _listen(self, feed: Feed, *, stop: bool = False) -> None:
        route = route_of(feed)
        for kind, handler in feed.handlers.items():
            key = (kind, *(route if issubclass(kind, MarketEvent) else (0, "")))
            left = tuple(each for each in self._routes.pop(key, ()) if each != handler)
            if handlers := left if stop else (*left, handler):
                self._routes[key] = handlers

    def _on_event(self, event: Event) -> None:
        place = (event.contract_id, event.exchange) if isinstance(event, MarketEvent) else (0, "")
        for handler in self._routes.get((type(event), *place), ()):
            handler(event)

    def _on_connection(self, change: ConnectionChanged) -> None:
        self._connected = change.state in ("ready", "degraded")

    # -- work that waits for the store

    def _later(self, work: Work) -> None:
        self._work.put_nowait(work)

    async def _do_work(self) -> None:
        while True:
            work = await self._work.get()
            try:
                await work()
            except Exception:
                log.exception(
                    "what history has filled in cannot be read; clients were told that it is pending"
                )
