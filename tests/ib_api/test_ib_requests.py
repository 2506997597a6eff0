import threading
from collections.abc import Callable
from typing import Any

import pytest

from ib_api import IBCallbacks, IBConnector, IBContract, IBOrders, IBRequests
from ib_api._ibapi import DEFAULT_MAX_VERSION
from ib_api.errors import NotConnected
from ib_api.pending import Pending
from ib_api.scheduling import Scheduler
from market.clock import AcceleratedClock, Clock, RealClock
from market.errors import BadRequest, NoPermission, PacingRefused, RequestRejected
from market.events import AccountValue, Bar, Event, Problem
from market.times import SECOND
from tests.ib_api.gateway import Gateway, Peer, Script, error, eventually, historical, message
from tests.ib_api.test_depth import Heard

VERSION = DEFAULT_MAX_VERSION
AAPL = IBContract.by_id(265598)
BAR = (1767969000, 100.5, 101, 99.25, 100, 1200, 100.125, 40)


def answering(kind: int, reply: Callable[[list[str]], list[bytes]]) -> Script:
    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.send(*reply(peer.request_of(kind)))
        peer.wait_closed()

    return script


def connect(gateway: Gateway, events: list[Event] | None = None, clock: Clock | None = None) -> IBConnector:
    connector = IBConnector(
        IBCallbacks((events if events is not None else list[Event]()).extend),
        scheduler=Scheduler(clock or RealClock()),
    )
    connector.connect(port=gateway.port, timeout=5)
    return connector


def history_id(fields: list[str]) -> int:
    return int(fields[1])


def test_the_current_time_is_whole_seconds_as_nanoseconds() -> None:
    with (
        Gateway(answering(49, lambda _: [message(49, 1, 1767969000)])) as gateway,
        connect(gateway) as connector,
    ):
        assert IBRequests(connector).req_current_time().result(5) == 1767969000 * SECOND


def test_who_asks_while_the_same_question_is_under_way_shares_its_answer() -> None:
    asked_twice = threading.Event()

    def reply(_: list[str]) -> list[bytes]:
        assert asked_twice.wait(5)
        return [message(62, 1)]

    with Gateway(answering(61, reply)) as gateway, connect(gateway) as connector:
        requests = IBRequests(connector)
        first, second = requests.req_positions(), requests.req_positions()
        asked_twice.set()
        assert first.result(5) == second.result(5) == []


def test_open_orders_that_the_read_only_setting_refuses_without_an_id_are_refused() -> None:
    refusal = error(VERSION, -1, 321, "The API interface is currently in Read-Only mode.")
    with (
        Gateway(answering(5, lambda _: [refusal])) as gateway,
        connect(gateway) as connector,
        pytest.raises(RequestRejected, match="Read-Only") as refused,
    ):
        IBOrders(connector).req_open_orders().result(5)
    assert refused.value.code == 321


def test_who_asks_after_everybody_gave_up_asks_anew() -> None:
    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.request_of(61)
        peer.request_of(61)
        peer.send(message(62, 1))
        peer.wait_closed()

    with Gateway(script) as gateway, connect(gateway) as connector:
        requests = IBRequests(connector)
        requests.req_positions().cancel()
        assert requests.req_positions().result(5) == []


def test_a_question_that_was_given_up_but_not_answered_still_bars_another_one() -> None:
    script = answering(6, lambda _: [])
    with Gateway(script) as gateway, connect(gateway) as connector:
        requests = IBRequests(connector)
        requests.req_account_updates("DU1234567").cancel()
        with pytest.raises(PacingRefused, match="account updates"):
            requests.req_account_updates("DU2")


def test_values_of_the_account_before_do_not_answer_for_the_next() -> None:
    def value(account: str) -> bytes:
        return message(6, 2, "NetLiquidation", "1", "USD", account)

    def script(peer: Peer) -> None:
        peer.ready(VERSION, "DU1,DU2")
        peer.request_of(6)
        peer.send(value("DU1"), message(54, 1, "DU1"), value("DU2"), message(54, 1, "DU2"))
        peer.wait_closed()

    with Gateway(script) as gateway, connect(gateway) as connector:
        values = IBRequests(connector).req_account_updates("DU2").result(5)
    assert [each.account for each in values] == ["DU2"]


def test_a_request_that_cannot_be_sent_holds_no_place() -> None:
    requests = IBRequests(IBConnector(IBCallbacks()))
    with pytest.raises(NotConnected):
        requests.req_market_data(AAPL)
    with pytest.raises(NotConnected):
        requests.request_historical_data(AAPL, "1 D", "1 min")
    assert (requests.scheduler.free("line"), requests.scheduler.free("kept")) == (100, 50)


def test_a_midpoint_bar_has_no_volume() -> None:
    bare = (*BAR[:5], -1, -1, -1)
    script = answering(20, lambda fields: [historical(VERSION, history_id(fields), bare)])
    with Gateway(script) as gateway, connect(gateway) as connector:
        answer = IBRequests(connector).request_historical_data(AAPL, "60 S", "1 min", what="MIDPOINT")
        (bar,) = answer.result(5)
    assert (bar.volume, bar.average, bar.count, bar.what) == (None, None, None, "MIDPOINT")


def test_bars_kept_up_to_date_are_an_answer_and_then_events() -> None:
    def reply(fields: list[str]) -> list[bytes]:
        at = history_id(fields)
        return [
            historical(VERSION, at, BAR),
            message(90, at, 41, BAR[0], 100.5, 100.25, 101, 99.25, 100.125, 1300),
        ]

    events = list[Event]()
    with Gateway(answering(20, reply)) as gateway, connect(gateway, events) as connector:
        requests = IBRequests(connector)
        answer, stream = requests.req_bars_kept_up_to_date(AAPL, "3600 S", "5m")
        assert len(answer.result(5)) == 1
        eventually(lambda: any(isinstance(event, Bar) for event in events))
        assert requests.scheduler.quota().history.used == 1
        stream.cancel()
        assert requests.scheduler.quota().history.used == 0
    (bar,) = [event for event in events if isinstance(event, Bar)]
    assert (bar.final, bar.source, bar.size, bar.close, bar.volume) == (False, "live", "5m", 100.25, 1300)


@pytest.mark.parametrize("answered", [True, False])
def test_running_bars_that_are_refused_tell_their_listener_once(answered: bool) -> None:
    def reply(fields: list[str]) -> list[bytes]:
        refusal = error(VERSION, history_id(fields), 162, "Historical Market Data Service error message")
        return [historical(VERSION, history_id(fields), BAR), refusal] if answered else [refusal]

    heard = Heard()
    with Gateway(answering(20, reply)) as gateway, connect(gateway) as connector:
        requests = IBRequests(connector)
        answer, _ = requests.req_bars_kept_up_to_date(AAPL, "3600 S", "5m", listener=heard)
        eventually(lambda: heard.errors)
        assert (answer.answered, requests.scheduler.quota().history.used) == (answered, 0)
    assert [getattr(each, "code", 0) for each in heard.errors] == [162]


def test_5_second_bars_that_are_refused_tell_their_listener() -> None:
    text = "Bust event occurred, current subscription is deactivated."
    script = answering(50, lambda fields: [error(VERSION, int(fields[2]), 10225, text)])
    heard = Heard()
    with Gateway(script) as gateway, connect(gateway) as connector:
        IBRequests(connector).req_real_time_bars(AAPL, listener=heard)
        eventually(lambda: heard.errors)
        assert connector.callbacks.registry.streams == {}
    assert getattr(heard.errors[0], "code", 0) == 10225


def test_running_bars_that_are_refused_leave_nothing_behind() -> None:
    text = "Historical Market Data Service error message:No market data permissions for NYSE STK"
    script = answering(20, lambda fields: [error(VERSION, history_id(fields), 162, text)])
    with Gateway(script) as gateway, connect(gateway) as connector:
        requests = IBRequests(connector)
        answer, stream = requests.req_bars_kept_up_to_date(AAPL, "3600 S", "5m")
        with pytest.raises(NoPermission):
            answer.result(5)
        eventually(lambda: requests.scheduler.quota().history.used == 0)
        assert connector.callbacks.registry.streams == {}
        stream.cancel()
        assert requests.scheduler.quota().history.used == 0


@pytest.mark.parametrize("served", [True, False])
def test_running_bars_give_their_place_back_when_the_line_breaks(served: bool) -> None:
    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        at = history_id(peer.request_of(20))
        if served:
            peer.send(historical(VERSION, at, BAR))

    with Gateway(script) as gateway, connect(gateway) as connector:
        requests = IBRequests(connector)
        answer, stream = requests.req_bars_kept_up_to_date(AAPL, "3600 S", "5m")
        eventually(lambda: not connector.isConnected())
        eventually(lambda: requests.scheduler.quota().history.used == 0)
        assert answer.answered == served
        stream.cancel()
        assert requests.scheduler.quota().history.used == 0


def test_running_bars_whose_answer_is_given_up_end_at_ib() -> None:
    cancels = list[list[str]]()

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        cancels.append(peer.request_of(25))
        peer.wait_closed()

    with Gateway(script) as gateway, connect(gateway) as connector:
        requests = IBRequests(connector)
        answer, _ = requests.req_bars_kept_up_to_date(AAPL, "3600 S", "5m")
        answer.cancel()
        eventually(lambda: cancels)
        assert requests.scheduler.quota().history.used == 0
        assert connector.callbacks.registry.streams == {}
    assert str(answer.request_id) in cancels[0]


def test_the_account_summary_is_taken_back_once_it_is_answered() -> None:
    taken_back = list[list[str]]()

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        at = peer.request_of(62)[2]
        peer.send(message(63, 1, at, "DU1", "NetLiquidation", "1000", "USD"), message(64, 1, at))
        taken_back.append(peer.request_of(63))
        peer.wait_closed()

    with Gateway(script) as gateway, connect(gateway) as connector:
        (value,) = IBRequests(connector).req_account_summary().result(5)
        eventually(lambda: taken_back)
    assert isinstance(value, AccountValue)
    assert (value.account, value.key, value.value) == ("DU1", "NetLiquidation", "1000")


def test_a_time_out_takes_the_request_back_at_ib() -> None:
    cancels = list[list[str]]()

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        cancels.append(peer.request_of(25))
        peer.wait_closed()

    with Gateway(script) as gateway, connect(gateway) as connector:
        requests = IBRequests(connector)
        answer = requests.request_historical_data(AAPL, "60 S", "1 min")
        requests.cancel_historical_data(answer)
        eventually(lambda: cancels)
        assert requests.scheduler.quota().history.used == 0
    assert str(answer.request_id) in cancels[0]


def test_an_unknown_error_code_fails_its_request() -> None:
    script = answering(20, lambda fields: [error(VERSION, history_id(fields), 59999, "new in this version")])
    with Gateway(script) as gateway, connect(gateway) as connector:
        answer = IBRequests(connector).request_historical_data(AAPL, "60 S", "1 min")
        with pytest.raises(RequestRejected, match="59999: new in this version"):
            answer.result(5)


Ask = Callable[[IBRequests], Pending[Any]]


@pytest.mark.parametrize(
    ("kind", "at", "ask", "broken"),
    [
        (87, 1, lambda requests: requests.req_head_timestamp(AAPL), (88, "{}", "soon")),
        (9, 2, lambda requests: requests.req_contract_details(AAPL), (10, "{}")),
        (20, 1, lambda requests: requests.request_historical_data(AAPL, "60 S", "1 min"), (17, "{}", "x")),
        (62, 2, lambda requests: requests.req_account_summary(), (63, 1, "{}")),
    ],
    ids=["first bar", "contract details", "bars", "account summary"],
)
def test_an_answer_that_cannot_be_read_fails_its_request_at_once(
    kind: int, at: int, ask: Ask, broken: tuple[object, ...]
) -> None:
    def reply(fields: list[str]) -> list[bytes]:
        return [message(*(str(field).format(fields[at]) for field in broken))]

    events = list[Event]()
    with Gateway(answering(kind, reply)) as gateway, connect(gateway, events) as connector:
        answer = ask(IBRequests(connector))
        with pytest.raises(RequestRejected, match=f"^{answer.what}: the answer could not be read"):
            answer.result(5)
    (problem,) = [event for event in events if isinstance(event, Problem)]
    assert (problem.code, problem.request_id) == (508, answer.request_id)


def test_what_could_not_be_read_is_taken_back_at_ib() -> None:
    taken_back = list[list[str]]()

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.send(message(63, 1, peer.request_of(62)[2]))
        taken_back.append(peer.request_of(63))
        peer.wait_closed()

    with Gateway(script) as gateway, connect(gateway) as connector:
        answer = IBRequests(connector).req_account_summary()
        with pytest.raises(RequestRejected, match="could not be read"):
            answer.result(5)
        eventually(lambda: taken_back)
        assert connector.callbacks.registry.find(answer.request_id) is None


def test_an_error_for_a_request_that_nobody_waits_for_is_counted() -> None:
    script = answering(49, lambda _: [error(VERSION, 12345, 300, "Can't find EId"), message(49, 1, 1)])
    with Gateway(script) as gateway, connect(gateway) as connector:
        IBRequests(connector).req_current_time().result(5)
        assert connector.callbacks.unclaimed == 1


def test_ibs_pace_is_kept_by_waiting_or_by_refusing() -> None:
    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.wait_closed()

    clock = AcceleratedClock(speed=2_000)
    with Gateway(script) as gateway, connect(gateway, clock=clock) as connector:
        requests = IBRequests(connector)
        begun = clock.monotonic()
        for _ in range(2):
            requests.req_tick_by_tick(AAPL)
        assert clock.monotonic() - begun >= 15 * SECOND
        for count in range(40):
            requests.request_historical_data(AAPL, f"{count + 60} S", "1 min")
        with pytest.raises(PacingRefused, match="all 50 historical requests are under way"):
            requests.request_historical_data(AAPL, "1 D", "1 min")


def test_a_market_rule_says_in_which_steps_prices_move() -> None:
    script = answering(91, lambda fields: [message(93, fields[1], 2, 0, 0.0001, 1, 0.01)])
    with Gateway(script) as gateway, connect(gateway) as connector:
        steps = IBRequests(connector).req_market_rule(26).result(5)
    assert steps == [(0, 0.0001), (1, 0.01)]


def test_the_end_of_the_line_gives_back_all_that_was_held() -> None:
    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        for _ in range(4):
            peer.request()

    with Gateway(script) as gateway, connect(gateway) as connector:
        requests = IBRequests(connector)
        requests.req_market_data(AAPL)
        requests.req_tick_by_tick(AAPL)
        requests.request_historical_data(AAPL, "1 D", "1 min")
        requests.req_bars_kept_up_to_date(AAPL, "1 D", "1 min")
        scheduler = connector.scheduler
        eventually(lambda: [scheduler.free(kind) for kind in ("line", "ticks", "kept")] == [100, 5, 50])


def test_bad_arguments_are_told_before_anything_is_sent() -> None:
    requests = IBRequests(IBConnector(IBCallbacks()))
    with pytest.raises(BadRequest, match="choose one of"):
        requests.request_historical_data(AAPL, "1 D", "7 mins")
    with pytest.raises(BadRequest, match="1 to 1000"):
        requests.req_historical_ticks(AAPL, "Last", 0, 1001)


def test_the_names_of_ibs_own_client_work() -> None:
    assert IBRequests.reqMarketData is IBRequests.req_market_data
    assert IBRequests.reqHistoricalData is IBRequests.request_historical_data
    assert callable(IBConnector(IBCallbacks()).reqMarketData)
