"""The orders as they stand, and what the exchange knows of each beyond what its client sees."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from simulator.exchange.api import Order, Ticket

Key = tuple[int, int]


class Working(msgspec.Struct, frozen=True, kw_only=True):
    """An order on its way through the exchange.

    `since` is when it came to the market (None: not there yet), `rested` the opening of the session in which
    it found nobody to trade with and came to rest. `triggered` tells whether a stop has been reached, `limit`
    the limit in force (a TRAIL LIMIT's moves), `ends` when it expires. A `held` order was never sent; a
    `blocked` one must not fill any more, though its client has not been told of the end.
    """

    order: Order
    since: int | None = None
    rested: int | None = None
    triggered: bool = False
    limit: Decimal | None = None
    ends: int | None = None
    held: bool = False
    cancelling: bool = False
    blocked: bool = False

    @property
    def ticket(self) -> Ticket:
        return self.order.ticket

    @property
    def contract_id(self) -> int:
        return self.ticket.listing.instrument.contract_id


class Book:
    """Open orders by key and by contract, in the order in which they were sent; done ones by key."""

    def __init__(self) -> None:
        self._open: dict[Key, Working] = {}
        self._done: dict[Key, Order] = {}
        self._contracts: dict[int, dict[Key, None]] = {}
        self._children: dict[Key, list[Key]] = {}

    def put(self, working: Working) -> None:
        """Add or replace; an order that is no longer open moves to the done ones."""
        key = working.order.key
        if self.order(key) is None and working.ticket.parent_id:
            self._children.setdefault((key[0], working.ticket.parent_id), []).append(key)
        keys = self._contracts.setdefault(working.contract_id, {})
        if working.order.open:
            self._open[key] = working
            keys[key] = None
        else:
            del self._open[key], keys[key]
            self._done[key] = working.order

    def find(self, key: Key) -> Working | None:
        """The open order of that key."""
        return self._open.get(key)

    def order(self, key: Key) -> Order | None:
        """The order of that key, open or done."""
        working = self._open.get(key)
        return working.order if working else self._done.get(key)

    def revise(self, order: Order) -> None:
        """Replace an order by another version of it, open or done."""
        working = self._open.get(order.key)
        if working is None:
            self._done[order.key] = order
        else:
            self._open[order.key] = msgspec.structs.replace(working, order=order)

    def siblings(self, ticket: Ticket) -> list[Order]:
        """The other children of its parent, open or done."""
        keys = self._children.get((ticket.client_id, ticket.parent_id), ())
        own = (ticket.client_id, ticket.order_id)
        return [order for key in keys if key != own and (order := self.order(key))]

    def children(self, parent: Order) -> list[Working]:
        """The open orders that wait for it, or were set off by it."""
        return [self._open[key] for key in self._children.get(parent.key, ()) if key in self._open]

    def on(self, contract_id: int) -> list[Working]:
        """The open orders of a contract."""
        return [self._open[key] for key in self._contracts.get(contract_id, ())]

    def __iter__(self) -> Iterator[Working]:
        return iter(list(self._open.values()))

    @property
    def done(self) -> list[Order]:
        """In the order in which they ended."""
        return list(self._done.values())
