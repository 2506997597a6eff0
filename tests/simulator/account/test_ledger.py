from decimal import Decimal

import pytest

from market.clock import DrivenClock
from market.errors import BadRequest
from market.times import DAY, SECOND
from simulator.account import Ledger
from simulator.model.api import Listing
from tests.simulator.account.trades import AAPL, AMZN, EURO, FUTURE, RHM, fill, ledger, ticket
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel

D = Decimal


def cash(books: Ledger, currency: str, now: int = FRIDAY_NOON) -> Decimal:
    return next(each.cash for each in books.statement(now).balances if each.currency == currency)


def held(books: Ledger, listing: Listing, now: int = FRIDAY_NOON) -> tuple[Decimal, Decimal]:
    position = books.position(listing.instrument.contract_id, now)
    assert position is not None
    return position.quantity, position.average_cost


def test_the_account_opens_with_shares_dollars_and_euros() -> None:
    books = ledger()
    assert [(p.instrument.symbol, p.quantity) for p in books.positions(FRIDAY_NOON)] == [
        ("AAPL", D(100)),
        ("EUR", D(20_000)),
    ]
    assert (cash(books, "USD"), cash(books, "EUR")) == (D(1_000_000), D(20_000))


def test_a_purchase_costs_its_price_and_its_commission() -> None:
    books = ledger()
    commission = books.book(fill(AMZN, 100, 150))
    assert (commission.amount, commission.currency, commission.realised) == (D(1), "USD", None)
    assert held(books, AMZN) == (D(100), D("150.01"))
    assert cash(books, "USD") == 1_000_000 - 15_000 - 1


def test_a_sale_realises_the_difference_less_both_commissions() -> None:
    books = ledger()
    books.book(fill(AMZN, 100, 150))
    sold = books.book(fill(AMZN, -40, 151))
    assert sold.realised == 40 * (151 - D("150.01")) - sold.amount
    assert held(books, AMZN) == (D(60), D("150.01"))


def test_a_sale_beyond_the_position_turns_it_short_at_the_new_price() -> None:
    books = ledger()
    books.book(fill(AMZN, 100, 150))
    sold = books.book(fill(AMZN, -300, 151))
    quantity, average = held(books, AMZN)
    assert quantity == -200
    assert average == 151 - sold.amount / 300
    assert sold.realised == 100 * (151 - D("150.01")) - sold.amount / 3


def test_euros_bought_are_euros_had_and_dollars_spent() -> None:
    books = ledger()
    commission = books.book(fill(EURO, 10_000, "1.1"))
    assert (commission.amount, commission.currency) == (D(2), "USD")
    assert (cash(books, "EUR"), cash(books, "USD")) == (D(30_000), D(1_000_000 - 11_000 - 2))
    assert held(books, EURO) == (D(30_000), (21_600 + 11_000) / D(30_000))


def test_a_european_share_is_paid_in_euros() -> None:
    books = ledger()
    commission = books.book(fill(RHM, 10, 1600))
    assert (commission.amount, commission.currency) == (D(8), "EUR")
    assert cash(books, "EUR") == 20_000 - 16_000 - 8
    assert cash(books, "USD") == 1_000_000


def test_a_future_takes_no_cash_but_its_result() -> None:
    books = ledger()
    price = books.statement(FRIDAY_NOON).total.net
    books.book(fill(FUTURE, 2, 150))
    position = books.position(FUTURE.instrument.contract_id, FRIDAY_NOON)
    assert position is not None
    assert cash(books, "USD") == 1_000_000 + position.unrealised.quantize(D("0.01"))
    assert position.average_cost == 150 * 50 + D("2.25")
    assert books.statement(FRIDAY_NOON).net_liquidation == price + position.unrealised


def test_a_correction_replaces_what_it_corrects() -> None:
    books, straight = ledger(), ledger()
    books.book(fill(AMZN, 100, 150, exec_id="0001.a.01", perm_id=7))
    books.book(fill(AMZN, -50, 152))
    books.book(fill(AMZN, 100, 149, exec_id="0001.a.02", perm_id=7))
    straight.book(fill(AMZN, 100, 149))
    straight.book(fill(AMZN, -50, 152))
    assert books.values(FRIDAY_NOON) == straight.values(FRIDAY_NOON)
    assert books.positions(FRIDAY_NOON) == straight.positions(FRIDAY_NOON)


@pytest.mark.parametrize("exec_id", ["0001.a.01", "0001.a.03", "0001.b.02", "0001"])
def test_an_execution_out_of_turn_is_refused_and_changes_nothing(exec_id: str) -> None:
    books = ledger()
    books.book(fill(AMZN, 100, 150, exec_id="0001.a.01"))
    before = books.values(FRIDAY_NOON)
    with pytest.raises(BadRequest):
        books.book(fill(AMZN, 100, 149, exec_id=exec_id))
    assert books.values(FRIDAY_NOON) == before


def test_the_parts_of_an_order_pay_its_minimum_once() -> None:
    books = ledger()
    parts = [books.book(fill(AMZN, n, 150, perm_id=5)).amount for n in (10, 60, 130, 200)]
    assert parts == [1, 0, 0, 1]


def test_a_new_day_realises_from_zero_and_settles_the_old_one() -> None:
    clock = DrivenClock(FRIDAY_NOON)
    books = ledger(clock)
    books.book(fill(AMZN, 100, 150, exec_id="0001.a.01"))
    books.book(fill(AMZN, -100, 152))
    worth = books.statement(FRIDAY_NOON).balances[0].cash
    clock.advance(DAY)
    assert books.profit(clock.now(), AMZN.instrument.contract_id).realised == 0
    assert cash(books, "USD", clock.now()) == worth
    with pytest.raises(BadRequest):
        books.book(fill(AMZN, 100, 149, exec_id="0001.a.02"))


def test_the_days_profit_is_the_change_of_value_since_midnight() -> None:
    books = ledger()
    before = books.profit(FRIDAY_NOON)
    books.book(fill(AMZN, 100, 150))
    mark = books.positions(FRIDAY_NOON)[-1].price
    after = books.profit(FRIDAY_NOON)
    assert after.daily - before.daily == 100 * (mark - 150) - 1
    assert after.unrealised - before.unrealised == 100 * (mark - 150) - 1
    assert books.profit(FRIDAY_NOON, AMZN.instrument.contract_id).daily == 100 * (mark - 150) - 1


def test_an_observer_hears_of_every_booking_until_ignored() -> None:
    books, heard = ledger(), list[Listing]()
    books.listen(heard.append)
    books.book(fill(AMZN, 1, 150))
    books.ignore(heard.append)
    books.book(fill(AAPL, 1, 150))
    assert heard == [AMZN]


def test_a_preview_changes_nothing_and_says_what_would() -> None:
    books = ledger()
    before = books.values(FRIDAY_NOON)
    preview = books.preview(ticket(AMZN, 100), D(150))
    assert books.values(FRIDAY_NOON) == before
    books.book(fill(AMZN, 100, 150))
    after = books.statement(FRIDAY_NOON)
    assert preview.commission == 1
    assert preview.initial[2] == after.margin.initial == preview.initial[0] + preview.initial[1]
    assert preview.maintenance[2] == after.margin.maintenance
    assert preview.equity[2] == after.equity


def test_marks_are_those_of_the_moment_and_outlast_the_session() -> None:
    books, friday_night = ledger(), FRIDAY_NOON + 8 * 3_600 * SECOND
    sunday = friday_night + DAY
    last = FakeModel().trades(AAPL.instrument.contract_id, FRIDAY_NOON, sunday)[-1].price
    assert books.positions(sunday)[0].price == D(repr(last))
    assert books.positions(FRIDAY_NOON)[0].price != D(repr(last))
