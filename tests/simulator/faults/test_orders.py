from simulator import faults
from simulator.gateway.server import Gateway
from tests.simulator.faults.stage import demonstrates, errors
from tests.simulator.gateway.order_scenario import Scene, order_fields, words

FILL = "O.Fil S.Fil X.100@150.02 O.Fil S.Fil C"


def staged() -> tuple[Scene, Gateway]:
    """A scene, and the gateway in which it plays."""
    scene = Scene()
    gateway = Gateway(scene.model, scene.client.clock)
    gateway.services = scene.client.services
    return scene, gateway


@demonstrates("order_swallowed")
async def test_a_swallowed_order_is_never_heard_of() -> None:
    scene, gateway = staged()
    async with faults.order_swallowed(gateway):
        assert scene.play("1 place 1 BUY 100 MKT; 5 all; 6 cancel 1") == "E10147"
        assert scene.play("30 place 2 BUY 100 LMT 149.00") == "2O.Pre 2S.Pre 2O.Sub 2S.Sub"
    assert gateway.services.trouble.swallow_orders == 0


@demonstrates("acknowledgement_lost")
async def test_an_order_without_acknowledgement_works() -> None:
    scene, gateway = staged()
    async with faults.acknowledgement_lost(gateway):
        assert scene.play("1 place 1 BUY 100 LMT 149.00") == ""
        assert scene.play("20 all") == "O.Sub S.Sub"


@demonstrates("fills_duplicated")
async def test_every_message_of_a_fill_comes_twice() -> None:
    scene, gateway = staged()
    async with faults.fills_duplicated(gateway):
        seen = scene.play("1 place 1 BUY 100 MKT")
    assert seen.split()[2:] == [each for each in FILL.split() for _ in range(2)]
    assert scene.play("30 place 2 BUY 100 MKT").count("X.") == 1


@demonstrates("fills_reordered")
async def test_the_messages_of_a_fill_come_in_reverse() -> None:
    scene, gateway = staged()
    async with faults.fills_reordered(gateway):
        assert scene.play("1 place 1 BUY 100 MKT").split()[2:] == FILL.split()[::-1]


async def test_a_halted_contract_fills_nothing_until_it_trades_again() -> None:
    scene, gateway = staged()
    async with faults.halted(gateway, "AAPL"):
        assert "X" not in scene.play("1 place 1 BUY 100 MKT")
    assert "X.100@150.02" in scene.play("70 quote 149.98 150.02")


async def test_a_restart_may_begin_with_order_id_1_again() -> None:
    scene, gateway = staged()
    scene.client.ask(*order_fields("7 BUY 100 LMT 1.00"))
    assert scene.client.ask(8, 1, 1) == [["9", "1", "8"]]
    async with faults.restart(gateway, reset_order_ids=True):
        assert scene.client.closed
    again = type(scene.client)(clock=scene.client.clock, services=gateway.services)
    assert ["9", "1", "1"] in again.greeting
    assert words(again.ask(16, 1)) == "7O.Pre 7S.Pre"
    assert errors(again.ask(*order_fields("7 BUY 100 MKT", 200))) == []
