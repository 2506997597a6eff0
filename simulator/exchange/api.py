"""The words in which the exchange, the account and the gateway speak of orders.

Everything is a frozen value: a change makes a new `Order`. Prices, quantities and money are `Decimal`, so
that books add up to the last digit; a market's float becomes one by ``Decimal(repr(price))``. Times are UTC
nanoseconds.
"""

from decimal import Decimal
from typing import Literal, Protocol

import msgspec

from simulator.model.api import Listing

Action = Literal["BUY", "SELL"]
Kind = Literal["MKT", "LMT", "STP", "STP LMT", "TRAIL", "TRAIL LIMIT", "MOC", "LOC", "MIT", "LIT"]
Tif = Literal["DAY", "GTC", "IOC", "FOK", "GTD"]
Status = Literal["PreSubmitted", "Submitted", "PendingCancel", "Cancelled", "Filled", "Inactive"]

OPEN: tuple[Status, ...] = ("PreSubmitted", "Submitted", "PendingCancel")
ZERO = Decimal(0)


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """An order as a client words it.

    `limit` is the limit price (LMT, STP LMT, LOC, LIT), `stop` IB's auxPrice: the trigger of STP, STP LMT,
    MIT and LIT, the trailing amount of TRAIL and TRAIL LIMIT unless `trail_percent` is given. `trail_stop` is
    where a trailing stop begins (None: the trail away from the market), `limit_offset` the distance of a
    TRAIL LIMIT's limit from its stop. `good_till` is the end of GTD. An order with `parent_id` waits for that
    order of the same client to fill; orders of one `oca_group` leave when one fills: `oca_type` 1 cancels
    the others, 2 and 3 reduce them by what was filled. Without `transmit` an order is held back until it,
    or a child, is sent again with it.
    """

    client_id: int
    order_id: int
    account: str
    listing: Listing
    action: Action
    quantity: Decimal
    kind: Kind
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail_percent: Decimal | None = None
    trail_stop: Decimal | None = None
    limit_offset: Decimal | None = None
    tif: Tif = "DAY"
    good_till: int | None = None
    outside_rth: bool = False
    parent_id: int = 0
    oca_group: str = ""
    oca_type: int = 0
    transmit: bool = True
    order_ref: str = ""

    @property
    def sign(self) -> int:
        """1 for a purchase, -1 for a sale."""
        return 1 if self.action == "BUY" else -1


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it stands. `perm_id` is its identity for every client and for ever.

    `stop` is where the trigger stands now (a trailing one moves), `reason` why it was cancelled or made
    inactive (IB's text for completed orders), `placed` when it was sent (one that is held back: when it was
    put down), `done` when it left the market.
    """

    ticket: Ticket
    perm_id: int
    status: Status
    placed: int
    filled: Decimal = ZERO
    average_price: Decimal = ZERO
    last_price: Decimal = ZERO
    stop: Decimal | None = None
    reason: str = ""
    done: int | None = None

    @property
    def key(self) -> tuple[int, int]:
        """Client id and order id, by which its client knows it."""
        return self.ticket.client_id, self.ticket.order_id

    @property
    def remaining(self) -> Decimal:
        return self.ticket.quantity - self.filled

    @property
    def open(self) -> bool:
        return self.status in OPEN


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One execution. `exec_id` ends in ``.01``; a correction has the next number and replaces it.

    `order` is the order after it; `quantity` is positive. `liquidity` is 1 when it added, 2 when it took.
    """

    exec_id: str
    time: int
    order: Order
    quantity: Decimal
    price: Decimal
    venue: str
    liquidity: Literal[1, 2] = 2

    @property
    def listing(self) -> Listing:
        return self.order.ticket.listing

    @property
    def signed(self) -> Decimal:
        """The change of the position."""
        return self.quantity * self.order.ticket.sign


class Commission(msgspec.Struct, frozen=True, kw_only=True):
    """What a fill cost, and what it realised (None for one that only opened); both in `currency`."""

    exec_id: str
    amount: Decimal
    currency: str
    realised: Decimal | None


class MarginPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What an order would do to the account, in its base `currency`: before, change, after.

    The commission is that of the expected fill, in `commission_currency`; its bounds are equal where known.
    """

    initial: tuple[Decimal, Decimal, Decimal]
    maintenance: tuple[Decimal, Decimal, Decimal]
    equity: tuple[Decimal, Decimal, Decimal]
    commission: Decimal
    commission_currency: str
    currency: str = "USD"


class Account(Protocol):
    """Who pays. The exchange books every fill here, and asks before it accepts an order."""

    def book(self, fill: Fill) -> Commission:
        """Take a fill into cash, position and profit; a correction replaces what it corrects."""
        ...

    def preview(self, ticket: Ticket, price: Decimal) -> MarginPreview:
        """What filling the whole order at `price` would do."""
        ...


class Listener(Protocol):
    """Who is told what happens, in the order in which it happens."""

    def order_changed(self, order: Order) -> None:
        """A status or a term changed, but not by a fill."""
        ...

    def filled(self, fill: Fill, commission: Commission) -> None:
        """`fill.order` is partly or wholly filled."""
        ...

    def order_refused(self, order: Order, code: int, text: str) -> None:
        """An order that had been accepted ends, or is refused a change: 201, 202 and their like."""
        ...
