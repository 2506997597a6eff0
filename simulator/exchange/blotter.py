"""The book of orders together with the word that goes out about each change of it."""

from typing import Any

import msgspec

from market.clock import Clock
from simulator.exchange.api import OPEN, Order, Status
from simulator.exchange.book import Book, Key, Working
from simulator.exchange.reports import Reports


class Blotter:
    """Changes orders; `update` silently, `set_status` and `tell` for every listener to know."""

    def __init__(self, clock: Clock, reports: Reports) -> None:
        self.book = Book()
        self.reports = reports
        self._clock = clock

    def found(self, key: Key) -> Working:
        """The open order of that key, which there must be."""
        working = self.book.find(key)
        assert working is not None
        return working

    def update(self, working: Working, **changes: Any) -> Working:  # fields of `Working`, by name
        """Change what the exchange knows of an order."""
        new = msgspec.structs.replace(working, **changes)
        self.book.put(new)
        return new

    def set_status(self, working: Working, status: Status, reason: str = "") -> Order:
        """Change and tell a status, unless it is that already; one that is not open ends the order.

        What is being cancelled shows no other open status any more, though it may still work.
        """
        before = working.order.status
        if status == before or (before == "PendingCancel" and status in OPEN):
            return working.order
        done = None if status in OPEN else self._clock.now()
        order = revised(working.order, status=status, done=done, reason=reason)
        self.update(working, order=order)
        self.reports.changed(order)
        return order

    def tell(self, key: Key) -> None:
        """Tell an order as it stands; not one that has ended meanwhile, or that nobody knows of yet."""
        working = self.book.find(key)
        if working is not None and not working.held:
            self.reports.changed(working.order)


def revised(order: Order, **changes: Any) -> Order:  # fields of `Order`, by name
    """The same order with other values."""
    return msgspec.structs.replace(order, **changes)
