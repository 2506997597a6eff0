"""Orders worked by the exchange and booked by the ledger: nothing is lost between them."""

from collections import defaultdict
from contextlib import suppress
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from market.clock import DrivenClock
from market.times import SECOND
from simulator.account import Ledger
from simulator.account.position import CENT
from simulator.exchange import Exchange
from simulator.exchange.api import ZERO, Commission, Fill, Kind, Ticket
from simulator.model.api import Listing
from simulator.refused import Refused
from tests.simulator.account.trades import AMZN, EURO, FUTURE, RHM
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel

KINDS: tuple[Kind, ...] = ("MKT", "LMT", "STP", "MIT")
PRICES = {AMZN: "150", RHM: "150", FUTURE: "150", EURO: "1.1"}
Step = tuple[Listing, bool, int, Kind, int]
steps = st.lists(
    st.tuples(
        st.sampled_from(list(PRICES)),
        st.booleans(),
        st.integers(1, 400),
        st.sampled_from(KINDS),
        st.integers(-3, 3),
    ),
    min_size=1,
    max_size=8,
)


def _ticket(number: int, step: Step) -> Ticket:
    listing, buys, quantity, kind, away = step
    tick = Decimal(repr(listing.instrument.min_tick))
    price = Decimal(PRICES[listing]) + away * 20 * tick
    return Ticket(
        client_id=1,
        order_id=number,
        account="DU1",
        listing=listing,
        action="BUY" if buys else "SELL",
        quantity=Decimal(quantity) * (1000 if listing is EURO else 1),
        kind=kind,
        limit=price if kind == "LMT" else None,
        stop=price if kind in ("STP", "MIT") else None,
    )


def _trade(asked: list[Step]) -> tuple[Ledger, Exchange, int]:
    clock, model = DrivenClock(FRIDAY_NOON), FakeModel()
    books = Ledger(model, clock, "DU1")
    exchange = Exchange(model, clock, books)
    for number, step in enumerate(asked, 1):
        with suppress(Refused):  # too large for the margin, or off the tick
            exchange.place(_ticket(number, step))
        clock.advance(20 * SECOND)
    clock.advance(600 * SECOND)
    for fill, _ in list(exchange.fills)[::3]:
        exchange.correct(fill.exec_id, fill.price + Decimal(repr(fill.listing.instrument.min_tick)))
    return books, exchange, clock.now()


def _expected_cash(fills: list[tuple[Fill, Commission]]) -> dict[str, Decimal]:
    cash: dict[str, Decimal] = defaultdict(lambda: ZERO, {"USD": Decimal(1_000_000), "EUR": Decimal(20_000)})
    for fill, commission in fills:
        it = fill.listing.instrument
        cash[commission.currency] -= commission.amount
        if it.sec_type == "CASH":
            cash[it.symbol] += fill.signed
        if it.sec_type != "FUT":
            cash[it.currency] -= fill.signed * fill.price
    return cash


@settings(max_examples=30, deadline=None)
@given(steps)
def test_cash_positions_executions_and_commissions_add_up(asked: list[Step]) -> None:
    books, exchange, now = _trade(asked)
    expected, held = _expected_cash(list(exchange.fills)), defaultdict[str, Decimal](lambda: ZERO)
    for fill, _ in exchange.fills:
        held[fill.listing.instrument.local_symbol] += fill.signed
        if fill.listing is FUTURE:
            expected["USD"] -= fill.signed * fill.price * 50
    for position in books.positions(now):
        if position.listing is FUTURE:
            expected["USD"] += position.value
        if position.listing in (AMZN, RHM, FUTURE):
            assert position.quantity == held[position.instrument.local_symbol]
    for balance in books.statement(now).balances:
        assert abs(balance.cash - expected[balance.currency]) <= CENT


@settings(max_examples=20, deadline=None)
@given(steps)
def test_executions_add_up_to_what_orders_say_is_filled(asked: list[Step]) -> None:
    _, exchange, _ = _trade(asked)
    filled: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for fill, _ in exchange.fills:
        filled[fill.order.perm_id] += fill.quantity
    orders = [*exchange.open_orders, *exchange.completed_orders]
    assert {each.perm_id: each.filled for each in orders if each.filled} == filled


def test_the_streams_of_orders_do_fill() -> None:
    _, exchange, _ = _trade([(listing, True, 10, "MKT", 0) for listing in PRICES])
    assert {fill.listing.instrument.symbol for fill, _ in exchange.fills} == {"AMZN", "RHM", "ES", "EUR"}
