from simulator import faults
from simulator.gateway.options import GatewayOptions
from tests.simulator.fake_model import LISTINGS
from tests.simulator.faults.stage import Stage, demonstrates, errors
from tests.simulator.gateway.raw_client import AAPL, RawClient


def lines_left(client: RawClient) -> int:
    """How many lines a client gets until 101."""
    for n in range(1_000):
        if (n, 101) in errors(client.ask(1, 11, n, *AAPL, 0, "", 0, 0, "")):
            return n
    raise AssertionError("no line is ever refused")


@demonstrates("greedy_client")
async def test_a_greedy_client_leaves_half_of_what_all_share() -> None:
    stage = Stage(GatewayOptions(lines=4, message_rate=0))
    client = stage.client()
    async with faults.greedy_client(stage.gateway):
        client.wait(2)
        assert sorted(stage.gateway.services.clients) == [1, 31]
        asked = [client.ask(97, n, *_contract(n), "BidAsk", 0, 0) for n in range(4)]
        assert [errors(messages) for messages in asked] == [[], [], [], [(3, 10190)]]
        assert lines_left(client) == 2
    assert sorted(stage.gateway.services.clients) == [1]
    assert errors(client.ask(97, 3, *_contract(3), "BidAsk", 0, 0)) == []


def _contract(n: int) -> tuple[object, ...]:
    it = LISTINGS[n].instrument
    return (it.contract_id, "", "", "", "0.0", "", "", "SMART", it.primary_exchange, "", "", "")


async def test_a_greedy_client_leaves_half_of_the_historical_budget() -> None:
    stage = Stage(GatewayOptions(lines=10, message_rate=0))
    client = stage.client()
    answered = 0
    async with faults.greedy_client(stage.gateway):
        client.wait(25)
        for n in range(40):
            bars = ("30 secs", f"{900 + n} S", 0, "TRADES", 1, 0, "")
            answered += (n, 162) not in errors(client.ask(20, n, *AAPL, 0, "", *bars))
            client.wait(0.5)
    assert answered == 30
