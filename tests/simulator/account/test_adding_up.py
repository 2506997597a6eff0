"""Whatever is traded, cash, positions and profit add up to the last digit."""

from collections import defaultdict
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.account.books import Books
from simulator.account.commissions import currency_of
from simulator.account.contract_book import Booking
from simulator.account.position import CENT
from simulator.exchange.api import ZERO, Fill
from simulator.model.api import Listing
from tests.simulator.account.trades import AAPL, AMZN, BITCOIN, EURO, FUTURE, RHM, fill, ledger, option
from tests.simulator.fake_model import FRIDAY_NOON

NOW = FRIDAY_NOON
CALL = option("C", 150.0)
PAID_IN_FULL = (AAPL, AMZN, RHM, FUTURE, CALL, BITCOIN)
EVERYTHING = (*PAID_IN_FULL, EURO)


@st.composite
def fills(draw: st.DrawFn, listings: tuple[Listing, ...]) -> list[Fill]:
    """Fills of a few orders in each contract, some of them corrected later."""
    made: list[Fill] = []
    for number in range(draw(st.integers(1, 12))):
        listing = draw(st.sampled_from(listings))
        size = draw(st.integers(1, 300)) * draw(st.sampled_from((-1, 1)))
        quantity = f"{size}000" if listing is EURO else f"{size}.125" if listing is BITCOIN else str(size)
        price = str(Decimal(draw(st.integers(100, 40_000))) / 100)
        order = 100 * (2 * (listing.instrument.contract_id % 1000) + (size > 0)) + draw(st.integers(1, 2))
        made.append(fill(listing, quantity, price, exec_id=f"a.{number}.01", perm_id=order))
        if draw(st.integers(0, 3)) == 0:
            wrong = draw(st.sampled_from(made))
            stem, _, version = wrong.exec_id.rpartition(".")
            if not any(each.exec_id == f"{stem}.{int(version) + 1:02d}" for each in made):
                made.append(_corrected(wrong, f"{stem}.{int(version) + 1:02d}"))
    return made


def _corrected(wrong: Fill, exec_id: str) -> Fill:
    signed = str(wrong.signed)
    price = str(wrong.price + Decimal("0.37"))
    return fill(wrong.listing, signed, price, exec_id=exec_id, perm_id=wrong.order.perm_id)


def latest(bookings: list[Booking]) -> list[Booking]:
    """The last version of every execution."""
    return list({each.fill.exec_id.rpartition(".")[0]: each for each in bookings}.values())


def booked(stream: list[Fill]) -> tuple[Books, list[Booking]]:
    books = Books(NOW)
    return books, [books.add(each, lambda: Decimal(1)) for each in stream]


@settings(max_examples=80, deadline=None)
@given(fills(EVERYTHING))
def test_cash_is_what_fills_and_commissions_left(stream: list[Fill]) -> None:
    books, bookings = booked(stream)
    expected: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for each in latest(bookings):
        it = each.fill.listing.instrument
        expected[it.currency] -= each.fill.signed * each.fill.price * Decimal(repr(it.multiplier))
        expected[currency_of(it)] -= each.fee
        if it.sec_type == "CASH":
            expected[it.symbol] += each.fill.signed
    assert books.cash() == expected


@settings(max_examples=80, deadline=None)
@given(fills(EVERYTHING))
def test_cash_cost_profit_and_commissions_add_up_to_nothing(stream: list[Fill]) -> None:
    books, _ = booked(stream)
    left = books.cash()
    for book in books:
        it = book.listing.instrument
        left[it.currency] += book.holding.cost
        if it.sec_type == "CASH":
            left[it.symbol] -= book.holding.quantity
    for currency, realised in books.realised().items():
        left[currency] -= realised
    assert set(left.values()) <= {ZERO}


@settings(max_examples=80, deadline=None)
@given(fills(EVERYTHING))
def test_positions_are_the_sums_of_their_fills(stream: list[Fill]) -> None:
    books, bookings = booked(stream)
    expected: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for each in latest(bookings):
        expected[each.fill.listing.instrument.contract_id] += each.fill.signed
    assert {b.listing.instrument.contract_id: b.holding.quantity for b in books} == expected


@settings(max_examples=60, deadline=None)
@given(fills((AMZN, FUTURE, CALL, BITCOIN)), st.randoms(use_true_random=False))
def test_the_order_of_purchases_does_not_matter(stream: list[Fill], random: Random) -> None:
    buys = [each for each in stream if each.signed > 0 and each.exec_id.endswith(".01")]
    mixed = list(buys)
    random.shuffle(mixed)
    (one, _), (other, _) = booked(buys), booked(mixed)
    assert one.cash() == other.cash()
    assert {b.listing: b.holding for b in one} == {b.listing: b.holding for b in other}


@settings(max_examples=60, deadline=None)
@given(fills((AMZN, CALL)))
def test_a_correction_that_comes_late_is_as_good_as_one_that_comes_at_once(stream: list[Fill]) -> None:
    last = {each.exec_id.rpartition(".")[0]: each for each in stream}
    early: list[Fill] = []
    for each in stream:
        stem, _, number = each.exec_id.rpartition(".")
        if number == "01":
            early += [f for f in stream if f.exec_id.startswith(f"{stem}.")]
    assert {each.exec_id for each in early} >= {each.exec_id for each in last.values()}
    (one, _), (other, _) = booked(stream), booked(early)
    assert one.cash() == other.cash()
    assert {b.listing: b.holding.quantity for b in one} == {b.listing: b.holding.quantity for b in other}


@settings(max_examples=40, deadline=None)
@given(fills(PAID_IN_FULL))
def test_profit_taken_and_not_taken_is_the_change_of_value(stream: list[Fill]) -> None:
    books = ledger()
    before = books.statement(NOW)
    for each in stream:
        books.book(each)
    after = {balance.currency: balance for balance in books.statement(NOW).balances}
    for then in before.balances:
        now = after[then.currency]
        profit = now.realised + now.unrealised - then.realised - then.unrealised
        assert abs(now.net - then.net - profit) <= 2 * CENT


@settings(max_examples=40, deadline=None)
@given(fills((EURO,)))
def test_profit_on_a_currency_is_the_change_of_all_cash(stream: list[Fill]) -> None:
    books = ledger()
    before, first = books.statement(NOW).net_liquidation, books.profit(NOW)
    for each in stream:
        books.book(each)
    profit = books.profit(NOW)
    gained = profit.realised + profit.unrealised - first.realised - first.unrealised
    assert abs(books.statement(NOW).net_liquidation - before - gained) <= 2 * CENT
    assert abs(profit.daily - first.daily - gained) <= 2 * CENT
