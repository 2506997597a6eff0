"""A hub that remembers what it is told, a broker that does as the test says."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ib_api.scheduling import Kind, Limits, Quota, Scheduler
from ib_stream.feeds import Feeds
from market.bus import EventBus
from market.clock import DrivenClock
from market.errors import AmbiguousContract, ContractNotFound
from market.events import DataType, StreamChanged, StreamState
from market.instrument import Instrument
from market.times import SECOND
from market.wanted import OfInstrument, Wanted, WantedBars, WantedDepth, WantedTicks
from tests.fakes import AAPL, SIM, T0

ID = AAPL.contract_id
MSFT = Instrument(contract_id=272093, symbol="MSFT", sec_type="STK", exchange="SMART", currency="USD")
ABROAD = Instrument(contract_id=ID, symbol="AAPL", sec_type="STK", exchange="IBIS", currency="USD")


class FakeTopic:
    def __init__(self, name: str, policy: str) -> None:
        self.name = name
        self.policy = policy


class FakeHub:
    """`sent` is every object that was published, with its number and whether a limit counts it."""

    def __init__(self, epoch: str = "a") -> None:
        self.n = 0
        self.epoch = epoch
        self.notices = self
        self.sent = list[tuple[int, str, dict[str, Any], bool]]()
        self.stopped = list[tuple[str, str]]()
        self.topics = dict[str, FakeTopic]()

    def topic(self, name: str, policy: str, about: Mapping[str, object]) -> FakeTopic:
        return self.topics.setdefault(name, FakeTopic(name, policy))

    def publish(
        self, topic: FakeTopic, body: bytes, received: int, key: object = None, *, counted: bool = True
    ) -> None:
        self.n += 1
        self.sent.append((self.n, topic.name, json.loads(body), counted))

    def stop(self, topics: Iterable[FakeTopic], reason: str) -> None:
        self.stopped += [(topic.name, reason) for topic in topics]

    def forget(self, topic: FakeTopic) -> None:
        self.topics.pop(topic.name, None)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The objects of a type, in the order in which they were sent."""
        return [body for _, _, body, _ in self.sent if body["type"] == kind]

    def codes(self) -> list[str]:
        return [body["code"] for body in self.of("info")]

    def prices(self) -> list[tuple[int, float]]:
        """Second since T0 and price of each trade."""
        data = [body["data"] for body in self.of("tick")]
        return [(each["unix_time"] - T0 // SECOND, each["price"]) for each in data]


class FakeStream:
    """A subscription; a refusal is put into `error`."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.state: StreamState = "live"
        self.note = ""
        self.error: Exception | None = None
        self.source = "tbt"
        self.data_type = DataType.LIVE
        self.lingers: bool | None = None

    def cancel(self, *, linger: bool = True) -> None:
        self.lingers = linger


class FakeBroker:
    """`streams` are those asked for; `refusal` is raised instead, `gate` holds the answer back."""

    account = "DU1234567"
    source = SIM

    def __init__(self, clock: DrivenClock) -> None:
        self.bus = EventBus()
        self.clock = clock
        self.streams = list[FakeStream]()
        self.refusal: Exception | None = None
        self.gate: Any = None
        self.source_of_ticks = "tbt"
        self.resolved = list[str]()
        self.free_places = 5
        self._scheduler = Scheduler(clock, Limits())

    @property
    def scheduler(self) -> "FakeBroker":
        return self

    def free(self, kind: Kind) -> int:
        return self.free_places

    def quota(self) -> Quota:
        return self._scheduler.quota()

    async def resolve(self, text: str) -> Instrument:
        self.resolved.append(text)
        known = {"AAPL": AAPL, str(ID): AAPL, "MSFT": MSFT, "272093": MSFT, "AAPL@IBIS": ABROAD}
        if text == "TWO":
            raise AmbiguousContract("two contracts are called so", candidates=["one", "two"])
        if text not in known:
            raise ContractNotFound(f"no contract is called {text!r}")
        return known[text]

    async def subscribe(self, wanted: Wanted) -> FakeStream:
        stream = FakeStream(wanted)
        stream.source = self.source_of_ticks
        self.streams.append(stream)
        if self.gate is not None:
            await self.gate.wait()
        if self.refusal is not None:
            raise self.refusal
        self.change("live", stream)
        return stream

    def change(self, state: StreamState, stream: FakeStream | None = None, *, at: float = 0.0) -> None:
        """A stream changes, `at` seconds from now."""
        stream = stream or self.streams[-1]
        stream.state = state
        wanted, now = stream.wanted, self.clock.now()
        if not isinstance(wanted, OfInstrument):
            return
        time, what = now + int(at * SECOND), ""
        if isinstance(wanted, WantedTicks):
            kind: str = wanted.tick_type
            source = stream.source
        elif isinstance(wanted, WantedBars):
            kind, source, what = wanted.size.name, "live", wanted.what
        else:
            assert isinstance(wanted, WantedDepth)
            kind, source = "depth", ""
        self.bus.publish(
            StreamChanged(*wanted.route, time, now, kind, state, "cut", source or None, what)  # type: ignore[arg-type]
        )


class World:
    """Feeds between a fake hub and a fake broker, on a driven clock."""

    def __init__(self, **options: Any) -> None:
        self.clock = DrivenClock(T0)
        self.hub = FakeHub()
        self.broker = FakeBroker(self.clock)
        self.bus = self.broker.bus
        self.feeds = Feeds(self.broker, self.hub, None, self.clock, **options)  # type: ignore[arg-type]
        self.feeds.start()
