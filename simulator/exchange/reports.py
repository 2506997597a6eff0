"""Telling the listeners, and the record of what was filled."""

from decimal import Decimal

from market.clock import Clock
from market.times import SECOND
from simulator.exchange.api import ZERO, Account, Commission, Fill, Listener, Order
from simulator.exchange.book import Key
from simulator.exchange.matching import Match
from simulator.refused import Refused


class Reports:
    """Books fills with the account and tells every listener what happened, in that order."""

    def __init__(self, clock: Clock, account: Account) -> None:
        self._clock = clock
        self._account = account
        self._listeners: list[Listener] = []
        self._fills: dict[str, tuple[Fill, Commission]] = {}
        self._paid: dict[Key, Decimal] = {}
        # The second in which trading began keeps the numbers of two runs apart; it fits 32 bits.
        self._first = clock.now() // SECOND % 2**31

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def ignore(self, listener: Listener) -> None:
        self._listeners.remove(listener)

    @property
    def fills(self) -> list[tuple[Fill, Commission]]:
        """Every execution with its cost, the latest version of each."""
        return list(self._fills.values())

    def changed(self, order: Order) -> None:
        for each in tuple(self._listeners):
            each.order_changed(order)

    def refused(self, order: Order, code: int, text: str) -> None:
        for each in tuple(self._listeners):
            each.order_refused(order, code, text)

    def filled(self, order: Order, match: Match, venue: str) -> None:
        """Book and tell a fill; `order` is the order after it."""
        fill = Fill(
            exec_id=f"0000e0d5.{self._first + len(self._fills):08x}.01.01",
            time=self._clock.now(),
            order=order,
            quantity=match.quantity,
            price=match.price,
            venue=venue,
            liquidity=1 if match.rested else 2,
        )
        self.book(fill)

    def latest(self, exec_id: str) -> Fill:
        """The latest version of an execution; raise `Refused` when there is no such one."""
        found = self._fills.get(_root(exec_id))
        if found is None:
            raise Refused(321, f"Error validating request.-'bN' : cause - No such execution: {exec_id}")
        return found[0]

    def average(self, order: Order, paid: Decimal) -> Decimal:
        """The average price of an order for whose fills `paid` more is paid than was booked so far."""
        return (self._paid.get(order.key, ZERO) + paid) / order.filled

    def book(self, fill: Fill) -> None:
        """Book and tell an execution, new or corrected."""
        commission = self._account.book(fill)
        root, key = _root(fill.exec_id), fill.order.key
        before = self._fills[root][0].price if root in self._fills else ZERO
        self._paid[key] = self._paid.get(key, ZERO) + (fill.price - before) * fill.quantity
        self._fills[root] = fill, commission
        for each in tuple(self._listeners):
            each.filled(fill, commission)


def next_version(exec_id: str) -> str:
    """The number of a correction.

    >>> next_version("0000e0d5.5f9a.01.01")
    '0000e0d5.5f9a.01.02'
    """
    return f"{_root(exec_id)}.{int(exec_id.rpartition('.')[2]) + 1:02d}"


def _root(exec_id: str) -> str:
    """What all versions of an execution share.

    >>> _root("0000e0d5.5f9a.01.02")
    '0000e0d5.5f9a.01'
    """
    return exec_id.rpartition(".")[0]
