"""Orders that IB would not take: one error, and nothing else."""

import pytest

from tests.simulator.gateway.order_scenario import Scene, order_fields

BF = "Error validating request.-'bF' : cause - "
BN = "Error validating request.-'bN' : cause - "
LATER = " is not simulated by this gateway."

REFUSED = [
    ("1 BUY 100 FOO", 321, BF + "Invalid order type was entered"),
    ("1 BUY 100 REL", 321, BN + "Order type REL" + LATER),
    ("1 BUY 100 MKT tif=WEEK", 321, BF + "Invalid time in force was entered"),
    ("1 BUY 100 MKT tif=OPG", 321, BN + "Time in force OPG" + LATER),
    ("1 HOLD 100 MKT", 321, BF + "Invalid side was entered"),
    ("1 SSHORT 100 MKT", 321, BN + "Action SSHORT" + LATER),
    ("1 BUY 100 MKT exchange=", 321, BN + "Missing order exchange."),
    ("1 BUY 100 MKT account=DU1", 321, BN + "Invalid account code 'DU1'."),
    ("1 BUY 100 MKT algo_strategy=Adaptive", 321, BN + "An IB algorithm" + LATER),
    ("1 BUY 100 MKT all_or_none=1", 321, BN + "All-or-none" + LATER),
    ("1 BUY 100 LMT Infinity", 321, BF + "Invalid limit was entered"),
    ("1 BUY 100 MKT contract_id=999", 200, "No security definition has been found for the request"),
    ("1 BUY 100 LMT 149 tif=GTD good_till=soon", 343, "The date, time, or time-zone entered is invalid."),
    ("1 BUY 100 LMT 149 tif=GTD good_till=20200101-00:00:00", 343, "The date, time, or time-zone"),
    ("1 BUY 100 LMT 150.123", 110, "The price does not conform to the minimum price variation"),
    ("1 BUY 0 MKT", 434, "The order size cannot be zero."),
    ("1 BUY 0.5 MKT", 10243, "Fractional-sized order cannot be placed via API."),
    ("1 BUY 100 LMT", 107, "Cannot transmit incomplete order."),
    ("1 BUY 100 TRAIL", 158, "You must specify an offset amount or a percent offset value."),
    ("1 BUY 100 MOC tif=GTC", 113, "The Tif option should be set to DAY for MOC and LOC orders."),
    ("1 BUY 100 STP stop=151 tif=IOC", 111, "The TIF (Tif type) and the order type are incompatible."),
    ("1 SELL 100 LMT 150.50 parent_id=9", 135, "Can't find order with id =9"),
]


@pytest.mark.parametrize(("order", "code", "text"), REFUSED, ids=[row[0] for row in REFUSED])
def test_it_is_refused_with_one_error(order: str, code: int, text: str) -> None:
    scene = Scene()
    scene.play("0.5 trade 150.00")
    ((kind, order_id, found, said, _, _),) = scene.client.ask(*order_fields(order))
    assert (kind, order_id, int(found)) == ("4", "1", code)
    assert said.startswith(text)
    assert scene.client.wait(10) == []


def test_a_refused_order_leaves_no_trace() -> None:
    scene = Scene()
    assert scene.play("1 place 1 BUY 100 FOO; 2 open; 3 all; 4 cancel 1") == "E321 E10147"


def test_what_the_account_cannot_carry_is_rejected_and_its_id_used_up() -> None:
    scene = Scene()
    steps = "0.5 trade 150.00; 1 place 1 BUY 1000000 MKT; 8 cancel 1; 9 place 1 BUY 10 MKT"
    assert scene.play(steps) == "O.Ina S.Ina E201 O.Ina S.Ina E10148 E103"


def test_an_order_that_ends_too_early_is_refused_and_the_next_one_taken() -> None:
    scene = Scene()
    assert scene.client.ask(3, 1, "AAPL")[0][2] == "320"
    assert scene.play("1 place 1 BUY 100 MKT").startswith("O.Pre S.Pre O.Fil")
