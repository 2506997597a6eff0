import pytest

from tests.simulator.gateway.raw_client import AAPL, DARK, EURUSD, LATE, Fields, RawClient


def bars(client: RawClient, request_id: int, contract: tuple[object, ...], what: str) -> list[Fields]:
    return client.ask(50, 3, request_id, *contract, 5, what, 0, "")


def codes(answer: list[Fields]) -> list[str]:
    return [fields[2] for fields in answer if fields[0] == "4"]


@pytest.mark.parametrize(
    ("contract", "what", "code"),
    [(LATE, "TRADES", "10089"), (DARK, "TRADES", "10089"), (EURUSD, "TRADES", "420"), (AAPL, "BEST", "321")],
)
def test_what_has_no_bars_is_refused(contract: tuple[object, ...], what: str, code: str) -> None:
    client = RawClient()
    assert codes(bars(client, 5, contract, what)) == [code]
    assert client.wait(30) == []


def test_a_bust_ends_the_bars_of_its_contract() -> None:
    client = RawClient()
    bars(client, 5, AAPL, "MIDPOINT")
    bars(client, 6, EURUSD, "MIDPOINT")
    client.services.flows.bust(265598)
    (error,) = client.take()
    assert (error[1], error[2]) == ("5", "10225")
    assert {fields[2] for fields in client.wait(30)} == {"6"}
    assert codes(client.ask(51, 1, 5)) == ["300"]
    assert bars(client, 5, AAPL, "MIDPOINT") == []
    assert {fields[2] for fields in client.wait(30)} == {"5", "6"}


@pytest.mark.parametrize("trouble", ["halted", "stalled"])
def test_a_troubled_contract_has_no_bars(trouble: str) -> None:
    client = RawClient()
    bars(client, 5, AAPL, "MIDPOINT")
    getattr(client.services.trouble, trouble).add(265598)
    assert client.wait(30) == []
    getattr(client.services.trouble, trouble).discard(265598)
    assert len(client.wait(30)) == 6
