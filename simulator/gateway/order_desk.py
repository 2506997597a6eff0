"""The desk between clients and the exchange: takes their orders in, tells them what becomes of these.

Who is told: the client that placed an order, wherever it is connected from now; the master client, of all
orders; and a client that cancelled another's order, of that one. Client id 0 would also be told of orders
made in TWS by hand, which nobody can do here.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from simulator.exchange.api import ZERO, Commission, Fill, Order, Ticket
from simulator.gateway import order_values
from simulator.gateway.executions import midnight
from simulator.gateway.order_hours import not_before
from simulator.gateway.tickets import read_ticket
from simulator.wire import order_messages
from simulator.wire.layout import Values
from simulator.wire.order_requests import PlaceOrderRequest

if TYPE_CHECKING:
    from simulator.gateway.services import Services
    from simulator.gateway.session import Session

Key = tuple[int, int]
Message = Callable[[int], bytes]
"""A message that is still to be written, for a client's server version."""

NOBODY_ASKED = -1


class Paper(msgspec.Struct):
    """What the desk keeps of an order: `said` by its client, the commission `charged` so far.

    `warning` goes to the client with the first word about the order. The acceptance of a `silent` one is not
    told. `followers` are other clients that cancelled it.
    """

    said: Values
    charged: Decimal = ZERO
    warning: str = ""
    silent: bool = False
    followers: set[int] = msgspec.field(default_factory=set)


class OrderDesk:
    """Orders of all clients; the exchange's `Listener`."""

    def __init__(self, services: "Services") -> None:
        self._services = services
        self._exchange = services.exchange
        self._papers: dict[Key, Paper] = {}
        self._ids: dict[int, int] = {}
        self._exchange.listen(self)

    # -- what clients want

    def next_id(self, client_id: int) -> int:
        """The first order id that `client_id` has not used: 1, or one above the highest ever seen."""
        return self._ids.get(client_id, 0) + 1

    def forget_ids(self) -> None:
        """Begin with order id 1 again, as TWS does when its sequence is reset; ids once used stay used up."""
        self._ids.clear()

    def place(self, session: "Session", request: PlaceOrderRequest) -> None:
        """Take in an order or a change of one; raises `Refused`."""
        client_id = _client(session)
        ticket = read_ticket(request, client_id, self._services)
        if request.terms.flag("what_if"):
            self._preview(session, ticket, request.terms)
            return
        self._ids[client_id] = max(self._ids.get(client_id, 0), ticket.order_id)
        trouble = self._services.trouble
        if trouble.swallow_orders:
            trouble.swallow_orders -= 1
            return
        order = self._exchange.place(ticket)
        if order.open:
            self._keep(ticket, request.terms)

    def _keep(self, ticket: Ticket, said: Values) -> None:
        key, trouble = (ticket.client_id, ticket.order_id), self._services.trouble
        paper = self._papers.setdefault(key, Paper(said))
        paper.said = said
        paper.warning = not_before(self._services.model, ticket, self._services.clock.now())
        if trouble.lose_acknowledgements and ticket.transmit:
            trouble.lose_acknowledgements -= 1
            paper.silent = True

    def _preview(self, session: "Session", ticket: Ticket, said: Values) -> None:
        order, margin = self._exchange.preview(ticket)
        session.send(order_messages.open_order(session.version, order_values.preview(order, said, margin)))

    def cancel(self, session: "Session", order_id: int) -> None:
        """Withdraw an own order, or another client's that is good till cancelled; raises `Refused`."""
        client_id = _client(session)
        if self._exchange.order(client_id, order_id) is None:
            for other in self._exchange.open_orders:
                if other.ticket.order_id == order_id and other.ticket.tif == "GTC":
                    self._exchange.cancel(*other.key)
                    self._papers[other.key].followers.add(client_id)
                    return
        self._exchange.cancel(client_id, order_id)

    def cancel_all(self) -> None:
        """Withdraw every order of every client."""
        self._exchange.cancel_all()

    # -- what clients are shown

    def show_open(self, session: "Session", everybody: bool) -> None:
        """The open orders of a client, or of all; the master client's are all orders."""
        for order in self._exchange.open_orders:
            if everybody or self.sees(session, order):
                self._send(session, self._open_order(order), self._status(order))

    def show_completed(self, session: "Session") -> None:
        """The orders that ended since midnight, of all clients."""
        since = midnight(self._services.clock.now())
        for order in self._exchange.completed_orders:
            if order.done is not None and order.done >= since:
                values = order_values.completed(order, self._papers[order.key].said, self._parent(order))
                session.send(order_messages.completed_order(session.version, values))

    def sees(self, session: "Session", order: Order) -> bool:
        """Whether an order is its client's own, or the client sees all."""
        return session.client_id in (order.ticket.client_id, self._services.options.master_client_id)

    # -- what the exchange tells

    def order_changed(self, order: Order) -> None:
        """Tell the new state, and unless it is on its way out the terms too (recorded)."""
        paper = self._papers[order.key]
        if paper.silent and order.status in ("PreSubmitted", "Submitted"):
            return
        leaving = order.status in ("PendingCancel", "Cancelled")
        self._tell(order, *(() if leaving else (self._open_order(order),)), self._status(order))
        if paper.warning:
            text, paper.warning = paper.warning, ""
            self._complain(order, 399, text)

    def filled(self, fill: Fill, commission: Commission) -> None:
        """Tell an execution, with what else TWS sends for it."""
        paper, trouble = self._papers[fill.order.key], self._services.trouble
        paper.silent = False
        paper.charged += commission.amount
        messages = self._fill_messages(fill, commission)
        if trouble.reorder_fills:
            messages.reverse()
        for each in messages:
            self._tell(fill.order, *([each] * (2 if trouble.duplicate_fills else 1)))

    def order_refused(self, order: Order, code: int, text: str) -> None:
        """Tell the order's client, and who cancelled it, why it ended."""
        self._complain(order, code, text)

    # -- messages

    def _fill_messages(self, fill: Fill, commission: Commission) -> list[Message]:
        """Both recorded orders of the messages happen: which one is decided by the permanent id.

        An even one has the execution first and, once filled, the terms again with the commission; an odd one
        has the state first, and again behind the execution. A correction has no more than itself.
        """
        order = fill.order
        execution = self._execution(fill)
        report = self._commission(commission)
        if not fill.exec_id.endswith(".01"):
            return [execution, report]
        terms, state = self._open_order(order), self._status(order)
        if order.perm_id % 2:
            return [terms, state, execution, terms, state, report]
        charged = [self._open_order(order, commission.currency)] if order.status == "Filled" else []
        return [execution, terms, state, *charged, report]

    def _open_order(self, order: Order, currency: str = "") -> Message:
        paper = self._papers[order.key]
        charged = paper.charged if currency else None
        values = order_values.open_order(order, paper.said, charged, currency)
        return lambda version: order_messages.open_order(version, values)

    def _status(self, order: Order) -> Message:
        values = order_values.status(order, self._parent(order))
        return lambda version: order_messages.order_status(version, values)

    def _execution(self, fill: Fill) -> Message:
        return lambda version: order_messages.execution(
            version, order_values.execution(fill, NOBODY_ASKED, version)
        )

    def _commission(self, report: Commission) -> Message:
        return lambda version: order_messages.commission(version, order_values.commission(report))

    def _parent(self, order: Order) -> Order | None:
        ticket = order.ticket
        return self._exchange.order(ticket.client_id, ticket.parent_id) if ticket.parent_id else None

    def _audience(self, order: Order) -> Iterator["Session"]:
        master = self._services.options.master_client_id
        ids = dict.fromkeys((order.ticket.client_id, *sorted(self._papers[order.key].followers), master))
        clients = self._services.clients
        return (clients[each] for each in ids if each is not None and each in clients)

    def _tell(self, order: Order, *messages: Message) -> None:
        for session in self._audience(order):
            self._send(session, *messages)

    def _send(self, session: "Session", *messages: Message) -> None:
        session.send(*(message(session.version) for message in messages))

    def _complain(self, order: Order, code: int, text: str) -> None:
        concerned = {order.ticket.client_id, *self._papers[order.key].followers}
        for session in self._audience(order):
            if session.client_id in concerned:
                session.error(order.ticket.order_id, code, text)


def _client(session: "Session") -> int:
    assert session.client_id is not None  # requests come only after it is known
    return session.client_id
