"""The exchange: takes orders, matches them against the market, tells what becomes of them."""

from collections.abc import Container, Sequence
from decimal import Decimal

import msgspec

from market.clock import Clock
from market.times import SECOND
from simulator.exchange import groups, rules, triggers
from simulator.exchange.api import (
    ZERO,
    Account,
    Commission,
    Fill,
    Listener,
    MarginPreview,
    Order,
    Ticket,
)
from simulator.exchange.blotter import Blotter, revised
from simulator.exchange.book import Working
from simulator.exchange.feed import expected_price
from simulator.exchange.lifecycle import Lifecycle
from simulator.exchange.reports import Reports, next_version
from simulator.model.api import MarketModel
from simulator.refused import Refused


class Exchange:
    """Works orders against `model` on `clock` and books their fills with `account`.

    Clients' orders never move the market. What happens is told to the listeners when the clock gets there,
    never from within `place` or `cancel`; the same calls at the same times give the same reports. Contracts
    in `halted` do not trade. `increment` gives a contract's price step at a price.
    """

    def __init__(
        self,
        model: MarketModel,
        clock: Clock,
        account: Account,
        halted: Container[int] = (),
        increment: rules.Increment = rules.min_tick,
    ) -> None:
        self._clock = clock
        self._account = account
        self._increment = increment
        self._model = model
        self._reports = Reports(clock, account)
        self._blotter = Blotter(clock, self._reports)
        self._book = self._blotter.book
        self._lifecycle = Lifecycle(model, clock, self._blotter, halted, increment)
        # As TWS: a number that grows for ever. The start's second leaves room up to 2**31.
        self._perm_id = 1_000_000_000 + clock.now() // SECOND % 1_000_000_000

    def listen(self, listener: Listener) -> None:
        """Tell `listener` from now on."""
        self._reports.listen(listener)

    def ignore(self, listener: Listener) -> None:
        """Tell `listener` nothing more."""
        self._reports.ignore(listener)

    @property
    def open_orders(self) -> Sequence[Order]:
        """Every order that is sent and not done, in the order in which they came."""
        return [working.order for working in self._book if not working.held]

    @property
    def completed_orders(self) -> Sequence[Order]:
        """Every order that is done, in the order in which they ended."""
        return self._book.done

    @property
    def fills(self) -> Sequence[tuple[Fill, Commission]]:
        """Every execution and its cost, in order; of a corrected one the latest version."""
        return self._reports.fills

    def order(self, client_id: int, order_id: int) -> Order | None:
        """The order of that key, open, held back or done."""
        return self._book.order((client_id, order_id))

    def place(self, ticket: Ticket) -> Order:
        """Accept a new order, or a change of an open one with the same key.

        Raises `Refused` with IB's code and text. A change of a filled order is ignored, as IB does. What IB's
        servers reject is accepted first, and soon told to be Inactive with a 201: recorded.
        """
        key = (ticket.client_id, ticket.order_id)
        known = self._book.order(key)
        if known is not None and not known.open:
            return self._repeated(known, ticket)
        rules.check(ticket, self._increment, self._clock.now())
        working = self._book.find(key)
        if working is not None and working.cancelling:
            raise Refused(134, "Modify order failed.")  # documented; for this case a guess
        if working is not None:
            rules.check_change(working.order, ticket)
        ticket = self._adopted(ticket)
        if working is not None and not working.held:
            return self._change(working, ticket)
        order = self._stored(ticket, working)
        if ticket.transmit:
            for each in groups.family(ticket, self._book):
                self._send(each)
        return order

    def cancel(self, client_id: int, order_id: int) -> None:
        """Withdraw an order; raises `Refused` 10147, 10148 or 161 where there is nothing to withdraw."""
        key = (client_id, order_id)
        order = self._book.order(key)
        subject = f"OrderId {order_id} that needs to be cancelled"
        if order is None:
            raise Refused(10147, f"{subject} is not found.")
        if not order.open or order.status == "PendingCancel":
            raise Refused(10148, f"{subject} cannot be cancelled, state: {order.status}.")
        working = self._book.find(key)
        if working is not None and working.cancelling:
            text = "Cancel attempted when order is not in a cancellable state.  Order permId = "
            raise Refused(161, f"{text}{order.perm_id}")
        self._lifecycle.cancel(key)

    def cancel_all(self) -> None:
        """Withdraw every order of every client."""
        for working in self._book:
            if not working.cancelling:
                self._lifecycle.cancel(working.order.key)

    def preview(self, ticket: Ticket) -> tuple[Order, MarginPreview]:
        """What placing the order would do; nothing is placed. Raises `Refused` as `place` does."""
        rules.check(ticket, self._increment, self._clock.now())
        return self._new(ticket, perm_id=0), self._margin(ticket)

    def correct(self, exec_id: str, price: Decimal) -> None:
        """Change the price of an execution: listeners get it again with the next number.

        Raises `Refused` when there is no such execution.
        """
        old = self._reports.latest(exec_id)
        order = self._book.order(old.order.key)
        assert order is not None
        average = self._reports.average(order, (price - old.price) * old.quantity)
        order = revised(order, average_price=average)
        number = next_version(old.exec_id)
        # Booked first: what the account refuses must leave the order as it was.
        self._reports.book(msgspec.structs.replace(old, exec_id=number, price=price, order=order))
        self._book.revise(order)

    def _repeated(self, known: Order, ticket: Ticket) -> Order:
        """The answer to a ticket whose number belongs to an order that is done."""
        was = known.ticket
        same = was.listing == ticket.listing and was.action == ticket.action
        if known.status == "Filled" and same:
            return known  # recorded: silence
        raise Refused(103, "Duplicate order id")

    def _change(self, working: Working, ticket: Ticket) -> Order:
        if not ticket.transmit:
            return working.order  # kept back too: it comes again, whole, when it is sent
        self._check_margin(ticket)
        self._lifecycle.change(working.order.key, ticket)
        return revised(working.order, ticket=ticket)

    def _send(self, working: Working) -> None:
        key, ticket = working.order.key, working.ticket
        try:
            rules.check_parent(self._parent(ticket))
            rules.check_count(ticket, (w.ticket for w in self._book if w.order.key != key))
            self._check_margin(ticket)
        except Refused as refusal:
            self._lifecycle.reject(key, refusal)
        else:
            self._book.revise(revised(working.order, placed=self._clock.now()))
            self._lifecycle.send(key)

    def _check_margin(self, ticket: Ticket) -> None:
        # Children close what their parent opened, which is not in the account yet.
        if not ticket.parent_id:
            rules.check_margin(self._margin(ticket))

    def _margin(self, ticket: Ticket) -> MarginPreview:
        price = triggers.first_limit(ticket)
        if price is None:
            price = expected_price(self._model, ticket.listing, ticket.action, self._clock.now())
        return self._account.preview(ticket, price or ZERO)

    def _stored(self, ticket: Ticket, held: Working | None) -> Order:
        """Book a new order, or the new terms of one that was held back."""
        if held is None:
            self._perm_id += 1
        order = self._new(ticket, held.order.perm_id if held else self._perm_id)
        self._book.put(Working(order=order, held=True))
        return order

    def _adopted(self, ticket: Ticket) -> Ticket:
        parent = self._parent(ticket)
        return groups.adopted(ticket, parent) if parent is not None else ticket

    def _parent(self, ticket: Ticket) -> Order | None:
        if not ticket.parent_id:
            return None
        parent = self._book.order((ticket.client_id, ticket.parent_id))
        if parent is None:
            raise Refused(135, f"Can't find order with id ={ticket.parent_id}")
        return parent

    def _new(self, ticket: Ticket, perm_id: int) -> Order:
        return Order(
            ticket=ticket,
            perm_id=perm_id,
            status="PreSubmitted",
            placed=self._clock.now(),
            stop=triggers.first_stop(ticket),
        )
