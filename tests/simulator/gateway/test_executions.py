"""What is served of the past: executions and completed orders."""

import pytest

from market.times import DAY, SECOND, parse
from simulator.gateway.executions import midnight
from simulator.wire.fields import FieldReader
from simulator.wire.layout import Values, read_parts
from simulator.wire.order_layouts import COMPLETED_ORDER
from tests.simulator.gateway.order_scenario import Scene, decoded, words
from tests.simulator.gateway.raw_client import Fields, RawClient

BOUGHT, SOLD = "X.100@150.02 C", "2X.50@149.98 C"


@pytest.fixture
def traded() -> Scene:
    """One purchase at 12:00:01, one sale at 12:00:03."""
    scene = Scene()
    scene.play("1 place 1 BUY 100 MKT order_ref=mine; 3 place 2 SELL 50 MKT")
    return scene


def asked(client: RawClient, *wanted: object) -> list[Fields]:
    """Client, account, time, symbol, type, exchange, side; then the days and the dates."""
    return client.ask(7, 3, 9, *wanted, *("", "", "", "", "", "", "", "", 0)[len(wanted) :])


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        ((), f"{BOUGHT} {SOLD}"),
        ((1,), f"{BOUGHT} {SOLD}"),
        ((2,), ""),
        (("", "DUSIMC7"), f"{BOUGHT} {SOLD}"),
        (("", "DU1"), ""),
        (("", "", "20260109-17:00:02"), SOLD),
        (("", "", "20260109 12:00:02"), SOLD),
        (("", "", "20260109 12:00:02 US/Eastern"), SOLD),
        (("", "", "", "AAPL", "STK", "NASDAQ", "BUY"), BOUGHT),
        (("", "", "", "", "", "", "SLD"), SOLD),
        (("", "", "", "AMZN"), ""),
        (("", "", "", "", "FUT"), ""),
        (("", "", "", "", "", "ARCA"), ""),
        (("", "", "", "", "", "", "", "", 1, "20260109"), f"{BOUGHT} {SOLD}"),
        (("", "", "", "", "", "", "", "", 1, "20260108"), ""),
    ],
)
def test_executions_are_filtered(traded: Scene, wanted: tuple[object, ...], seen: str) -> None:
    answer = asked(traded.client, *wanted)
    assert words(answer) == seen
    assert answer[-1] == ["55", "1", "9"]
    assert all(fields[1] == "9" for fields in answer if fields[0] == "11")


def test_a_filter_with_a_senseless_time_is_refused(traded: Scene) -> None:
    assert asked(traded.client, "", "", "noon")[0][2:4] == [
        "321", "Error validating request.-'bN' : cause - Invalid time of executions: noon"
    ]  # fmt: skip


def test_they_are_served_since_midnight_where_the_gateway_stands(traded: Scene) -> None:
    client = traded.client
    client.clock.advance_to(parse("2026-01-10T04:59"))
    assert words(asked(client)) == f"{BOUGHT} {SOLD}"
    client.clock.advance_to(parse("2026-01-10T05:01"))
    assert words(asked(client)) == ""
    assert words(asked(client, "", "", "", "", "", "", "", 2)) == f"{BOUGHT} {SOLD}"


def test_midnight_follows_summer_time() -> None:
    assert midnight(parse("2026-07-01T12:00")) == parse("2026-07-01T04:00")
    assert midnight(parse("2026-01-09T04:59")) == parse("2026-01-09T05:00") - DAY


@pytest.mark.parametrize(("client_id", "seen"), [(0, f"{BOUGHT} {SOLD}"), (2, "")])
def test_client_0_sees_those_of_all(traded: Scene, client_id: int, seen: str) -> None:
    first = traded.client
    other = RawClient(client_id=client_id, clock=first.clock, services=first.services)
    assert words(asked(other)) == seen


def test_an_execution_says_who_traded_what_where(traded: Scene) -> None:
    values = decoded(asked(traded.client)[0])
    assert (values["venue"], values["exchange"], values["side"]) == ("NASDAQ", "NASDAQ", "BOT")
    assert (values["order_ref"], values["account"], values["liquidity"]) == ("mine", "DUSIMC7", 2)
    assert values["time"] == "20260109 12:00:01 US/Eastern"


def completed(client: RawClient) -> list[Values]:
    *orders, end = client.ask(99, 1)
    assert end == ["102"]
    layouts = ("".join(f"{field}\0" for field in order[1:]) for order in orders)
    return [read_parts(FieldReader(text.encode(), 200), COMPLETED_ORDER) for text in layouts]


def test_completed_orders_are_todays_of_all_clients(traded: Scene) -> None:
    traded.play("20 place 3 BUY 10 LMT 149.00; 22 cancel 3")
    first = traded.client
    other = RawClient(client_id=2, clock=first.clock, services=first.services)
    texts = [(each.text("status"), each.text("completed_status")) for each in completed(other)]
    assert texts == [
        ("Filled", "Filled Size: 100"), ("Filled", "Filled Size: 50"), ("Cancelled", "Cancelled by Trader"),
    ]  # fmt: skip
    left = [(each["quantity"], each["filled"]) for each in completed(other)]
    assert left == [(0, 100), (0, 50), (10, 0)]
    assert completed(other)[0]["completed_time"] == "20260109 12:00:01 America/New_York"
    first.clock.advance(12 * 3_600 * SECOND)
    assert completed(other) == []
