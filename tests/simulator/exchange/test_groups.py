"""Brackets, one-cancels-all groups, and orders that are held back."""

from decimal import Decimal

import pytest

from simulator.refused import Refused
from tests.simulator.exchange.bench import Bench
from tests.simulator.scripted_model import ScriptedModel

ENDED = ["{} PendingCancel", "{} Cancelled", "{} error 202"]


def quotes(*later: tuple[float, float, float, float, float]) -> ScriptedModel:
    model = ScriptedModel().quote(-60, 100.00, 100.02)
    for each in later:
        model.quote(*each)
    return model


def bracket(bench: Bench, **entry: object) -> None:
    bench.place(1, transmit=False, **entry)
    bench.place(2, action="SELL", kind="LMT", limit="101", parent_id=1, transmit=False)
    bench.place(3, action="SELL", kind="STP", stop="99", parent_id=1)


def ended(number: int) -> list[str]:
    return [line.format(number) for line in ENDED]


def test_children_wait_for_their_parent() -> None:
    bench = Bench(quotes((5, 102, 102.02, 300, 300)))
    bracket(bench, kind="LMT", limit="98")
    assert bench.until(9) == ["1 PreSubmitted", "2 PreSubmitted", "3 PreSubmitted", "1 Submitted"]


def test_a_parent_that_is_cancelled_takes_its_children_along() -> None:
    bench = Bench()
    bracket(bench, kind="LMT", limit="98")
    bench.until(1)
    bench.exchange.cancel(1, 1)
    told = bench.until(2)[4:]
    assert told[:2] == ["1 PendingCancel", "1 Cancelled"]
    assert [line for line in told if line[0] == "2"] == ended(2)
    assert [line for line in told if line[0] == "3"] == ended(3)


def test_children_trade_no_more_than_their_parent_has() -> None:
    bench = Bench(
        quotes((0.5, 100, 100.02, 300, 40), (5, 101, 101.02, 300, 300), (6, 100, 100.02, 300, 299))
        .quote(7, 101, 101.02)
        .trade(8, 101.5, 500)
    )
    bench.until(0.6)
    bracket(bench, kind="LMT", limit="100.02")
    told = [line for line in bench.until(9) if "@" in line]
    assert told == ["1 Submitted 40@100.02", "2 Submitted 40@101", "1 Filled 60@100.02", "2 Filled 60@101"]


def test_a_child_that_fills_in_part_reduces_the_other() -> None:
    bench = Bench(quotes((5, 101, 101.02, 30, 300)))
    bracket(bench)
    bench.until(9)
    first, second = bench.exchange.open_orders
    assert (first.filled, first.remaining) == (Decimal(30), Decimal(70))
    assert second.ticket.quantity == second.remaining == 70


def test_a_parent_cancelled_in_part_leaves_children_for_what_it_has() -> None:
    bench = Bench(quotes((0.5, 100, 100.02, 300, 40)))
    bench.until(0.6)
    bracket(bench, kind="LMT", limit="100.02")
    bench.until(1)
    bench.exchange.cancel(1, 1)
    bench.until(2)
    assert [order.remaining for order in bench.exchange.open_orders] == [Decimal(40), Decimal(40)]


def test_children_that_traded_all_that_a_cancelled_parent_has_are_done() -> None:
    bench = Bench(quotes((0.5, 100, 100.02, 300, 40), (1, 101, 101.02, 300, 300)))
    bench.until(0.6)
    bracket(bench, kind="LMT", limit="100.02")
    bench.until(2)
    bench.exchange.cancel(1, 1)
    bench.until(3)
    assert not bench.exchange.open_orders
    assert [f"{each.filled}" for each in bench.exchange.completed_orders] == ["40", "40", "0"]


def test_an_unknown_parent_is_refused() -> None:
    with pytest.raises(Refused, match="Can't find order with id =7"):
        Bench().place(parent_id=7)


@pytest.mark.parametrize("entry", [{"kind": "LMT", "limit": "98"}, {}], ids=["cancelled", "filled"])
def test_a_child_comes_too_late_for_a_parent_that_is_done(entry: dict[str, str]) -> None:
    bench = Bench()
    bench.place(1, **entry)
    bench.until(0.5)
    if entry:
        bench.exchange.cancel(1, 1)
    bench.until(1)
    bench.place(2, parent_id=1, action="SELL")
    assert bench.until(2)[-3:] == ["2 Inactive", "2 error 201", "2 Inactive"]
    child = bench.exchange.order(1, 2)
    assert child is not None
    assert child.reason == "Order rejected - reason:Parent order is being cancelled."


def test_a_child_may_change_after_its_parent_filled() -> None:
    bench = Bench(quotes((5, 100.5, 100.52, 300, 300)))
    bracket(bench)
    bench.until(1)
    bench.place(2, action="SELL", kind="LMT", limit="100.5", parent_id=1)
    assert "2 Filled 100@100.5" in bench.until(9)


@pytest.mark.parametrize("oca_type", [1, 2, 3])
def test_one_fills_and_the_others_of_its_group_leave(oca_type: int) -> None:
    bench = Bench(quotes((5, 98, 98.02, 300, 300)))
    bench.place(1, kind="LMT", limit="98.5", oca_group="g", oca_type=oca_type)
    bench.place(2, kind="LMT", limit="98.2", oca_group="g", oca_type=oca_type)
    bench.place(3, kind="LMT", limit="98.2", oca_group="other", oca_type=oca_type)
    told = bench.until(9)[6:]
    assert told == ["1 Filled 100@98.5", "2 PendingCancel", "3 Filled 100@98.2", *ended(2)[1:]]


@pytest.mark.parametrize(("oca_type", "left"), [(1, []), (2, [50]), (3, [50])])
def test_a_part_cancels_or_reduces_by_the_type_of_the_group(oca_type: int, left: list[int]) -> None:
    bench = Bench(quotes((5, 98.3, 98.4, 300, 50)))
    bench.place(1, kind="LMT", limit="98.5", oca_group="g", oca_type=oca_type)
    bench.place(2, kind="LMT", limit="98.2", oca_group="g", oca_type=oca_type)
    bench.until(9)
    others = [order for order in bench.exchange.open_orders if order.ticket.order_id == 2]
    assert [order.remaining for order in others] == left


def test_who_cancels_one_of_a_group_cancels_them_all() -> None:
    bench = Bench()
    bench.place(1, kind="LMT", limit="98", oca_group="g", oca_type=1)
    bench.place(2, kind="LMT", limit="97", oca_group="g", oca_type=1)
    bench.until(1)
    bench.exchange.cancel(1, 1)
    assert bench.until(2)[4:] == ["1 PendingCancel", "2 PendingCancel", *ended(1)[1:], *ended(2)[1:]]


def test_a_held_order_can_be_withdrawn() -> None:
    bench = Bench()
    bench.place(transmit=False)
    bench.exchange.cancel(1, 1)
    assert bench.until(1) == ["1 Cancelled", "1 error 202"]


def test_a_change_that_is_held_back_changes_nothing() -> None:
    bench = Bench()
    bench.place(kind="LMT", limit="98")
    told = list(bench.until(1))
    bench.place(kind="LMT", limit="101", transmit=False)
    assert bench.until(2) == told
    assert bench.exchange.open_orders[0].ticket.limit == 98


def test_held_orders_are_nobodys_open_orders() -> None:
    bench = Bench()
    bench.place(transmit=False)
    assert not bench.exchange.open_orders
    assert bench.exchange.order(1, 1) is not None
