"""All contracts' books and the cash between them; nothing here has a price but those paid."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from market.times import from_datetime, to_datetime
from simulator.account import commissions
from simulator.account.contract_book import Booking, ContractBook
from simulator.account.holding import Holding
from simulator.account.marks import BASE
from simulator.exchange.api import ZERO, Fill
from simulator.model.api import Listing
from simulator.zone import GATEWAY_ZONE


class Books:
    """Cash that is settled, and the day's trades on top of it.

    A day ends at midnight of the gateway's zone, `settle` is the end of it. Contracts stay in the order in
    which they were first held.
    """

    def __init__(self, now: int) -> None:
        self.midnight = midnight_before(now)
        self._books: dict[int, ContractBook] = {}
        self._settled: dict[str, Decimal] = {}
        self._volumes: dict[str, Decimal] = {}

    def __iter__(self) -> Iterator[ContractBook]:
        return iter(self._books.values())

    def bring(self, currency: str, amount: Decimal) -> None:
        """Settled cash from outside."""
        self._settled[currency] = self._settled.get(currency, ZERO) + amount

    def hold(self, listing: Listing, holding: Holding) -> None:
        """A holding that was paid for before."""
        self._books[listing.instrument.contract_id] = ContractBook(listing, holding)

    def of(self, listing: Listing) -> ContractBook:
        """The book of a contract, an empty one for the first trade in it."""
        return self._books.get(listing.instrument.contract_id) or ContractBook(listing)

    def find(self, contract_id: int) -> ContractBook | None:
        """The book of a contract that was held or traded."""
        return self._books.get(contract_id)

    def add(self, fill: Fill, rate: Callable[[], Decimal]) -> Booking:
        """Book a fill; see `ContractBook.add`."""
        book = self.of(fill.listing)
        booked = book.add(fill, self.volume(fill.listing), rate)
        self._books[fill.listing.instrument.contract_id] = book
        return booked

    def volume(self, listing: Listing) -> Decimal:
        """What was traded of its kind this month, up to the last midnight."""
        return self._volumes.get(listing.instrument.sec_type, ZERO)

    def cash(self) -> defaultdict[str, Decimal]:
        """What there is of each currency. Futures took their whole value, as stocks do."""
        cash = defaultdict(lambda: ZERO, self._settled)
        for book in self:
            for currency, amount in book.cash():
                cash[currency] += amount
        return cash

    def realised(self) -> defaultdict[str, Decimal]:
        """The profit taken since midnight, by currency; forex commissions come off the base."""
        found: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for book in self:
            found[book.listing.instrument.currency] += book.realised
            if book.fees_apart:
                found[BASE] -= book.fees
        return found

    def settle(self, midnight: int) -> None:
        """End the day: its trades can no longer be corrected, and count for the month's volume."""
        if _month(midnight) != _month(self.midnight):
            self._volumes.clear()
        self._settled = dict(self.cash())
        for book in self:
            for execution in book.executions:
                kind, amount = commissions.measure(book.listing.instrument, execution)
                self._volumes[kind] = self._volumes.get(kind, ZERO) + amount
            book.settle()
        self.midnight = midnight


def midnight_before(now: int) -> int:
    """When the gateway's day of `now` began."""
    return from_datetime(_local(now).replace(hour=0, minute=0, second=0, microsecond=0))


def _local(time: int) -> datetime:
    return to_datetime(time).astimezone(ZoneInfo(GATEWAY_ZONE))


def _month(time: int) -> tuple[int, int]:
    local = _local(time)
    return local.year, local.month
