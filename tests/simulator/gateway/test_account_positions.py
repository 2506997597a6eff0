from simulator.gateway.options import GatewayOptions
from tests.simulator.account.trades import AAPL, AMZN
from tests.simulator.gateway.account_client import AccountClient
from tests.simulator.gateway.raw_client import RawClient


def test_positions_come_with_their_average_cost_and_end() -> None:
    answer = RawClient().ask(61, 1)
    assert [(f[4], f[14], f[15]) for f in answer if f[0] == "61"] == [
        ("AAPL", "100", "150.25"),
        ("EUR", "20000", "1.08"),
    ]
    assert answer[-1] == ["62", "1"]


def test_a_position_comes_again_when_it_changes_until_cancelled() -> None:
    client = AccountClient()
    client.ask(61, 1)
    assert [(f[4], f[14], f[15]) for f in client.trade(AMZN, 100)] == [("AMZN", "100", "150.01")]
    assert client.wait(400) == []
    assert client.ask(64, 1) == []
    assert client.trade(AMZN, 100) == []


def test_a_position_that_is_closed_comes_once_as_none() -> None:
    client = AccountClient()
    client.ask(61, 1)
    assert [(f[4], f[14], f[15]) for f in client.trade(AAPL, -100)] == [("AAPL", "0", "0")]
    assert [f[4] for f in client.ask(61, 1) if f[0] == "61"] == ["EUR"]


def test_multi_positions_go_by_their_request() -> None:
    client = AccountClient()
    assert client.ask(74, 1, 8, "", "")[-1] == ["72", "1", "8"]
    assert client.ask(74, 1, 8, "", "")[0][2] == "322"
    client.ask(74, 1, 9, client.services.account, "")
    assert [(f[0], f[2], f[5]) for f in client.trade(AMZN, 1)] == [("71", "8", "AMZN"), ("71", "9", "AMZN")]
    assert client.ask(75, 1, 8) == []
    assert [f[2] for f in client.trade(AMZN, 1)] == ["9"]


def test_every_client_sees_the_same_positions() -> None:
    one = AccountClient()
    other = RawClient(client_id=2, clock=one.clock, services=one.services, options=GatewayOptions())
    other.ask(61, 1)
    one.trade(AMZN, 5)
    assert [(f[4], f[14]) for f in other.take()] == [("AMZN", "5")]


def test_a_client_that_is_gone_is_told_nothing() -> None:
    client = AccountClient()
    client.ask(61, 1)
    client.ask(6, 2, 1, "")
    client.session.close()
    assert client.trade(AMZN, 5) == []
