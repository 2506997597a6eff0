from decimal import Decimal

import pytest

from simulator.account import Ledger, Position
from simulator.account.margin import of_position
from simulator.model.api import Listing
from tests.simulator.account.trades import AMZN, BITCOIN, EURO, FUTURE, fill, ledger, option
from tests.simulator.fake_model import FRIDAY_NOON

D = Decimal


@pytest.mark.parametrize(
    ("listing", "quantity", "price", "initial", "maintenance"),
    [
        (AMZN, 100, "150", "7500", "3750"),
        (AMZN, -100, "150", "7500", "4500"),
        (FUTURE, -2, "6900", "48000", "43600"),
        (BITCOIN, 1, "90000", "90000", "90000"),
        (EURO, 10_000, "1.1", "0", "0"),
        (option("C", 150.0), 3, "5", "0", "0"),
        # Out of the money by 10: 5 and 20 % of 140 less 10; by 60: 1 and 10 % of 140.
        (option("C", 150.0), -1, "5", "2300", "2300"),
        (option("C", 200.0), -1, "1", "1500", "1500"),
        (option("P", 150.0), -1, "12", "4000", "4000"),
        (option("P", 50.0), -2, "1", "1200", "1200"),
    ],
)
def test_a_position_asks_for_its_margin(
    listing: Listing, quantity: int, price: str, initial: str, maintenance: str
) -> None:
    held = Position(listing, D(quantity), D(0), D(price), D(0))
    asked = of_position(held, D(140))
    assert (asked.initial, asked.maintenance) == (D(initial), D(maintenance))


def asked(books: Ledger) -> Decimal:
    return books.statement(FRIDAY_NOON).margin.initial


def test_a_foreign_balance_asks_for_a_share_of_it_owned_or_owed() -> None:
    books = ledger()
    rate, before = books.rate("EUR", FRIDAY_NOON), asked(books)
    books.book(fill(EURO, -60_000, "1.1"))
    assert abs(asked(books) - before - D("0.025") * 20_000 * rate) <= D("0.01")


def test_a_call_sold_is_measured_by_the_stock_below_it() -> None:
    books = ledger()
    stock = books.positions(FRIDAY_NOON)[0].price
    sold = fill(option("C", 150.0), -1, 5)
    preview = books.preview(sold.order.ticket, D(5))
    books.book(sold)
    premium = books.positions(FRIDAY_NOON)[-1].price
    uncovered = max(D("0.2") * stock - max(150 - stock, D(0)), D("0.1") * stock)
    assert preview.initial[1] == 100 * (premium + uncovered)
