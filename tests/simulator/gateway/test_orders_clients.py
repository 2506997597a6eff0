"""Who sees which orders, what outlives a connection, and what each client id may do."""

from simulator.gateway.options import GatewayOptions
from tests.simulator.gateway.order_scenario import Scene, decoded, order_fields, words
from tests.simulator.gateway.raw_client import RawClient

RESTING = "1 BUY 100 LMT 149.00"


def another(scene: Scene, client_id: int) -> RawClient:
    """A second client of the same gateway."""
    first = scene.client
    return RawClient(client_id=client_id, clock=first.clock, services=first.services)


def placed(order: str = RESTING, options: GatewayOptions | None = None, client_id: int = 1) -> Scene:
    scene = Scene(options, client_id)
    scene.play(f"1 place {order}")
    return scene


def test_an_order_is_its_clients_own() -> None:
    scene = placed()
    other = another(scene, 2)
    assert words(other.ask(5, 1)) == ""
    scene.play("20 cancel 1")
    assert other.take() == []


def test_all_open_orders_are_everybodys_once() -> None:
    scene = placed()
    other = another(scene, 2)
    other.ask(*order_fields("7 SELL 10 LMT 160"))
    other.wait(1)
    answer = other.ask(16, 1)
    assert words(answer) == "O.Sub S.Sub 7O.Sub 7S.Sub"
    assert answer[-1] == ["53", "1"]
    assert [decoded(fields)["client_id"] for fields in answer[:-1]] == [1, 1, 2, 2]
    assert words(other.ask(5, 1)) == "7O.Sub 7S.Sub"
    assert other.wait(1) == []


def test_an_order_outlives_its_clients_connection() -> None:
    scene = placed("1 BUY 100 LMT 149.00 order_ref=mine")
    scene.client.session.close()
    again = another(scene, 1)
    assert again.greeting[2] == ["9", "1", "2"]
    shown, state, _ = again.ask(5, 1)
    assert (decoded(shown)["order_ref"], decoded(state)["status"]) == ("mine", "Submitted")
    assert words(again.ask(4, 1, "", "", "") + again.wait(1)) == "S.Pen S.Can E202"


def test_a_fill_while_nobody_is_connected_is_found_later() -> None:
    scene = placed()
    scene.client.session.close()
    scene.model.trade(90, 148.90)
    scene.client.clock.advance(120 * 1_000_000_000)
    again = another(scene, 1)
    assert words(again.ask(7, 3, 9, 0, "", "", "", "", "", "", "", 0)) == "X.100@149 C"
    assert words(again.ask(5, 1)) == ""


def test_another_client_may_cancel_what_is_good_till_cancelled() -> None:
    scene = placed(RESTING + " tif=GTC")
    other = another(scene, 2)
    other.ask(4, 1, "", "", "")
    assert words(other.wait(1)) == "S.Pen S.Can E202"
    assert words(scene.client.take()) == "S.Pen S.Can E202"


def test_but_not_an_order_of_the_day() -> None:
    other = another(placed(), 2)
    assert words(other.ask(4, 1, "", "", "")) == "E10147"


def test_the_master_client_is_told_of_all_orders() -> None:
    scene = Scene(GatewayOptions(master_client_id=5))
    master, other = another(scene, 5), another(scene, 2)
    scene.play("1 place 1 BUY 100 MKT")
    assert words(master.take()) == "O.Pre S.Pre O.Fil S.Fil X.100@150.02 O.Fil S.Fil C"
    assert other.take() == []
    scene.play("20 place 2 BUY 100 LMT 149")
    master.take()
    assert words(master.ask(5, 1)) == "2O.Sub 2S.Sub"


def test_only_client_0_may_bind_orders() -> None:
    assert Scene(client_id=0).client.ask(15, 1, 1) == []
    code, text = Scene().client.ask(15, 1, 1)[0][2:4]
    assert (code, text[-53:]) == ("321", "Only the default client (i.e 0) can auto bind orders.")


def test_ids_begin_above_the_highest_seen_by_each_client() -> None:
    scene = placed("40 BUY 100 LMT 149.00")
    assert scene.client.ask(8, 1, 1) == [["9", "1", "41"]]
    assert another(scene, 2).greeting[2] == ["9", "1", "1"]
    scene.client.services.orders.forget_ids()
    assert scene.client.ask(8, 1, 1) == [["9", "1", "1"]]


def test_an_id_is_used_up_for_later_connections_too() -> None:
    scene = placed()
    scene.play("20 cancel 1")
    scene.client.session.close()
    again = another(scene, 1)
    assert words(again.ask(*order_fields(RESTING))) == "E103"
    assert words(another(scene, 2).ask(*order_fields(RESTING))) == ""


def test_a_read_only_gateway_refuses_all_but_questions_about_the_past() -> None:
    scene = Scene(GatewayOptions(read_only=True))
    asked = ("place 1 BUY 1 MKT", "place 1 BUY 1 MKT what_if=1", "cancel 1", "cancel_all", "open", "all")
    for step in asked:
        seen = Scene(GatewayOptions(read_only=True)).play(f"1 {step}")
        assert seen.endswith("E321")
    assert scene.client.ask(99, 1) == [["102"]]
    assert scene.client.ask(7, 3, 9, *[""] * 8, 0) == [["55", "1", "9"]]


def test_a_preview_is_an_open_order_with_margins_and_nothing_else() -> None:
    scene = Scene()
    scene.play("0.5 trade 150.00")
    (answer,) = scene.client.ask(*order_fields("3 BUY 100 LMT 150.00 what_if=1"))
    values = decoded(answer)
    assert (values["what_if"], values["status"], values["order_id"]) == (True, "PreSubmitted", 3)
    before, change, after = (values.decimal(f"initial_{when}") for when in ("before", "change", "after"))
    assert before is not None
    assert change is not None
    assert before + change == after
    assert change > 0
    assert values.text("commission_currency") == "USD"
    assert scene.client.wait(10) == []
    assert words(scene.client.ask(16, 1)) == ""
