import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_stream.guard.caller import FORWARDING, caller_of, host_name, names_this_machine
from tests.ib_stream.guard.requests import request

PROXIES = [ipaddress.ip_network("127.0.0.1"), ipaddress.ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("peer", "server", "host"),
    [
        ("127.0.0.1", "127.0.0.1", "localhost:8000"),
        ("127.0.0.9", "127.0.0.1", "127.0.0.1"),
        ("::1", "::1", "[::1]:8000"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1", "LOCALHOST."),
    ],
)
def test_all_loopback_is_local(peer: str, server: str, host: str) -> None:
    assert caller_of(request(peer=peer, server=server, host=host)).local


@pytest.mark.parametrize(
    ("peer", "server", "host"),
    [
        ("192.168.1.5", "192.168.1.2", "localhost"),
        ("127.0.0.1", "192.168.1.2", "localhost"),
        ("127.0.0.1", "127.0.0.1", "evil.example"),
        ("127.0.0.1", "127.0.0.1", "localhost.evil.example"),
        ("127.0.0.1", "127.0.0.1", "192.168.1.2"),
        ("127.0.0.1", "/run/socket", "localhost"),
        ("", "127.0.0.1", "localhost"),
    ],
)
def test_one_that_is_not_loopback_makes_a_stranger(peer: str, server: str, host: str) -> None:
    assert not caller_of(request(peer=peer, server=server, host=host)).local


@pytest.mark.parametrize("name", FORWARDING)
def test_a_forwarded_request_is_no_local_one(name: str) -> None:
    assert not caller_of(request(**{name: "127.0.0.1"})).local


def test_a_listed_proxy_is_believed_whom_it_forwards() -> None:
    assert caller_of(request(x_forwarded_for="127.0.0.5, 10.0.0.7"), [PROXIES[1], PROXIES[0]]).local
    caller = caller_of(request(x_forwarded_for="127.0.0.5, 8.8.8.8, 10.0.0.7"), PROXIES)
    assert (caller.address, caller.local) == ("8.8.8.8", False)


def test_a_listed_proxy_that_names_nobody_forwards_a_stranger() -> None:
    assert caller_of(request(via="1.1 proxy"), PROXIES).address == "unknown"


def test_a_network_of_one_machine_counts_as_one() -> None:
    first, second = (caller_of(request(peer=f"2001:db8:0:1::{n}")).address for n in (1, 2))
    assert first == second == "2001:db8:0:1::/64"


def test_two_hosts_are_none() -> None:
    scope = request()
    scope["headers"].append((b"host", b"localhost"))
    assert caller_of(scope).host == ""


@given(st.text(max_size=30))
def test_no_text_is_taken_for_this_machine_but_its_names(text: str) -> None:
    name = host_name(text)
    if names_this_machine(name):
        assert name == "localhost" or name.endswith(".localhost") or name.startswith("127.") or ":" in name
