"""Orders from the ticket to the end, on a scripted market."""

import re
from decimal import Decimal

import pytest

from simulator.exchange import Commission, Fill, Order
from simulator.refused import Refused
from tests.simulator.exchange.bench import Bench, ticket
from tests.simulator.scripted_model import AAPL, EURUSD, ScriptedModel


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


def test_a_second_correction_replaces_the_first() -> None:
    bench = Bench(ScriptedModel().quote(-60, 100.00, 100.02, 300, 40).quote(5, 100.00, 100.04))
    bench.place()
    bench.until(6)
    first = bench.exchange.fills[0][0].exec_id
    bench.exchange.correct(first, Decimal("100.10"))
    bench.exchange.correct(first, Decimal("100.00"))
    corrected, other = (fill for fill, _ in bench.exchange.fills)
    assert corrected.exec_id.endswith(".03")
    assert corrected.order.average_price == (40 * Decimal(100) + 60 * Decimal("100.04")) / 100
    assert other.price == Decimal("100.04")


def test_a_correction_that_the_account_refuses_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.place()
    bench.until(1)
    old = bench.exchange.fills[0][0]

    def refuse(fill: Fill) -> Commission:
        raise Refused(201, "no")

    monkeypatch.setattr(bench.account, "book", refuse)
    with pytest.raises(Refused, match="no"):
        bench.exchange.correct(old.exec_id, Decimal("100.01"))
    order = bench.exchange.order(1, 1)
    assert order is not None
    assert order.average_price == old.price == bench.exchange.fills[0][0].price


def test_there_is_nothing_to_correct_in_an_unknown_execution() -> None:
    with pytest.raises(Refused, match=r"No such execution: 0000e0d5\.1\.01\.01"):
        Bench().exchange.correct("0000e0d5.1.01.01", Decimal(1))


def test_executions_and_orders_are_numbered() -> None:
    bench = Bench()
    orders = [bench.place(number, quantity="10") for number in (1, 2, 3)]
    bench.until(1)
    ids = [fill.exec_id for fill, _ in bench.exchange.fills]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"0000e0d5\.[0-9a-f]{8}\.01\.01", each) for each in ids)
    perms = [order.perm_id for order in orders]
    assert perms == sorted(set(perms))
    assert perms[-1] < 2**31


def test_a_global_cancel_ends_every_order() -> None:
    bench = Bench()
    bench.place(1, kind="LMT", limit="99")
    bench.place(2, kind="STP", stop="101", client_id=2)
    bench.place(3, transmit=False)
    bench.until(1)
    bench.exchange.cancel_all()
    bench.until(2)
    assert not bench.exchange.open_orders
    assert {order.status for order in bench.exchange.completed_orders} == {"Cancelled"}
    assert {order.reason for order in bench.exchange.completed_orders} == {"Cancelled by Trader"}


def test_an_order_may_fill_while_it_is_being_cancelled() -> None:
    bench = Bench(ScriptedModel().quote(-60, 100.00, 100.02).quote(1.01, 98.00, 98.02))
    bench.place(kind="LMT", limit="99")
    bench.until(1)
    bench.exchange.cancel(1, 1)
    assert bench.until(2)[2:] == ["1 PendingCancel", "1 Filled 100@99"]


def test_who_listens_no_more_is_told_no_more() -> None:
    bench = Bench()
    bench.exchange.ignore(bench.teller)
    bench.place()
    assert bench.until(1) == []


def test_orders_work_without_anybody_listening_and_are_booked() -> None:
    bench = Bench()
    bench.exchange.ignore(bench.teller)
    bench.place()
    bench.until(1)
    (fill,) = bench.account.booked
    assert fill.signed == 100
    assert fill.venue == "NASDAQ"


def test_what_rested_added_and_what_took_took() -> None:
    bench = Bench(ScriptedModel().quote(-60, 100.00, 100.02).quote(5, 98.00, 98.02))
    bench.place(1)
    bench.place(2, kind="LMT", limit="99")
    bench.until(6)
    assert [fill.liquidity for fill, _ in bench.exchange.fills] == [2, 1]


@pytest.mark.parametrize(("action", "stop"), [("BUY", "1.10060"), ("SELL", "1.09940")])
def test_a_stop_in_forex_goes_by_the_quote(action: str, stop: str) -> None:
    model = ScriptedModel().quote(-60, 1.1, 1.1001, 1e6, 1e6, EURUSD)
    model.quote(5, 1.1005, 1.1006, 1e6, 1e6, EURUSD).quote(6, 1.0994, 1.0995, 1e6, 1e6, EURUSD)
    bench = Bench(model)
    bench.place(listing=EURUSD, action=action, kind="STP", stop=stop, quantity="20000.5")
    bench.until(7)
    ((fill, _),) = bench.exchange.fills
    assert (fill.price, fill.quantity, fill.venue) == (Decimal(stop), Decimal("20000.5"), "IDEALPRO")


def test_a_limit_in_forex_far_from_the_market_lies_inactive() -> None:
    bench = Bench(ScriptedModel().quote(-60, 1.1, 1.1001, 1e6, 1e6, EURUSD))
    bench.place(1, listing=EURUSD, kind="LMT", limit="0.9")
    bench.place(2, listing=EURUSD, kind="LMT", limit="1.05")
    assert bench.until(1)[2:] == ["1 Inactive", "2 Submitted"]


def test_an_order_for_the_close_in_forex_takes_the_last_quote() -> None:
    bench = Bench(ScriptedModel().quote(14000, 1.1, 1.1001, 1e6, 1e6, EURUSD))
    bench.place(listing=EURUSD, kind="MOC", quantity="20000")
    assert bench.until(14401)[-1] == "1 Filled 20000@1.1001"


def test_a_trailing_stop_is_seen_where_it_stands() -> None:
    bench = Bench(ScriptedModel().quote(-60, 100.00, 100.02).trade(-1, 100).trade(5, 103).trade(6, 102.5))
    bench.place(kind="TRAIL", stop="1", action="SELL")
    bench.until(1)
    assert bench.exchange.open_orders[0].stop == 99
    bench.until(7)
    assert bench.exchange.open_orders[0].stop == 102


def test_what_if_places_nothing() -> None:
    bench = Bench()
    order, _ = bench.exchange.preview(ticket())
    assert order.status == "PreSubmitted"
    assert bench.until(1) == []
    assert bench.exchange.order(1, 1) is None
