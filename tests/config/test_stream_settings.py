from pathlib import Path

import pytest

from config.settings import Settings, load
from market.errors import SetupError

NOWHERE = Path("no-such-file.env")


def test_the_defaults_are_those_of_the_specification_with_paper_ports_only() -> None:
    settings = Settings()
    assert (settings.stream_host, settings.stream_client_id) == ("127.0.0.1", 2)
    assert settings.stream_ports == (7497, 4002)
    assert (settings.stream_max_streams, settings.stream_stream_timeout) == (50, 300)
    assert (settings.stream_buffer_size, settings.stream_reconnect_attempts) == (100, 0)


def test_ports_are_a_list_of_words() -> None:
    loaded = load({}, {"IB_STREAM_PORTS": "7497,7496,4002,4001"}, NOWHERE)
    assert loaded.stream_gateway().ports == (7497, 7496, 4002, 4001)


def test_the_gateway_is_the_general_one_where_nothing_is_said_of_the_servers_own() -> None:
    gateway = load({"port": 4002, "client_id": 9}, {"IB_HOST": "10.0.0.5"}, NOWHERE).stream_gateway()
    assert (gateway.host, gateway.ports, gateway.client_id) == ("10.0.0.5", (4002,), 9)
    own = {"IB_STREAM_HOST": "tws", "IB_STREAM_PORTS": "4004", "IB_STREAM_CLIENT_ID": "3", "IB_PORT": "1"}
    gateway = load({}, own, NOWHERE).stream_gateway()
    assert (gateway.host, gateway.ports, gateway.client_id) == ("tws", (4004,), 3)
    assert load({}, {}, NOWHERE).stream_gateway().chosen is False


@pytest.mark.parametrize(
    ("name", "hint"),
    [("IB_STREAM_PORT", "IB_STREAM_PORTS"), ("IB_STREAM_MAXSTREAMS", "IB_STREAM_MAX_STREAMS")],
)
def test_a_slip_in_a_name_is_an_error_with_a_suggestion(name: str, hint: str) -> None:
    with pytest.raises(SetupError, match=f"{name} is not a setting; did you mean {hint}"):
        load({}, {name: "1"}, NOWHERE)


def test_a_name_that_can_only_be_ours_is_an_error_without_one() -> None:
    with pytest.raises(SetupError, match=r"IB_STREAM_XYZZY is not a setting; see \.env\.example"):
        load({}, {"IB_STREAM_XYZZY": "1"}, NOWHERE)


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("IB_STREAM_PORTS", "0", "greater than"),
        ("IB_STREAM_BIND", "8000", "HOST:PORT"),
        ("IB_STREAM_BIND", "localhost:99999", "HOST:PORT"),
        ("IB_STREAM_ORIGINS", "example.com", "https://example.com:8443"),
        ("IB_STREAM_PROXIES", "proxy", "addresses or networks"),
        ("IB_STREAM_TRANSPORT", "fast", "'auto', 'direct' or 'asgi'"),
        ("IB_STREAM_CLIENT_ID", "0", "greater than"),
        ("IB_STREAM_STREAM_TIMEOUT", "0", "greater than 0"),
    ],
)
def test_what_is_not_usable_says_what_is(name: str, value: str, hint: str) -> None:
    with pytest.raises(SetupError, match=hint) as raised:
        load({}, {name: value}, NOWHERE)
    assert name in str(raised.value)


def test_a_short_token_is_refused_without_being_shown() -> None:
    with pytest.raises(SetupError, match="at least 16 characters") as raised:
        load({}, {"IB_STREAM_TOKEN": "hunter2"}, NOWHERE)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("bind", "address"), [("0.0.0.0:8000", ("0.0.0.0", 8000)), ("[::1]:81", ("::1", 81))]
)
def test_where_to_listen_is_host_and_port(bind: str, address: tuple[str, int]) -> None:
    assert Settings(stream_bind=bind).stream_address == address


def test_a_gateway_that_was_named_for_the_server_is_not_simulated() -> None:
    assert load({}, {"IB_SIM": "auto", "IB_STREAM_PORTS": "4002"}, NOWHERE).simulated is False
