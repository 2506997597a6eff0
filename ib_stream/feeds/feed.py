"""One topic at work: who listens, what it wants of the broker, how it stands."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from ib_stream.feeds.archive import Origin
from ib_stream.feeds.desk import Desk, Voice
from ib_stream.feeds.names import TopicName
from ib_stream.feeds.outside import Cancellable
from ib_stream.hub import Policy, Topic
from ib_stream.wire import error_line
from market.clock import Timer
from market.errors import TruetickError
from market.events import Event, StreamChanged, StreamState
from market.instrument import Instrument
from market.times import iso
from market.wanted import OfInstrument, Wanted

Handler = Callable[[Any], None]  # each takes the events of the type that it stands under


class Feed:
    """The base. `clients` counts those who joined, `waiting` those of them who wait for it to be decided on;
    a feed that has no clients for a while is taken back.

    `on_end` is called when the broker has ended the stream for good.
    """

    policy: Policy = "latest"

    def __init__(self, name: TopicName, topic: Topic, desk: Desk, instrument: Instrument | None) -> None:
        self.name = name
        self.topic = topic
        self.desk = desk
        self.instrument = instrument
        self.voice = Voice(desk, topic, instrument)
        self.clients = self.waiting = 0
        self.since = desk.clock.now()
        self.opening: asyncio.Task[None] | None = None
        self.linger: Timer | None = None
        self.on_end: Callable[[], None] = lambda: None
        self.subscriptions: list[Cancellable] = []

    # -- what each kind says of itself

    @property
    def wanted(self) -> Sequence[Wanted]:
        """What it asks the broker for."""
        return ()

    @property
    def handlers(self) -> Mapping[type[Event], Handler]:
        """What it hears: of its contract, or of all where it has none."""
        return {}

    @property
    def source(self) -> str:
        """How it comes, where that is worth telling."""
        return ""

    def hello(self) -> list[bytes]:
        """What a client gets before anything else."""
        return []

    def snapshot(self) -> list[bytes]:
        """How everything stands, for a client that does not resume."""
        return []

    async def replay(self, origin: Origin, until: int) -> AsyncIterator[bytes]:
        """What a client lacks up to and with event `until` that the hub has no longer. Of a state that is how
        it stands."""
        for body in self.snapshot():
            yield body

    # -- life

    async def open(self) -> None:
        """Ask the broker for it; raise what that refuses."""
        for wanted in self.wanted:
            self.subscriptions.append(await self.desk.broker.subscribe(wanted))

    def close(self) -> None:
        """Take it back at the broker, now."""
        if self.opening is not None:
            self.opening.cancel()
        if self.linger is not None:
            self.linger.cancel()
            self.linger = None
        for subscription in self.subscriptions:
            subscription.cancel(linger=False)
        self.subscriptions.clear()

    @property
    def state(self) -> StreamState:
        """How it stands at the broker."""
        if not self.subscriptions:
            return "live" if not self.wanted else "waiting"
        return self.subscriptions[0].state

    @property
    def failed(self) -> bool:
        """Whether the broker has refused it."""
        opening = self.opening
        if opening is None or not opening.done():
            return False
        return opening.cancelled() or opening.exception() is not None

    @property
    def note(self) -> str:
        """What there is to know of that."""
        return self.subscriptions[0].note if self.subscriptions else ""

    def publish(self, body: bytes, received: int, key: object = None) -> None:
        """Send an event to all clients."""
        self.desk.hub.publish(self.topic, body, received, key)

    def fail(self, error: Exception) -> None:
        """It will never come again: say why, and let the clients go."""
        code = type(error).__name__ if isinstance(error, TruetickError) else "StreamEnded"
        now, of = self.desk.clock.now(), self.instrument.contract_id if self.instrument else 0
        body = error_line(self.topic.name, code, str(error), "ask for the stream again", now, of)
        self.desk.hub.publish(self.topic, body, now, ("error",), counted=False)
        self.on_end()


class ContractFeed(Feed):
    """Something that one contract has. It says when it breaks off and when it is back, and between which
    moments something is missing, see `ib_stream.feeds`."""

    instrument: Instrument
    kind = ""

    def __init__(self, name: TopicName, topic: Topic, desk: Desk, instrument: Instrument) -> None:
        super().__init__(name, topic, desk, instrument)
        self._broke: int | None = None
        self._began = False

    @property
    def handlers(self) -> Mapping[type[Event], Handler]:
        return {StreamChanged: self._on_stream}

    def hello(self) -> list[bytes]:
        shown = ("symbol", "sec_type", "exchange", "currency", "name")
        contract = {name: getattr(self.instrument, name) for name in shown}
        more = {
            "contract": {"contract_id": self.instrument.contract_id, **contract},
            "state": self.state,
            "source": self.source,
            "data_source": self.desk.broker.source.label,
        }
        text = f"{self.name.detail or self.name.kind} of {self.instrument.describe()}"
        return [self.voice.info("stream", f"{text}: {self.state}", more)]

    @property
    def whole(self) -> bool:
        """Whether everything comes, as far as anybody knows."""
        return self._broke is None

    def concerns(self, change: StreamChanged) -> bool:
        """Whether a change is about this stream and not another one of the contract."""
        return change.kind == self.kind

    def _on_stream(self, change: StreamChanged) -> None:
        if not self.concerns(change):
            return
        if change.state == "live":
            self.comes(change.time)
        elif change.state == "interrupted":
            self._breaks(change)
        elif change.state == "ended" and (error := self._ended()) is not None:
            self.fail(error)
        elif change.state != "ended":
            self.voice.tell(change.state, change.reason)

    def _breaks(self, change: StreamChanged) -> None:
        if self._broke is None:
            self._broke = change.time
            more = {"from": self.bounds(change.time, change.time)[0]}
            self.voice.tell("interrupted", change.reason, times_of(more))

    def comes(self, time: int) -> None:
        """Everything comes from `time` on."""
        if not self._began and self.clients > self.waiting:
            start, end = self.bounds(self.since, max(self.since, time))
            self.voice.gap(start, end, WAITED)
        self._began = True
        broke, self._broke = self._broke, None
        if broke is not None:
            self.back(*self.bounds(broke, max(broke, time)))

    def bounds(self, start: int, end: int) -> tuple[int, int]:
        """What is in doubt when it broke off at `start` and is live again from `end` on: [first, last)."""
        return start, end

    def back(self, start: int, end: int) -> None:
        """It is live again, and of [start, end) something may be missing for good."""
        self.voice.tell("resumed", "it comes again", times_of({"from": start, "to": end}))
        self.voice.gap(start, end, MISSED)

    def _ended(self) -> Exception | None:
        return next((each.error for each in self.subscriptions if each.error is not None), None)


WAITED = "the stream was waited for"
MISSED = "it was interrupted, and what came meanwhile is not to be had any more"


def times_of(more: Mapping[str, int]) -> dict[str, str]:
    """Times as clients read them."""
    return {name: iso(time) for name, time in more.items()}


def route_of(feed: Feed) -> tuple[int, str]:
    """Contract and exchange whose events it hears; (0, "") for events of no contract."""
    wanted = next((each for each in feed.wanted if isinstance(each, OfInstrument)), None)
    if wanted is not None:
        return wanted.route
    return (feed.instrument.contract_id, feed.instrument.exchange) if feed.instrument else (0, "")
