import pytest

from simulator.gateway.options import GatewayOptions
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel
from tests.simulator.gateway.raw_client import AAPL, DARK, ES, EURUSD, LATE, Fields, RawClient

LENIENT = GatewayOptions(lenient=True)
NOON = FRIDAY_NOON // 1_000_000_000


def stream(
    client: RawClient,
    request_id: int,
    contract: tuple[object, ...],
    kind: str,
    *,
    number: int = 0,
    ignore: int = 0,
) -> list[Fields]:
    return client.ask(97, request_id, *contract, kind, number, ignore)


def test_alllast_has_every_trade_and_last_those_that_set_the_price() -> None:
    client = RawClient(options=LENIENT)
    stream(client, 1, AAPL, "Last")
    stream(client, 2, AAPL, "AllLast")
    got = client.wait(120)
    trades = FakeModel().trades(265598, FRIDAY_NOON, FRIDAY_NOON + 120 * 10**9)
    stamps = [str(t.time // 10**9) for t in trades if t.last]
    assert [f[3] for f in got if f[1] == "1"] == stamps
    assert len([f for f in got if f[1] == "2"]) == len(trades) > len(stamps)
    assert {f[2] for f in got if f[1] == "1"} == {"1"}


def test_every_quote_is_streamed_at_its_second() -> None:
    client = RawClient()
    stream(client, 3, AAPL, "BidAsk")
    assert client.wait(3) == [
        ["99", "3", "3", str(NOON), "153.72", "153.74", "300", "200", "0"],
        ["99", "3", "3", str(NOON + 2), "153.71", "153.73", "300", "202", "0"],
    ]


def test_sizes_can_be_ignored_and_a_midpoint_is_sent_when_it_moves() -> None:
    client = RawClient()
    stream(client, 1, EURUSD, "BidAsk")
    stream(client, 2, EURUSD, "BidAsk", ignore=1)
    stream(client, 3, EURUSD, "MidPoint")
    got = client.wait(600)
    counts = [len([f for f in got if f[1] == str(n)]) for n in (1, 2, 3)]
    assert counts[0] > counts[1] == counts[2]


def test_a_stream_can_begin_with_the_past() -> None:
    past, *_ = stream(RawClient(), 1, AAPL, "BidAsk", number=10)
    assert past[:3] == ["97", "1", "10"]
    assert past[3] == str(NOON - 20)


@pytest.mark.parametrize(
    ("contract", "kind", "code"),
    [(LATE, "Last", "10189"), (DARK, "Last", "10189"), (EURUSD, "Last", "10189"), (AAPL, "Bid", "321")],
)
def test_what_may_not_be_streamed_is_refused(contract: tuple[object, ...], kind: str, code: str) -> None:
    client = RawClient()
    client.ask(59, 1, 3)
    assert [f[2] for f in stream(client, 1, contract, kind)] == [code]
    assert client.wait(60) == []


def test_the_sixth_stream_is_beyond_the_quota() -> None:
    client = RawClient()
    for n, kind in enumerate(("Last", "AllLast", "BidAsk", "MidPoint", "Last")):
        assert stream(client, n, AAPL, kind) == []
        client.wait(15)
    assert stream(client, 9, ES, "Last")[0][2] == "10190"
    assert client.ask(98, 0) == []
    assert stream(client, 9, ES, "Last") == []


def test_the_end_of_a_stream() -> None:
    client = RawClient()
    stream(client, 1, AAPL, "BidAsk")
    assert client.ask(98, 1) == []
    assert client.wait(60) == []
    assert client.ask(98, 1)[0][1:3] == ["1", "300"]


def test_a_closed_session_stops_its_streams() -> None:
    client = RawClient()
    stream(client, 1, AAPL, "BidAsk")
    client.session.close()
    assert client.wait(60) == []


def test_an_instrument_is_asked_for_once_in_fifteen_seconds() -> None:
    client = RawClient()
    assert stream(client, 1, AAPL, "Last") == []
    client.ask(98, 1)
    assert stream(client, 2, AAPL, "BidAsk")[0][2] == "10190"
    assert stream(client, 3, ES, "BidAsk") == []
    client.ask(98, 3)
    client.wait(15)
    assert stream(client, 4, AAPL, "BidAsk") == []


def test_sessions_are_paced_apart() -> None:
    first = RawClient()
    second = RawClient(client_id=2, clock=first.clock, services=first.services)
    assert stream(first, 1, AAPL, "Last") == []
    assert stream(second, 1, AAPL, "Last") == []


@pytest.mark.parametrize("trouble", ["halted", "stalled"])
def test_a_troubled_contract_is_silent_and_the_others_are_not(trouble: str) -> None:
    client = RawClient()
    stream(client, 1, AAPL, "BidAsk")
    stream(client, 2, ES, "BidAsk")
    getattr(client.services.trouble, trouble).add(265598)
    assert {fields[1] for fields in client.wait(30)} == {"2"}
    getattr(client.services.trouble, trouble).discard(265598)
    assert {fields[1] for fields in client.wait(30)} == {"1", "2"}
