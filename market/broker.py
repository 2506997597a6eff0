"""The seam between brokers and everybody else.

`MarketData` gives history and streams, `Broker` takes orders. Both speak in events and instruments of ours;
a vendor's object never crosses. Each real broker implements them; tests have small fakes.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from market.bar_size import BarSize
from market.bus import EventBus
from market.events import Bar, DataType, Hours, OrderUpdate, StreamState, Tick, TickSource, TickType
from market.instrument import Instrument
from market.source import Source
from market.wanted import Wanted


class BarRequest(msgspec.Struct, frozen=True):
    """Bars of `size` whose start lies in [`start`, `end`), UTC nanoseconds."""

    size: BarSize
    start: int
    end: int
    what: str = "TRADES"
    hours: Hours = "all"


class Subscription(Protocol):
    """What somebody wants, kept alive by the broker until it is cancelled; its events go to the bus.

    `state` says whether it comes; `note` what the user should know of it, in a sentence (empty when all is as
    asked); `error` why it has ended (`None` in every other state).
    """

    @property
    def wanted(self) -> Wanted: ...
    @property
    def state(self) -> StreamState: ...
    @property
    def note(self) -> str: ...
    @property
    def error(self) -> Exception | None: ...

    def cancel(self) -> None:
        """Want it no longer; calling it twice is harmless."""
        ...


class TickSubscription(Subscription, Protocol):
    """A stream of ticks: `tick_type` is what is delivered, `source` how: ``tbt``, or ``l1`` where
    tick-by-tick was not to be had.
    """

    @property
    def instrument(self) -> Instrument: ...
    @property
    def tick_type(self) -> TickType: ...
    @property
    def source(self) -> str: ...
    @property
    def data_type(self) -> DataType | None: ...


class MarketData(Protocol):
    """What a broker knows of markets. Every method raises one of `market.errors`, never returns `None`."""

    @property
    def source(self) -> Source:
        """Where the data comes from; known once connected."""
        ...

    @property
    def bus(self) -> EventBus:
        """Where the events of every subscription are published."""
        ...

    async def now(self) -> int:
        """The broker's time, UTC nanoseconds."""
        ...

    async def find(self, text: str) -> Sequence[Instrument]:
        """All contracts that fit a symbol or a contract id; empty when none does."""
        ...

    async def resolve(self, text: str) -> Instrument:
        """The one contract meant; raise `ContractNotFound` or `AmbiguousContract`."""
        ...

    def max_span(self, size: BarSize) -> int:
        """The range, in nanoseconds, that one request for bars of `size` covers for certain.

        A longer one may be served too, or be refused with `RequestRejected`, or never be answered.
        """
        ...

    async def bars(self, instrument: Instrument, request: BarRequest) -> Sequence[Bar]:
        """One request's worth of bars, oldest first; an honest empty answer is an empty list."""
        ...

    async def ticks(
        self, instrument: Instrument, tick_type: TickType, start: int, count: int
    ) -> Sequence[Tick]:
        """Historical ticks from the second of `start` on: `count` of them, then to the end of that second."""
        ...

    async def head_time(self, instrument: Instrument, what: str = "TRADES") -> int:
        """The time of the earliest bar there is."""
        ...

    async def stream(
        self, instrument: Instrument, tick_type: TickType, *, source: TickSource = "tbt"
    ) -> TickSubscription:
        """Stream ticks to the bus: tick-by-tick where allowed, else from the market-data line (``l1``)."""
        ...


class OrderTicket(msgspec.Struct, frozen=True, kw_only=True):
    """What a trader writes on a ticket; prices in the contract's currency."""

    side: str
    quantity: Decimal
    order_type: str = "MKT"
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    tif: str = "DAY"
    outside_rth: bool = False
    account: str = ""
    order_ref: str = ""


class Broker(Protocol):
    """What a broker does with orders; updates and fills arrive as events on the bus."""

    async def place(self, instrument: Instrument, ticket: OrderTicket) -> int:
        """Send an order and give its id; raise `RequestRejected` when the broker refuses it."""
        ...

    async def cancel(self, order_id: int) -> None:
        """Ask for a cancel; the outcome is an `OrderUpdate`."""
        ...

    async def open_orders(self) -> Sequence[OrderUpdate]:
        """The working orders this client may see."""
        ...
