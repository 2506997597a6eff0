import pytest

from simulator.gateway.options import GatewayOptions
from simulator.wire.asks import Ask
from tests.simulator.gateway.raw_client import RawClient, request


def error_of(answer: list[list[str]]) -> tuple[int, int, str]:
    """Request id, code and text of the one error in `answer` (server version 200)."""
    ((kind, request_id, code, text, _, _),) = answer
    assert kind == "4"
    return int(request_id), int(code), text


def test_the_greeting_is_version_account_id_and_farms_in_this_order() -> None:
    kinds = [(fields[0], fields[2][:4] if fields[0] == "4" else "") for fields in RawClient().greeting]
    notices = [("4", code) for code in ("2104", "2104", "2106", "2106", "2158")]
    assert kinds == [("200", ""), ("15", ""), ("9", ""), *notices]


def test_what_does_not_speak_the_protocol_is_hung_up_on(caplog: pytest.LogCaptureFixture) -> None:
    client = RawClient()
    client.session.receive(b"\xff\xff\xff\xff")
    assert client.closed
    assert "this is not TWS's protocol" in caplog.text


@pytest.mark.parametrize("version", [150, 201])
def test_only_versions_that_are_served_are_agreed_on(version: int, caplog: pytest.LogCaptureFixture) -> None:
    client = RawClient(version)
    assert client.closed == (version == 150)
    assert ("update its library" in caplog.text) == (version == 150)


def test_the_server_can_be_an_older_one() -> None:
    assert RawClient(options=GatewayOptions(server_version=176)).greeting[0][0] == "176"


def test_a_client_id_in_use_is_refused_and_free_again_after_its_owner_leaves() -> None:
    first = RawClient(client_id=3)
    second = RawClient(client_id=3, clock=first.clock, services=first.services)
    assert second.greeting[1][1:3] == ["-1", "326"]
    assert second.closed
    first.session.close()
    third = RawClient(client_id=3, clock=first.clock, services=first.services)
    assert third.greeting[1][0] == "15"


def test_requests_cut_anywhere_are_served_whole() -> None:
    client = RawClient()
    for byte in request(49, 1) + request(8, 1, 1):
        client.session.receive(bytes([byte]))
    assert [fields[0] for fields in client.take()] == ["49", "9"]


def test_a_malformed_request_is_refused_and_the_next_one_served() -> None:
    client = RawClient()
    assert error_of(client.ask(97, 5, "AAPL")) == (
        -1, 320, "Error reading request. field 'conId' is 'AAPL', not a whole number"
    )  # fmt: skip
    assert client.ask(49, 1)[0][0] == "49"


@pytest.mark.parametrize("ask", sorted(Ask))
def test_no_request_is_met_with_silence_or_a_crash(ask: Ask) -> None:
    quiet = {
        Ask.SERVER_LOG_LEVEL, Ask.MARKET_DATA_TYPE, Ask.GLOBAL_CANCEL, Ask.CANCEL_POSITIONS,
        Ask.CANCEL_POSITIONS_MULTI, Ask.CANCEL_ACCOUNT_UPDATES_MULTI, Ask.CANCEL_HEAD_TIMESTAMP,
        Ask.CANCEL_HISTOGRAM, Ask.NEWS_BULLETINS, Ask.CANCEL_NEWS_BULLETINS, Ask.CANCEL_FUNDAMENTAL_DATA,
        Ask.CANCEL_CALENDAR_META, Ask.CANCEL_CALENDAR_EVENTS,
        Ask.CANCEL_IMPLIED_VOLATILITY, Ask.CANCEL_OPTION_PRICE,
    }  # fmt: skip
    answer = RawClient().ask(int(ask), *([1] * 3), *([""] * 30))
    assert bool(answer) == (ask not in quiet)


def test_an_unsupported_request_is_refused_by_name_with_its_id() -> None:
    request_id, code, text = error_of(RawClient().ask(int(Ask.EXERCISE_OPTIONS), 2, 77, *([""] * 16)))
    assert (request_id, code) == (77, 321)
    assert text.endswith("Exercise options is not simulated by this gateway.")


def test_an_unknown_message_is_refused() -> None:
    assert error_of(RawClient().ask(999, 1))[1:] == (
        321, "Error validating request.-'bN' : cause - Message 999 is not simulated by this gateway."
    )  # fmt: skip


def test_nothing_is_served_before_the_api_is_started() -> None:
    client = RawClient(start=False)
    assert client.ask(49, 1)[0][1:3] == ["-1", "321"]


def too_many(client: RawClient) -> list[str]:
    """Fill a second with what is allowed and two messages more; the texts of the refusals."""
    answers = [client.ask(49, 1) for _ in range(52)]
    client.wait(1)
    return [answer[0][3] for answer in answers if answer and answer[0][0] == "4"]


def test_too_many_messages_a_second_are_refused_and_the_third_time_the_line_is_cut() -> None:
    client = RawClient()
    client.wait(1)
    text = "Max rate of messages per second has been exceeded:max=50 rec="
    assert too_many(client) == [text + "51 (1)", text + "52 (1)"]
    assert too_many(client) == [text + "51 (2)", text + "52 (2)"]
    assert not client.closed
    assert too_many(client) == [text + "51 (3)"]
    assert client.closed


def test_a_client_that_asks_for_it_is_paced_instead() -> None:
    client = RawClient(hello_options="+PACEAPI")
    client.wait(1)
    client.session.receive(request(49, 1) * 120)
    assert [len(client.take())] + [len(client.wait(1)) for _ in range(3)] == [50, 50, 20, 0]
    assert not client.closed


def test_a_paced_client_that_leaves_has_no_timer_left() -> None:
    client = RawClient(hello_options="+PACEAPI")
    client.session.receive(request(49, 1) * 120)
    client.session.close()
    client.take()
    assert client.wait(5) == []


def test_a_paced_client_cannot_fill_the_memory() -> None:
    client = RawClient(hello_options="+PACEAPI", options=GatewayOptions(write_limit=1_000))
    client.session.receive(request(49, 1) * 500)
    assert client.closed


@pytest.mark.parametrize(("lines", "rate"), [(1, 1), (100, 50), (500, 250)])
def test_the_rate_is_half_the_lines(lines: int, rate: int) -> None:
    assert GatewayOptions(lines=lines).messages_per_second == rate


def test_nothing_is_too_fast_for_a_lenient_gateway() -> None:
    client = RawClient(options=GatewayOptions(lenient=True))
    assert all(client.ask(49, 1)[0][0] == "49" for _ in range(500))


def test_the_thirty_third_client_is_turned_away_and_a_lenient_gateway_takes_it() -> None:
    for lenient in (False, True):
        first = RawClient(options=GatewayOptions(lenient=lenient))
        for client_id in range(2, 33):
            assert not RawClient(services=first.services, client_id=client_id).closed
        last = RawClient(services=first.services, client_id=33)
        assert last.closed != lenient
        assert lenient or last.greeting[-1][2] == "326"


def test_the_rate_is_per_second() -> None:
    client = RawClient()
    for _ in range(5):
        client.wait(1)
        assert all(client.ask(49, 1)[0][0] == "49" for _ in range(50))


def test_the_time_is_that_of_the_clock() -> None:
    client = RawClient()
    assert client.ask(49, 1) == [["49", "1", "1767978000"]]
    client.wait(1.5)
    assert client.ask(105) == [["109", "1767978001500"]]
