"""Profit and loss, and the account window."""

import threading

import pytest

from ib_api import IBCallbacks, IBConnector, IBRequests
from ib_api._ibapi import DEFAULT_MAX_VERSION
from ib_api.scheduling import Scheduler
from market.clock import DrivenClock
from market.errors import PacingRefused, RequestRejected
from market.events import AccountValue, Event, PositionUpdate, ProfitUpdate
from tests.ib_api.gateway import Gateway, Peer, Script, error, eventually, message
from tests.ib_api.test_depth import Heard

VERSION = DEFAULT_MAX_VERSION
UNSET = "1.7976931348623157E308"
ACCOUNT = "DU1234567"


def connect(gateway: Gateway, events: list[Event] | None = None) -> IBConnector:
    connector = IBConnector(IBCallbacks((events if events is not None else list[Event]()).extend))
    connector.connect(port=gateway.port, timeout=5)
    return connector


def value(text: str) -> bytes:
    return message(6, 2, "NetLiquidation", text, "USD", ACCOUNT)


def window(*later: bytes) -> Script:
    """Answer the first question for the account window, then say something more."""

    def script(peer: Peer) -> None:
        peer.ready(VERSION, ACCOUNT)
        peer.request_of(6)
        peer.send(value("1"), message(54, 1, ACCOUNT), *later)
        peer.wait_closed()

    return script


@pytest.mark.parametrize(
    ("contract_id", "kinds", "reply"),
    [(0, (92, 93), (94, "{}", -1, 5.5, UNSET)), (7, (94, 95), (95, "{}", 3, -1, 5.5, UNSET, 900))],
    ids=["account", "position"],
)
def test_profit_comes_as_events_until_it_is_cancelled(
    contract_id: int, kinds: tuple[int, int], reply: tuple[object, ...]
) -> None:
    events, cancelled = list[Event](), list[list[str]]()

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        asked = peer.request_of(kinds[0])
        assert asked[2] == ACCOUNT
        peer.send(message(*(str(field).format(asked[1]) for field in reply)))
        cancelled.append(peer.request_of(kinds[1]))
        peer.wait_closed()

    with Gateway(script) as gateway, connect(gateway, events) as connector:
        stream = IBRequests(connector).req_profit(ACCOUNT, contract_id)
        eventually(lambda: len(events) == 2)
        stream.cancel()
        eventually(lambda: cancelled)
    assert events[1] == ProfitUpdate(ACCOUNT, contract_id, -1.0, 5.5, None, 0)
    assert cancelled[0][1] == str(stream.request_id)


def test_a_refused_profit_is_told_to_its_listener() -> None:
    heard = Heard()

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.send(error(VERSION, int(peer.request_of(92)[1]), 321, "Invalid account"))
        peer.wait_closed()

    with Gateway(script) as gateway, connect(gateway) as connector:
        IBRequests(connector).req_profit("DU2", listener=heard)
        eventually(lambda: heard.errors)
    assert isinstance(heard.errors[0], RequestRejected)


def test_the_account_window_answers_once_and_goes_on_as_events() -> None:
    events = list[Event]()
    held = ("AAPL", "STK", "", 0, "0", "", "NASDAQ", "USD", "AAPL", "NMS")
    later = value("2"), message(7, 8, 265598, *held, 10, 101, 1010, 100, 10, 0, ACCOUNT)
    with Gateway(window(*later)) as gateway, connect(gateway, events) as connector:
        answer, stream = IBRequests(connector).req_account_window(ACCOUNT)
        assert [each.value for each in answer.result(5)] == ["1"]
        eventually(lambda: any(isinstance(event, PositionUpdate) for event in events))
        assert list(connector.callbacks.registry.streams) == [stream.request_id]
    assert [each.value for each in events if isinstance(each, AccountValue)] == ["1", "2"]


def test_a_second_account_window_is_refused_while_the_first_runs() -> None:
    with Gateway(window()) as gateway, connect(gateway) as connector:
        requests = IBRequests(connector)
        answer, stream = requests.req_account_window(ACCOUNT)
        answer.result(5)
        with pytest.raises(PacingRefused, match=f"account window of {ACCOUNT} runs; cancel it"):
            requests.req_account_window("DU2")
        stream.cancel()
        requests.req_account_window("DU2")


@pytest.mark.parametrize(
    ("answered", "code", "text"),
    [
        (True, 2101, "Unable to subscribe to account"),
        (False, 2101, "Unable to subscribe to account"),
        (True, 2100, "API client has been unsubscribed from account data."),
        (False, 321, "Error validating request.-'bV' : cause - Invalid account code 'DU2'."),
    ],
)
def test_an_account_window_that_is_refused_tells_its_listener_once(
    answered: bool, code: int, text: str
) -> None:
    heard, refusal = Heard(), error(VERSION, -1, code, text)

    def refuse(peer: Peer) -> None:
        peer.ready(VERSION, ACCOUNT)
        peer.request_of(6)
        peer.send(refusal)

    with Gateway(window(refusal) if answered else refuse) as gateway, connect(gateway) as connector:
        answer, _ = IBRequests(connector).req_account_window(ACCOUNT, heard)
        eventually(lambda: heard.errors)
        assert answer.answered == answered
        assert connector.callbacks.registry.streams == {}
    assert [getattr(each, "code", 0) for each in heard.errors] == [code]


def test_whoever_gives_up_the_answer_ends_the_account_window() -> None:
    asked = list[list[str]]()

    def script(peer: Peer) -> None:
        peer.ready(VERSION, ACCOUNT)
        asked.extend([peer.request_of(6), peer.request_of(6)])
        peer.wait_closed()

    with Gateway(script) as gateway, connect(gateway) as connector:
        answer, _ = IBRequests(connector).req_account_window(ACCOUNT)
        answer.cancel()
        eventually(lambda: len(asked) == 2)
        assert connector.callbacks.registry.streams == {}
    assert [fields[2:] for fields in asked] == [["1", ACCOUNT], ["0", ACCOUNT]]


def test_the_end_of_the_line_ends_every_stream_once() -> None:
    heard = Heard()
    leave = threading.Event()

    def script(peer: Peer) -> None:
        peer.ready(VERSION, ACCOUNT)
        peer.request_of(92)
        assert leave.wait(5)

    with Gateway(script) as gateway, connect(gateway) as connector:
        requests = IBRequests(connector)
        requests.req_account_window(ACCOUNT, heard)
        requests.req_profit(ACCOUNT, listener=heard)
        leave.set()
        eventually(lambda: len(heard.errors) == 2)
    assert len(heard.errors) == 2


def test_an_account_window_is_one_message() -> None:
    with Gateway(window()) as gateway:
        scheduler = Scheduler(DrivenClock())
        connector = IBConnector(IBCallbacks(), scheduler=scheduler)
        connector.connect(port=gateway.port, timeout=5)
        with connector:
            before = scheduler.quota().messages.used
            answer, _ = IBRequests(connector).req_account_window(ACCOUNT)
            assert [each.value for each in answer.result(5)] == ["1"]
            assert scheduler.quota().messages.used == before + 1
