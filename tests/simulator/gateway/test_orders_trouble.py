"""Orders when the gateway misbehaves, and corrections, which are no misbehaviour."""

from decimal import Decimal

import pytest

from simulator.gateway.trouble import Trouble
from tests.simulator.gateway.order_scenario import Scene, decoded, words

ODD = "O.Fil S.Fil X.100@150.02 O.Fil S.Fil C"


def troubled(**trouble: int | bool) -> Scene:
    scene = Scene()
    for name, value in trouble.items():
        assert hasattr(Trouble(), name)
        setattr(scene.client.services.trouble, name, value)
    return scene


def test_a_swallowed_order_vanishes_without_a_trace() -> None:
    scene = troubled(swallow_orders=1)
    assert scene.play("1 place 1 BUY 100 MKT; 5 all; 6 cancel 1") == "E10147"
    assert scene.play("30 place 2 BUY 100 MKT").startswith("2O.Pre")


def test_a_lost_acknowledgement_leaves_an_order_that_works() -> None:
    scene = troubled(lose_acknowledgements=1)
    assert scene.play("1 place 1 BUY 100 LMT 149.00") == ""
    assert scene.play("20 all") == "O.Sub S.Sub"
    assert scene.play("90 trade 148.00").startswith("O.Fil S.Fil X.100@149")


def test_without_its_acknowledgement_a_cancel_is_still_told() -> None:
    scene = troubled(lose_acknowledgements=1)
    assert scene.play("1 place 1 BUY 100 LMT 149.00; 3 cancel 1") == "S.Pen S.Can E202"
    assert scene.play("20 place 2 BUY 100 LMT 149.00").startswith("2O.Pre 2S.Pre")


@pytest.mark.parametrize(
    ("trouble", "fill"),
    [
        ({"duplicate_fills": True}, " ".join(f"{each} {each}" for each in ODD.split())),
        ({"reorder_fills": True}, " ".join(reversed(ODD.split()))),
    ],
    ids=["twice", "backwards"],
)
def test_the_messages_of_a_fill_can_come(trouble: dict[str, bool], fill: str) -> None:
    assert troubled(**trouble).play("1 place 1 BUY 100 MKT") == f"O.Pre S.Pre {fill}"


def test_a_corrected_execution_comes_again_with_the_next_number() -> None:
    scene = Scene()
    scene.play("1 place 1 BUY 100 MKT")
    ((fill, _),) = scene.client.services.exchange.fills
    scene.client.services.exchange.correct(fill.exec_id, Decimal("150.01"))
    again, report = scene.client.take()
    root = fill.exec_id.rpartition(".")[0]
    assert (decoded(again)["execution_id"], decoded(report)["execution_id"]) == (f"{root}.02",) * 2
    assert decoded(again)["average_price"] == Decimal("150.01")
    assert words(scene.client.ask(7, 3, 9, *[""] * 8, 0)) == "X.100@150.01 C"
