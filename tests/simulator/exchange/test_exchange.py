"""Orders from the ticket to the end, on a scripted market."""

from decimal import Decimal

import pytest

from simulator.exchange import Order
from simulator.refused import Refused
from tests.simulator.exchange.bench import Bench, ticket
from tests.simulator.scripted_model import AAPL, ScriptedModel


def test_a_market_order_takes_the_offer() -> None:
    bench = Bench()
    placed = bench.place()
    assert placed.status == "PreSubmitted"
    assert bench.until(1) == ["1 PreSubmitted", "1 Filled 100@100.02"]


def test_nothing_is_told_before_place_returns() -> None:
    bench = Bench()
    bench.place()
    assert bench.told == []


def test_a_limit_order_rests_and_fills_at_its_limit() -> None:
    bench = Bench(ScriptedModel().quote(-60, 100.00, 100.02).quote(5, 99.90, 99.92))
    bench.place(kind="LMT", limit="99.95")
    assert bench.until(4) == ["1 PreSubmitted", "1 Submitted"]
    assert bench.until(6)[2:] == ["1 Filled 100@99.95"]


def test_a_marketable_limit_order_gets_the_better_price() -> None:
    bench = Bench()
    bench.place(kind="LMT", limit="101")
    assert bench.until(1) == ["1 PreSubmitted", "1 Submitted", "1 Filled 100@100.02"]


def test_a_print_through_the_limit_fills_a_resting_order() -> None:
    bench = Bench(ScriptedModel().quote(-60, 100.00, 100.02).trade(5, 100.00, 60).trade(6, 99.99, 60))
    bench.place(kind="LMT", limit="100")
    assert bench.until(7)[2:] == ["1 Submitted 60@100", "1 Filled 40@100"]


def test_an_order_takes_what_is_displayed_and_waits_for_the_next_quote() -> None:
    bench = Bench(ScriptedModel().quote(-60, 100.00, 100.02, 300, 70).quote(5, 100.00, 100.03, 300, 70))
    bench.place()
    assert bench.until(9) == ["1 PreSubmitted", "1 Submitted 70@100.02", "1 Filled 30@100.03"]


def test_what_one_order_took_is_gone_for_the_next() -> None:
    bench = Bench(ScriptedModel().quote(-60, 100.00, 100.02, 300, 150).quote(5, 100.00, 100.04, 300, 150))
    bench.place(1)
    bench.until(1)
    bench.place(2)
    assert bench.until(2)[2:] == ["2 PreSubmitted", "2 Submitted 50@100.02"]
    assert bench.until(6)[4:] == ["2 Filled 50@100.04"]


def test_a_stop_waits_for_the_last_trade_and_not_for_the_quote() -> None:
    model = ScriptedModel().quote(-60, 100.00, 100.02).quote(3, 100.50, 100.52).trade(5, 100.40)
    bench = Bench(model)
    bench.place(kind="STP", stop="100.40")
    assert bench.until(4) == ["1 PreSubmitted", "1 PreSubmitted"]
    assert bench.until(6)[2:] == ["1 Submitted", "1 Filled 100@100.52"]


def test_a_cancelled_order_says_so_in_three_steps() -> None:
    bench = Bench()
    bench.place(kind="LMT", limit="99")
    bench.until(1)
    bench.exchange.cancel(1, 1)
    assert bench.until(2)[2:] == ["1 PendingCancel", "1 Cancelled", "1 error 202"]
    assert not bench.exchange.open_orders


@pytest.mark.parametrize(("wait", "code"), [(0.0, 161), (0.01, 10148), (1.0, 10148)])
def test_a_second_cancel_is_refused(wait: float, code: int) -> None:
    bench = Bench()
    bench.place(kind="LMT", limit="99")
    bench.until(1)
    bench.exchange.cancel(1, 1)
    bench.until(1 + wait)
    with pytest.raises(Refused) as refusal:
        bench.exchange.cancel(1, 1)
    assert refusal.value.code == code


def test_an_unknown_order_cannot_be_cancelled() -> None:
    with pytest.raises(Refused, match="OrderId 9 that needs to be cancelled is not found"):
        Bench().exchange.cancel(1, 9)


def test_a_halted_contract_does_not_trade() -> None:
    bench = Bench(ScriptedModel().quote(-60, 100.00, 100.02).quote(5, 100.00, 100.02, 200))
    bench.halted.add(AAPL.instrument.contract_id)
    bench.place()
    assert bench.until(1) == ["1 PreSubmitted", "1 Submitted"]
    bench.halted.clear()
    assert bench.until(6)[2:] == ["1 Filled 100@100.02"]


def test_a_changed_order_is_echoed_and_works_at_its_new_price() -> None:
    bench = Bench()
    bench.place(kind="LMT", limit="99")
    bench.until(1)
    changed: Order = bench.place(kind="LMT", limit="100.02")
    assert changed.ticket.limit == Decimal("100.02")
    assert bench.until(2)[2:] == ["1 Submitted", "1 Filled 100@100.02"]


def test_a_change_after_the_fill_is_ignored() -> None:
    bench = Bench()
    bench.place()
    told = list(bench.until(1))
    assert bench.place(kind="LMT", limit="99").status == "Filled"
    assert bench.until(2) == told


def test_the_number_of_a_cancelled_order_is_taken() -> None:
    bench = Bench()
    bench.place(kind="LMT", limit="99")
    bench.exchange.cancel(1, 1)
    bench.until(1)
    with pytest.raises(Refused) as refusal:
        bench.place()
    assert refusal.value.code == 103


def test_an_order_that_is_not_transmitted_is_told_to_nobody() -> None:
    bench = Bench()
    bench.place(transmit=False)
    assert bench.until(1) == []
    bench.place()
    assert bench.until(2) == ["1 PreSubmitted", "1 Filled 100@100.02"]


def test_a_bracket_goes_out_with_its_last_child_and_one_exit_cancels_the_other() -> None:
    model = ScriptedModel().quote(-60, 100.00, 100.02).quote(5, 101.00, 101.02)
    bench = Bench(model)
    bench.place(1, transmit=False)
    bench.place(2, action="SELL", kind="LMT", limit="101", parent_id=1, transmit=False)
    bench.place(3, action="SELL", kind="STP", stop="99", parent_id=1)
    assert bench.until(4)[:4] == ["1 PreSubmitted", "2 PreSubmitted", "3 PreSubmitted", "1 Filled 100@100.02"]
    assert bench.until(6)[4:] == [
        "2 Submitted",
        "3 PreSubmitted",
        "2 Filled 100@101",
        "3 PendingCancel",
        "3 Cancelled",
        "3 error 202",
    ]


def test_a_correction_has_the_same_number_but_for_its_end() -> None:
    bench = Bench()
    bench.place()
    bench.until(1)
    old = bench.exchange.fills[0][0]
    bench.exchange.correct(old.exec_id, Decimal("100.01"))
    ((new, _),) = bench.exchange.fills
    assert (old.exec_id[-2:], new.exec_id[-2:]) == ("01", "02")
    assert new.exec_id[:-2] == old.exec_id[:-2]
    assert new.order.average_price == Decimal("100.01") == bench.account.booked[-1].price


def test_what_if_places_nothing() -> None:
    bench = Bench()
    order, _ = bench.exchange.preview(ticket())
    assert order.status == "PreSubmitted"
    assert bench.until(1) == []
    assert bench.exchange.order(1, 1) is None
