"""What is refused, and with which code."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from simulator.exchange.rules import MAX_WORKING, check, min_tick
from simulator.refused import Refused
from tests.simulator.exchange.bench import Bench, FlatAccount, ticket
from tests.simulator.scripted_model import AAPL, ES, EURUSD, NOON, ScriptedModel

INDEX = msgspec.structs.replace(AAPL, instrument=msgspec.structs.replace(AAPL.instrument, sec_type="IND"))


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"quantity": "0"}, 434),
        ({"quantity": "-5"}, 434),
        ({"quantity": "1.5"}, 10243),
        ({"listing": INDEX}, 387),
        ({"kind": "LMT"}, 107),
        ({"kind": "LOC"}, 107),
        ({"kind": "STP"}, 107),
        ({"kind": "STP LMT", "limit": "99"}, 107),
        ({"kind": "STP LMT", "stop": "99"}, 107),
        ({"kind": "LIT", "stop": "99"}, 107),
        ({"kind": "TRAIL"}, 158),
        ({"kind": "TRAIL", "trail_percent": "100"}, 159),
        ({"kind": "TRAIL LIMIT", "stop": "1"}, 107),
        ({"kind": "TRAIL LIMIT", "stop": "1", "limit": "99"}, 107),
        ({"kind": "MOC", "tif": "GTC"}, 113),
        ({"kind": "STP", "stop": "99", "tif": "IOC"}, 111),
        ({"tif": "GTD"}, 343),
        ({"tif": "GTD", "good_till": NOON}, 343),
        ({"kind": "LMT", "limit": "99.005"}, 110),
        ({"kind": "STP", "stop": "99.005"}, 110),
        ({"kind": "TRAIL", "stop": "1", "trail_stop": "99.005"}, 110),
        ({"kind": "LMT", "limit": "6000.10", "listing": ES}, 110),
        ({"kind": "LMT", "limit": "1.10003", "listing": EURUSD}, 110),
    ],
    ids=str,
)
def test_an_impossible_order_is_refused(order: dict[str, Any], code: int) -> None:
    with pytest.raises(Refused) as refusal:
        check(ticket(**order), min_tick, NOON)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "order",
    [
        {"quantity": "0.5", "listing": EURUSD},
        {"kind": "LMT", "limit": "6000.25", "listing": ES},
        {"kind": "LMT", "limit": "1.10005", "listing": EURUSD},
        {"kind": "TRAIL", "stop": "0.005"},
        {"kind": "TRAIL LIMIT", "stop": "1", "limit": "99", "trail_stop": "99.50"},
        {"tif": "GTD", "good_till": NOON + 1},
    ],
    ids=str,
)
def test_a_possible_order_passes(order: dict[str, Any]) -> None:
    check(ticket(**order), min_tick, NOON)


def test_the_price_step_may_depend_on_the_price() -> None:
    def ladder(listing: object, price: Decimal) -> Decimal:
        return Decimal("0.0001") if price < 1 else Decimal("0.01")

    check(ticket(kind="LMT", limit="0.9999"), ladder, NOON)
    with pytest.raises(Refused):
        check(ticket(kind="LMT", limit="1.0001"), ladder, NOON)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"action": "SELL"}, 105),
        ({"listing": ES, "limit": "99"}, 105),
        ({"account": "DUSIM2"}, 105),
        ({"quantity": "40"}, 104),
        ({"parent_id": 7}, 10341),
    ],
    ids=str,
)
def test_a_change_of_what_cannot_change_is_refused(change: dict[str, Any], code: int) -> None:
    bench = Bench(ScriptedModel().quote(-60, 100, 100.02, 300, 40))
    bench.place(kind="LMT", limit="101")
    bench.until(1)
    with pytest.raises(Refused) as refusal:
        bench.place(**({"kind": "LMT", "limit": "101"} | change))
    assert refusal.value.code == code


def test_an_order_that_is_being_cancelled_cannot_be_changed() -> None:
    bench = Bench()
    bench.place(kind="LMT", limit="99")
    bench.exchange.cancel(1, 1)
    with pytest.raises(Refused) as refusal:
        bench.place(kind="LMT", limit="98")
    assert refusal.value.code == 134


def test_each_side_of_a_contract_takes_so_many_orders() -> None:
    bench = Bench()
    for number in range(1, MAX_WORKING + 1):
        bench.place(number, kind="LMT", limit="99")
    bench.place(50, action="SELL")
    bench.place(51, listing=ES)
    bench.until(1)
    bench.place(52, kind="LMT", limit="99")
    assert bench.until(2)[-3:] == ["52 Inactive", "52 error 201", "52 Inactive"]


def test_what_the_account_cannot_carry_becomes_inactive() -> None:
    bench = Bench(account=FlatAccount(needed=Decimal("5000.50"), equity=Decimal(4000)))
    placed = bench.place()
    assert bench.until(1) == ["1 Inactive", "1 error 201", "1 Inactive"]
    order = bench.exchange.order(*placed.key)
    assert order is not None
    assert order.reason.endswith("VALUE [4000.00 USD] MUST EXCEED THE INITIAL MARGIN [5000.50 USD]")


def test_children_of_a_rejected_parent_leave() -> None:
    bench = Bench(account=FlatAccount(needed=Decimal(5000), equity=Decimal(4000)))
    bench.place(1, transmit=False)
    bench.place(2, action="SELL", kind="LMT", limit="101", parent_id=1)
    bench.until(1)
    assert [(order.key, order.status) for order in bench.exchange.completed_orders] == [
        ((1, 1), "Inactive"),
        ((1, 2), "Cancelled"),
    ]


def test_a_change_that_the_account_cannot_carry_is_refused() -> None:
    account = FlatAccount()
    bench = Bench(account=account)
    bench.place(kind="LMT", limit="99")
    account.demand(Decimal(5000))
    with pytest.raises(Refused, match="YOUR ORDER IS NOT ACCEPTED"):
        bench.place(kind="LMT", limit="99", quantity="200")
