"""What feeds need of the hub, of the broker and of the store, and no more."""

from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

from ib_api.scheduling import Kind, Quota
from market.broker import Subscription
from market.bus import EventBus
from market.instrument import Instrument
from market.source import Source
from market.wanted import Wanted

Policy = Literal["replay", "latest", "lossless"]


class Topic(Protocol):
    """A topic of the hub."""

    @property
    def name(self) -> str: ...


class Hub(Protocol):
    """Where events become bytes on sockets; see `ib_stream.hub`."""

    n: int
    epoch: str

    def topic(self, name: str, policy: Policy, about: Mapping[str, object]) -> Topic: ...
    def publish(
        self, topic: Topic, body: bytes, received: int, key: object = None, *, counted: bool = True
    ) -> None: ...
    def stop(self, topics: Iterable[Topic], reason: str) -> None: ...
    def forget(self, topic: Topic) -> None: ...


class Cancellable(Subscription, Protocol):
    """A share in a stream that can be given up at once."""

    def cancel(self, *, linger: bool = True) -> None: ...


class Scheduler(Protocol):
    """Who knows what is left of the broker's places."""

    def free(self, kind: Kind) -> int: ...
    def quota(self) -> Quota: ...


class Broker(Protocol):
    """What keeps streams coming; `ib_api.ib_broker.IBBroker` is one."""

    account: str

    @property
    def bus(self) -> EventBus: ...
    @property
    def source(self) -> Source: ...
    @property
    def scheduler(self) -> Scheduler: ...
    async def resolve(self, text: str) -> Instrument: ...
    async def subscribe(self, wanted: Wanted) -> Cancellable: ...
