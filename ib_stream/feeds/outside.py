"""What feeds need of a broker, and no more."""

from typing import Protocol

from ib_api.scheduling import Kind, Quota
from market.broker import Subscription
from market.bus import EventBus
from market.instrument import Instrument
from market.source import Source
from market.wanted import Wanted


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
