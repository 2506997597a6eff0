"""The life of an order between its acceptance and its end: arrival, changes, expiry, relatives.

Every step takes its time, so that a client learns of an order before it learns of its fill.
"""

from collections.abc import Container
from decimal import Decimal
from functools import partial

import msgspec

from market.clock import Clock
from market.times import SECOND
from simulator.exchange import groups, triggers
from simulator.exchange.agenda import Agenda
from simulator.exchange.api import ZERO, Order, Status, Ticket, Tif
from simulator.exchange.blotter import Blotter, revised
from simulator.exchange.book import Key, Working
from simulator.exchange.execution import Execution
from simulator.exchange.feed import expected_price
from simulator.exchange.hours import coming, expiry, hours_of, works
from simulator.exchange.rules import Increment, too_far
from simulator.model.api import MarketModel, Session
from simulator.refused import Refused

_MILLISECOND = SECOND // 1000
ACKNOWLEDGE = 5 * _MILLISECOND  # from a request to the first word about it
TRAVEL = 20 * _MILLISECOND  # from that word to the market, or to the end of a cancelled order
EXECUTE = 5 * _MILLISECOND  # from the arrival at the market to the first look at the quote

_AT_ONCE: tuple[Tif, ...] = ("IOC", "FOK")

# What IB says of completed orders.
_BY_TRADER, _BY_SYSTEM = "Cancelled by Trader", "Cancelled by System"


class Lifecycle:
    """Moves the orders of a blotter on as the clock runs."""

    def __init__(
        self,
        model: MarketModel,
        clock: Clock,
        blotter: Blotter,
        halted: Container[int],
        increment: Increment,
    ) -> None:
        self._model = model
        self._clock = clock
        self._agenda = Agenda(clock)
        self._blotter = blotter
        self._book = blotter.book
        self._execution = Execution(model, clock, self._agenda, blotter, halted, increment, self._filled)

    # What clients ask for.

    def send(self, key: Key) -> None:
        """Let an accepted order go its way."""
        self._blotter.update(self._blotter.found(key), held=False)
        self._set_expiry(key)
        self._agenda.after(ACKNOWLEDGE, partial(self._blotter.tell, key))
        self._agenda.after(ACKNOWLEDGE + TRAVEL, partial(self._work, key))

    def reject(self, key: Key, refusal: Refused) -> None:
        """Let an order fail at IB's servers."""
        self._blotter.update(self._blotter.found(key), held=False, blocked=True, cancelling=True)
        self._agenda.after(ACKNOWLEDGE, partial(self._rejected, key, refusal))

    def change(self, key: Key, ticket: Ticket) -> None:
        """Replace an order's terms; it comes to the market anew."""
        self._agenda.after(ACKNOWLEDGE, partial(self._replace, key, ticket))

    def cancel(self, key: Key) -> None:
        """Withdraw an order on its client's wish. Until the market confirms it, it may still fill."""
        working = self._blotter.update(self._blotter.found(key), cancelling=True)
        if not working.held:
            self._agenda.after(ACKNOWLEDGE, partial(self._pending, key))
        self._agenda.after(ACKNOWLEDGE + TRAVEL, partial(self._cancelled, key, _BY_TRADER))

    # The way to the market.

    def _work(self, key: Key) -> None:
        """Bring an order to the market as soon as its parent and the hours allow."""
        working = self._book.find(key)
        if working is None or not _ready(working) or self._execution.allowed(working) == ZERO:
            return
        ticket, now = working.ticket, self._clock.now()
        session = coming(self._model, ticket, now)
        if session is None or not works(ticket, session, now):
            self._wait(working, session)
        elif ticket.kind in triggers.CLOSING:
            self._blotter.set_status(working, "Submitted")
            self._execution.enter(key)
            self._agenda.at(session.regular_close, partial(self._auction, key, session))
        elif triggers.waits(working):
            # Recorded: PreSubmitted comes twice for what waits for a trigger.
            self._blotter.tell(key)
            self._execution.watch(key)
        elif too_far(ticket, partial(expected_price, self._model, ticket.listing, ticket.action, now)):
            self._end(working, "Inactive", _BY_SYSTEM)
        else:
            # Recorded: neither a market order nor one that must trade at once is called Submitted first.
            if ticket.kind != "MKT" and ticket.tif not in _AT_ONCE:
                self._blotter.set_status(working, "Submitted")
            self._agenda.after(EXECUTE, partial(self._look, key))

    def _wait(self, working: Working, session: Session | None) -> None:
        """Come again when the market opens; what must trade at once ends."""
        if working.ticket.tif in _AT_ONCE:
            self._end_immediate(working)
        elif session is not None:
            opened = session.bounds(hours_of(working.ticket))[0]
            self._agenda.at(opened, partial(self._work, working.order.key))

    def _look(self, key: Key) -> None:
        """Compare an order that has come to the market with the quote that stands there."""
        working = self._book.find(key)
        if working is None or not _ready(working):
            return
        self._execution.enter(key)
        if working.ticket.tif != "FOK" or self._execution.fills_whole(key):
            self._execution.meet_quote(key)
        left = self._book.find(key)
        if left is None:
            return
        if left.ticket.tif in _AT_ONCE:
            self._end_immediate(left)
        elif left.order.status == "PreSubmitted":
            self._blotter.set_status(left, "Submitted")

    def _auction(self, key: Key, session: Session) -> None:
        """Trade an order for the close; what the auction did not fill ends with it."""
        working = self._book.find(key)
        if working is None or working.since is None or working.blocked:
            return
        if working.ticket.kind not in triggers.CLOSING:
            return  # changed meanwhile
        self._execution.auction(key, session)
        left = self._book.find(key)
        if left is not None:
            self._end(left, "Cancelled", _BY_SYSTEM)

    # What follows from a fill.

    def _filled(self, order: Order, quantity: Decimal) -> None:
        for member in groups.group(order.ticket, self._book):
            if groups.cancels(member, quantity):
                self._leave(member)
            else:
                self._resize(member, member.ticket.quantity - quantity)
        for child in self._book.children(order):
            self._work(child.order.key)

    def _resize(self, working: Working, quantity: Decimal) -> None:
        ticket = msgspec.structs.replace(working.ticket, quantity=quantity)
        self._blotter.update(working, order=revised(working.order, ticket=ticket))
        self._blotter.tell(working.order.key)

    # Changes.

    def _replace(self, key: Key, ticket: Ticket) -> None:
        working = self._book.find(key)
        if working is None or working.cancelling or ticket.quantity <= working.order.filled:
            return  # filled or cancelled meanwhile: IB ignores the change without a word
        order = revised(working.order, ticket=ticket, stop=triggers.first_stop(ticket))
        self._blotter.update(working, order=order, since=None, rested=None, triggered=False)
        self._execution.release(working.contract_id)
        self._set_expiry(key)
        self._blotter.tell(key)
        self._agenda.after(TRAVEL, partial(self._work, key))

    def _set_expiry(self, key: Key) -> None:
        working = self._blotter.found(key)
        ends = expiry(self._model, working.ticket, self._clock.now())
        self._blotter.update(working, ends=ends)
        if ends is not None:
            self._agenda.at(ends, partial(self._expire, key, ends))

    # Endings.

    def _expire(self, key: Key, ends: int) -> None:
        working = self._book.find(key)
        if working is not None and working.ends == ends:
            self._end(working, "Cancelled", _BY_SYSTEM)

    def _leave(self, working: Working) -> None:
        """Take an order from the market at once, because of another; its client hears of it by and by."""
        key = working.order.key
        self._blotter.update(working, blocked=True, cancelling=True)
        if not working.cancelling:
            if not working.held:
                self._pending(key)
            self._agenda.after(TRAVEL, partial(self._cancelled, key, _BY_SYSTEM))

    def _pending(self, key: Key) -> None:
        working = self._book.find(key)
        if working is not None:
            self._blotter.set_status(working, "PendingCancel")

    def _cancelled(self, key: Key, reason: str) -> None:
        working = self._book.find(key)
        if working is None:
            return
        # Recorded: a client that cancels one of a group finds the others cancelled.
        for member in groups.group(working.ticket, self._book):
            self._leave(member)
        order = self._end(working, "Cancelled", reason)
        self._blotter.reports.refused(order, 202, "Order Canceled - reason:")

    def _rejected(self, key: Key, refusal: Refused) -> None:
        working = self._book.find(key)
        if working is None:
            return
        order = self._end(working, "Inactive", str(refusal))
        self._blotter.reports.refused(order, refusal.code, str(refusal))
        # Recorded: the status comes before the error and once more after it.
        self._blotter.reports.changed(order)

    def _end_immediate(self, working: Working) -> None:
        """End what could not trade at once: recorded, Inactive for FOK, two steps for IOC."""
        if working.ticket.tif == "FOK":
            self._end(working, "Inactive", _BY_SYSTEM)
            return
        self._blotter.set_status(working, "PendingCancel")
        self._end(self._blotter.found(working.order.key), "Cancelled", _BY_SYSTEM)

    def _end(self, working: Working, status: Status, reason: str) -> Order:
        """Close an order; its children stay for what it has filled, if it has."""
        order = self._blotter.set_status(working, status, reason)
        self._execution.release(working.contract_id)
        for child in self._book.children(order):
            left = self._execution.allowed(child)
            if left == ZERO:
                self._leave(child)
            elif left < child.order.remaining:
                self._resize(child, child.order.filled + left)
        return order


def _ready(working: Working) -> bool:
    """Is it sent, and not at the market yet?"""
    return working.since is None and not working.held and not working.blocked
