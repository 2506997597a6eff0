"""The one event model: what brokers produce and everybody else consumes.

Events are frozen `msgspec.Struct`s. Times are UTC nanoseconds since 1970. `received` says when *we* got the
event; it is never part of an equality, so that a replay equals the recording. A missing price or size is
`None`. Prices and sizes are floats, sizes in shares, contracts or currency units (never lots); order
quantities and limits are `Decimal`. What is subscribed and stored is (`contract_id`, `exchange`): a contract
id alone is no route.
"""

from decimal import Decimal
from enum import IntEnum
from typing import Literal

import msgspec


class DataType(IntEnum):
    """How fresh market data is; the numbers are IB's."""

    LIVE = 1
    FROZEN = 2
    DELAYED = 3
    DELAYED_FROZEN = 4

    @property
    def label(self) -> str:
        """The word to show beside a value: ``LIVE``, ``DELAYED-FROZEN``, ..."""
        return self.name.replace("_", "-")


TickType = Literal["Last", "AllLast", "BidAsk", "MidPoint"]
"""IB's names of the four tick-by-tick streams."""

TickSource = Literal["tbt", "l1", "history"]
"""Where a tick came from: tick-by-tick, the market-data line, or historical ticks."""

BarSource = Literal["ticks", "rtbar", "live", "history"]
"""Who made a bar: we from ticks, 5-second bars, a keep-up-to-date request, or a historical answer."""

Hours = Literal["rth", "all"]
"""Regular trading hours only, or everything that traded."""

Severity = Literal["info", "warning", "error", "fatal"]

StreamState = Literal["waiting", "live", "interrupted", "paused", "ended"]
"""Of a stream that somebody wants: not asked for yet or queued; coming; broken off and about to be asked for
again; held back until IB allows it again; given up for good."""


class Event(msgspec.Struct, frozen=True, eq=False, gc=False):
    """The base: equality and hash leave `received` out."""

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self._key() == other._key()

    def __ne__(self, other: object) -> bool:
        # Structs bring one of their own, which does not ask `__eq__`.
        return not self == other

    def __hash__(self) -> int:
        return hash((type(self), self._key()))

    def _key(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name != "received")


class MarketEvent(Event, frozen=True, eq=False, gc=False):
    """Something that happened to one contract on one exchange."""

    contract_id: int
    exchange: str
    time: int
    received: int


class Trade(MarketEvent, frozen=True, eq=False, gc=False):
    """A print. `venue` is where it happened, `conditions` IB's special-conditions text."""

    price: float
    size: float | None
    tick_type: Literal["Last", "AllLast"] = "Last"
    venue: str = ""
    conditions: str = ""
    past_limit: bool = False
    unreported: bool = False
    source: TickSource = "tbt"
    data_type: DataType = DataType.LIVE


class Quote(MarketEvent, frozen=True, eq=False, gc=False):
    """The best bid and offer after a change; a side that is not there is `None`."""

    bid: float | None
    ask: float | None
    bid_size: float | None
    ask_size: float | None
    bid_past_low: bool = False
    ask_past_high: bool = False
    source: TickSource = "tbt"
    data_type: DataType = DataType.LIVE


class Midpoint(MarketEvent, frozen=True, eq=False, gc=False):
    """The middle between bid and ask, as IB computes it."""

    price: float
    source: TickSource = "tbt"
    data_type: DataType = DataType.LIVE


class Depth(MarketEvent, frozen=True, eq=False, gc=False):
    """One change of the order book: level `position` of a side was inserted, updated or deleted.

    ``clear`` empties both sides: IB has reset the book and sends it anew.
    """

    position: int
    operation: Literal["insert", "update", "delete", "clear"]
    side: Literal["bid", "ask"]
    price: float
    size: float
    market_maker: str = ""
    smart: bool = False
    data_type: DataType = DataType.LIVE


class Bar(MarketEvent, frozen=True, eq=False, gc=False):
    """Open, high, low, close over `size`, which is written as in `market.bar_size` (``1m``).

    `time` is the bar's start; for a day and longer, 00:00 UTC of the trading date. A bar that is not `final`
    is provisional: it may still change and gives way to a final one. `volume` is in shares, contracts or
    currency units, `average` the volume-weighted price, `count` the number of trades; each is `None` where
    the source does not know (a MIDPOINT bar has no volume).
    """

    size: str
    open: float
    high: float
    low: float
    close: float
    volume: float | None
    average: float | None
    count: int | None
    final: bool
    what: str = "TRADES"
    hours: Hours = "all"
    source: BarSource = "history"
    data_type: DataType = DataType.LIVE


class Prediction(MarketEvent, frozen=True, eq=False, gc=False):
    """What a model expects of the bar that starts at `time`, the next that its market has after `last`.

    `model` is its version, and `champions` says which forecaster spoke for which target. `closes`, `ranges`
    (high less low) and `volumes` are quantiles at the probabilities `levels`; each row of `path` is the
    close's quantiles after 1, 2, ... bars. Of the last `compared` closes `inside` lay between the outer two
    that had been told. `flags` say what to doubt: ``novel`` bars, unlike any that the model has learned from,
    a ``late bar``, an ``old model``, one ``over a pause``, which no model has learned to cross, and
    ``drift``: a market that has left what the model learned from.
    """

    size: str
    open: float
    high: float
    low: float
    close: float
    volume: float | None
    model: str
    levels: tuple[float, ...] = ()
    closes: tuple[float, ...] = ()
    ranges: tuple[float, ...] = ()
    volumes: tuple[float, ...] = ()
    path: tuple[tuple[float, ...], ...] = ()
    flags: tuple[str, ...] = ()
    last: int = 0
    champions: tuple[tuple[str, str], ...] = ()
    inside: int = 0
    compared: int = 0


class Gap(MarketEvent, frozen=True, eq=False, gc=False):
    """`kind` (a tick type, a bar size or ``depth``) is missing from `time` up to, not including, `end`."""

    end: int
    kind: str
    reason: str


class Refilled(MarketEvent, frozen=True, eq=False, gc=False):
    """History has answered of `kind` from `time` up to, not including, `end`; the store has what there is.

    `kind` is a tick type or a bar size; `what` and `hours` say which bars.
    """

    end: int
    kind: str
    what: str = ""
    hours: Hours = "all"


class StreamChanged(MarketEvent, frozen=True, eq=False, gc=False):
    """A wanted stream of a contract changed; `kind` is a tick type, a bar size or ``depth``.

    `time` of ``interrupted``: up to then everything has come for certain. `time` of ``live``: from then on
    everything comes. What lies between has to be filled in, the seconds of both moments included. `what` and
    `hours` say which bars; an empty `what` is the one that the contract has (TRADES, for forex MIDPOINT).
    """

    kind: str
    state: StreamState
    reason: str
    source: TickSource | BarSource | None = None
    what: str = ""
    hours: Hours = "all"


class OrderUpdate(Event, frozen=True, eq=False, gc=False):
    """The state of one order, in IB's words (`PreSubmitted`, `Filled`, ...).

    `side`, `order_type` (IB's word), `limit_price`, `stop_price` and `time_in_force` are what was ordered; a
    status that comes before its order lacks them.
    """

    order_id: int
    perm_id: int
    client_id: int
    contract_id: int
    account: str
    status: str
    filled: Decimal
    remaining: Decimal
    average_price: float | None
    time: int
    received: int
    order_ref: str = ""
    message: str = ""
    side: Literal["BUY", "SELL", ""] = ""
    order_type: str = ""
    limit_price: float | None = None
    stop_price: float | None = None
    time_in_force: str = ""


class Execution(Event, frozen=True, eq=False, gc=False):
    """One fill; a correction has the same `execution_id` up to its last dot."""

    execution_id: str
    order_id: int
    perm_id: int
    contract_id: int
    exchange: str
    account: str
    side: Literal["BUY", "SELL"]
    quantity: Decimal
    price: float
    time: int
    received: int
    order_ref: str = ""
    commission: float | None = None
    commission_currency: str = ""


class PositionUpdate(Event, frozen=True, eq=False, gc=False):
    """What an account holds of one contract; `average_cost` per unit, multiplier included."""

    account: str
    contract_id: int
    symbol: str
    quantity: Decimal
    average_cost: float
    received: int


class ProfitUpdate(Event, frozen=True, eq=False, gc=False):
    """Profit and loss in the account's currency; `contract_id` 0 is the whole account."""

    account: str
    contract_id: int
    daily: float | None
    unrealized: float | None
    realized: float | None
    received: int


class AccountValue(Event, frozen=True, eq=False, gc=False):
    """One line of the account window; IB gives every value as text."""

    account: str
    key: str
    value: str
    currency: str
    received: int


class ConnectionChanged(Event, frozen=True, eq=False, gc=False):
    """The line to the broker changed its state, and why."""

    state: Literal["disconnected", "connecting", "ready", "degraded"]
    reason: str
    received: int


class Problem(Event, frozen=True, eq=False, gc=False):
    """Something to tell the user: IB's `code` (0 for our own), its text, and what to do about it."""

    code: int
    message: str
    severity: Severity
    received: int
    advice: str = ""
    request_id: int = -1
    contract_id: int | None = None
    count: int = 1


Tick = Trade | Quote | Midpoint
