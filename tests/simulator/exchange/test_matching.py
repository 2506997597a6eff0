"""The pure rules of matching and of triggers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.exchange.matching import Match, Touch, Want, exact, meet_quote, meet_trade
from simulator.exchange.triggers import reached, trailed
from simulator.model.api import QuoteTick, TradeTick
from tests.simulator.exchange.bench import ticket

CENT = Decimal("0.01")
prices = st.integers(1, 10_000).map(lambda cents: cents * CENT)
sizes = st.integers(1, 500).map(Decimal)
actions = st.sampled_from(["BUY", "SELL"])


def quote(bid: float = 10.0, ask: float = 10.1, bid_size: float = 5, ask_size: float = 7) -> QuoteTick:
    return QuoteTick(0, bid, ask, bid_size, ask_size)


@given(actions, sizes, st.none() | prices, st.booleans(), prices, prices, sizes)
def test_no_quote_gives_too_much_or_a_bad_price(
    action: str, wish: Decimal, limit: Decimal | None, rested: bool, bid: Decimal, ask: Decimal, size: Decimal
) -> None:
    want = Want(action, wish, limit, Decimal(1))  # type: ignore[arg-type]  # drawn from the two words
    touch = Touch().moved(quote(float(bid), float(ask), float(size), float(size)))
    match = meet_quote(want, touch, rested)
    if match is not None:
        assert 0 < match.quantity <= min(wish, size)
        assert limit is None or (match.price <= limit if action == "BUY" else match.price >= limit)
        assert match.price in (bid, ask, limit)


def test_what_is_taken_is_gone_until_its_side_changes() -> None:
    touch = Touch().moved(quote()).taken("BUY", Decimal(7))
    want = Want("BUY", Decimal(9), None, Decimal(1))
    assert meet_quote(want, touch, rested=False) is None
    assert meet_quote(want, touch.moved(quote(bid=9.9)), rested=False) is None
    again = meet_quote(want, touch.moved(quote(ask_size=8)), rested=False)
    assert again == Match(Decimal(8), exact(10.1), shown=True, rested=False)


def test_a_side_without_size_is_no_offer() -> None:
    touch = Touch().moved(quote(ask_size=0))
    assert meet_quote(Want("BUY", Decimal(9), None, Decimal(1)), touch, rested=False) is None


def test_whole_contracts_do_not_fill_in_fractions() -> None:
    touch = Touch().moved(quote(ask_size=3.7))
    for step, expected in ((Decimal(1), Decimal(3)), (Decimal("0.1"), Decimal("3.7"))):
        match = meet_quote(Want("BUY", Decimal(9), None, step), touch, rested=False)
        assert match is not None
        assert match.quantity == expected


@pytest.mark.parametrize(
    ("limit", "price", "last", "fills"),
    [("10", 10.0, True, True), ("10", 9.9, True, True), ("10", 10.1, True, False), ("10", 9.9, False, False)],
)
def test_a_print_fills_a_resting_order_at_its_limit(
    limit: str, price: float, last: bool, fills: bool
) -> None:
    want = Want("BUY", Decimal(9), Decimal(limit), Decimal(1))
    match = meet_trade(want, TradeTick(0, price, 4, last=last), Decimal(4))
    assert match == (Match(Decimal(4), Decimal(limit), shown=False, rested=True) if fills else None)


@pytest.mark.parametrize(
    ("kind", "action", "above"),
    [("STP", "BUY", True), ("STP", "SELL", False), ("MIT", "BUY", False), ("MIT", "SELL", True)],
)
def test_stops_and_touches_look_in_opposite_directions(kind: str, action: str, above: bool) -> None:
    order = ticket(kind=kind, action=action, stop="10")
    assert reached(order, Decimal(10), Decimal(11)) is above
    assert reached(order, Decimal(10), Decimal(9)) is not above
    assert reached(order, Decimal(10), Decimal(10))


@given(actions, st.lists(prices, min_size=1))
def test_a_trailing_stop_never_goes_back(action: str, path: list[Decimal]) -> None:
    order = ticket(kind="TRAIL", action=action, trail_percent="1.5")
    stop = None
    for price in path:
        moved = trailed(order, stop, price, CENT)
        assert stop is None or (moved <= stop if action == "BUY" else moved >= stop)
        assert moved % CENT == 0
        stop = moved
