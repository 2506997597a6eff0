"""The simulated account: who pays for fills, and what it is worth."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from market.clock import Clock
from simulator.account import commissions, values
from simulator.account.books import Books, midnight_before
from simulator.account.contract_book import ContractBook
from simulator.account.holding import Holding
from simulator.account.marks import BASE, OPENING_RATES, Marks
from simulator.account.position import CENT, Position
from simulator.account.statement import Statement, balance, statement
from simulator.account.values import Value
from simulator.exchange.api import ZERO, Commission, Fill, MarginPreview, Ticket
from simulator.model.api import Listing, MarketModel

OPENING_CASH = {BASE: Decimal(1_000_000), "EUR": Decimal(20_000)}
"""Settled; what is held at the opening was paid for before."""

_SHARES = Holding(Decimal(100), Decimal("15025.00"))

Observer = Callable[[Listing], None]


class Profit(msgspec.Struct, frozen=True):
    """In the account's currency: `daily` and `realised` since midnight."""

    daily: Decimal
    unrealised: Decimal
    realised: Decimal


class Ledger:
    """Implements `Account`: books fills, and says what the account holds and is worth.

    Its day ends at midnight of the gateway's zone: then realised profit begins at zero and the day's
    executions can no longer be corrected. Readings take the time they are for, which must not lie before the
    last booking.
    """

    def __init__(self, model: MarketModel, clock: Clock, account: str) -> None:
        self.account = account
        self._clock = clock
        self._marks = Marks(model)
        self._listings = model.listings
        self._observers: list[Observer] = []
        self._books = Books(clock.now())
        self._open()
        self._previous_equity: Decimal | None = None

    # -- what is booked

    def book(self, fill: Fill) -> Commission:
        """Take a fill into cash, position and profit; a correction replaces what it corrects.

        Raises `BadRequest` for an execution id that is out of turn, or that corrects another day's.
        """
        now = self._clock.now()
        self._turn(now)
        instrument = fill.listing.instrument
        booked = self._books.add(fill, lambda: self._fee_rate(fill.listing, now))
        realised = booked.realised
        if realised is not None and instrument.sec_type == "CASH":
            realised = realised * self._marks.rate(instrument.currency, now) - booked.fee
        for observer in list(self._observers):
            observer(fill.listing)
        currency = commissions.currency_of(instrument)
        return Commission(exec_id=fill.exec_id, amount=booked.fee, currency=currency, realised=realised)

    def preview(self, ticket: Ticket, price: Decimal) -> MarginPreview:
        """What filling the whole order at `price` would do."""
        now = self._clock.now()
        self._turn(now)
        it, signed, book = (
            ticket.listing.instrument,
            ticket.quantity * ticket.sign,
            self._books.of(ticket.listing),
        )
        value, currency = signed * price * book.unit, commissions.currency_of(it)
        paid = abs(value) * self._fee_rate(ticket.listing, now)
        execution = commissions.Execution(ticket.sign, ticket.quantity, price, paid)
        fee = commissions.of_order(it, [execution], self._books.volume(ticket.listing))
        holding, _ = book.holding.after(signed, price * book.unit, ZERO if book.fees_apart else fee)
        bought = [(it.symbol, signed)] if it.sec_type == "CASH" else []
        cash = [(it.currency, -value), (currency, -fee), *bought]
        before, after = self._statement(now), self._statement(now, (book, holding), cash)
        return MarginPreview(
            initial=_change(before.margin.initial, after.margin.initial),
            maintenance=_change(before.margin.maintenance, after.margin.maintenance),
            equity=_change(before.equity, after.equity),
            commission=fee,
            commission_currency=currency,
        )

    def listen(self, observer: Observer) -> None:
        """Tell `observer` the contract of every booking, once it is booked."""
        self._observers.append(observer)

    def ignore(self, observer: Observer) -> None:
        """Tell it no more."""
        self._observers.remove(observer)

    # -- what is read

    def positions(self, now: int) -> list[Position]:
        """What is held at `now`, in the order in which it was first held."""
        self._turn(now)
        return [self._position(each, now) for each in self._books if each.holding.quantity]

    def position(self, contract_id: int, now: int) -> Position | None:
        """The position in a contract, of quantity 0 once it is closed; None if it was never held."""
        self._turn(now)
        book = self._books.find(contract_id)
        return None if book is None else self._position(book, now)

    def statement(self, now: int) -> Statement:
        """The account's figures at `now`."""
        self._turn(now)
        return self._statement(now)

    def values(self, now: int) -> list[Value]:
        """Every line of the account window at `now`."""
        return values.window_lines(self.statement(now))

    def profit(self, now: int, contract_id: int | None = None) -> Profit:
        """The profit of the account, or of one contract, in the account's currency."""
        self._turn(now)
        wanted = [each for each in self._books if contract_id in (None, each.listing.instrument.contract_id)]
        parts = [self._profit(each, now) for each in wanted]
        return Profit(
            sum((each.daily for each in parts), ZERO),
            sum((each.unrealised for each in parts), ZERO),
            sum((each.realised for each in parts), ZERO),
        )

    def rate(self, currency: str, now: int) -> Decimal:
        """What a unit of `currency` is worth in the account's."""
        return self._marks.rate(currency, now)

    # -- how it is done

    def _open(self) -> None:
        """The opening holdings, as far as this market has their contracts."""
        self._books.bring(BASE, OPENING_CASH[BASE])
        stock, pair = self._find("AAPL", "STK", BASE), self._find("EUR", "CASH", BASE)
        if stock is not None:
            self._books.hold(stock, _SHARES)
        if pair is not None:
            euros = OPENING_CASH["EUR"]
            self._books.bring("EUR", euros)
            self._books.hold(pair, Holding(euros, euros * OPENING_RATES["EUR"]))

    def _find(self, symbol: str, sec_type: str, currency: str) -> Listing | None:
        for each in self._listings:
            it = each.instrument
            if (it.symbol, it.sec_type, it.currency) == (symbol, sec_type, currency):
                return each
        return None

    def _turn(self, now: int) -> None:
        """Begin a new day when midnight has passed, and the first one at the first question."""
        midnight = midnight_before(now)
        if self._previous_equity is None or midnight > self._books.midnight:
            self._previous_equity = self._statement(midnight).equity
            self._books.settle(midnight)

    def _fee_rate(self, listing: Listing, now: int) -> Decimal:
        """From the contract's currency to the commission's."""
        apart = listing.instrument.sec_type == "CASH"
        return self._marks.rate(listing.instrument.currency, now) if apart else Decimal(1)

    def _position(self, book: ContractBook, now: int, holding: Holding | None = None) -> Position:
        held = holding or book.holding
        price = self._marks.price(book.listing, now)
        if price is None:
            price = held.average / book.unit
        return Position(book.listing, held.quantity, held.cost, price, book.realised)

    def _statement(
        self,
        now: int,
        instead: tuple[ContractBook, Holding] | None = None,
        extra: Sequence[tuple[str, Decimal]] = (),
    ) -> Statement:
        """With `instead` and `extra` as if a contract were held so, and cash had changed so."""
        cash, realised = self._books.cash(), self._books.realised()
        for currency, amount in extra:
            cash[currency] += amount
        held = [
            self._position(each, now) for each in self._books if instead is None or each is not instead[0]
        ]
        if instead is not None:
            held.append(self._position(instead[0], now, instead[1]))
        balances = [
            balance(
                each,
                self._marks.rate(each, now),
                cash[each],
                [one for one in held if one.instrument.currency == each],
                realised[each],
            )
            for each in dict.fromkeys([*cash, *(one.instrument.currency for one in held)])
        ]
        return statement(self.account, balances, held, self._underlyings(held, now), self._previous_equity)

    def _underlyings(self, held: Sequence[Position], now: int) -> dict[int, Decimal | None]:
        """The prices of the stocks below the options sold."""
        found: dict[int, Decimal | None] = {}
        for each in held:
            it = each.instrument
            if it.sec_type == "OPT" and each.quantity < 0:
                stock = self._find(it.symbol, "STK", it.currency)
                found[it.contract_id] = None if stock is None else self._marks.price(stock, now)
        return found

    def _profit(self, book: ContractBook, now: int) -> Profit:
        position, currency = self._position(book, now), book.listing.instrument.currency
        rate, apart = self._marks.rate(currency, now), book.fees if book.fees_apart else ZERO
        before = self._position(book, self._books.midnight, book.opening)
        daily = position.value - before.value - book.spent
        return Profit(
            (daily * rate - apart).quantize(CENT),
            (position.unrealised * rate).quantize(CENT),
            (position.realised * rate - apart).quantize(CENT),
        )


def _change(before: Decimal, after: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    return before, after - before, after
