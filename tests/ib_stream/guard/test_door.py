import pytest
from starlette.types import Scope

from config.settings import Settings
from ib_stream.guard.door import Door
from ib_stream.refusals import Refusal
from market.clock import DrivenClock
from tests.ib_stream.guard.requests import request

TOKEN = "a-token-of-the-tests"


def check(scope: Scope, **settings: object) -> Refusal | None:
    """What is refused, with these settings."""
    door = Door(Settings.model_validate(settings), DrivenClock())
    try:
        door.check(door.caller(scope), scope)
    except Refusal as refused:
        return refused
    return None


def test_this_machine_needs_no_token() -> None:
    assert check(request()) is None
    assert check(request(method="DELETE"), stream_token=TOKEN) is None


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_others_need_one_for_every_method(method: str) -> None:
    scope = request(method=method, peer="10.1.1.1", server="10.1.1.2", host="10.1.1.2")
    refused = check(scope, stream_token=TOKEN)
    assert refused is not None
    assert (refused.status, refused.code) == (401, "TOKEN_NEEDED")
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    scope["headers"].append((b"x-api-key", TOKEN.encode()))
    assert check(scope, stream_token=TOKEN) is None


def test_where_no_token_is_set_strangers_are_told_so() -> None:
    refused = check(request(peer="10.1.1.1", server="10.1.1.2", host="10.1.1.2"))
    assert refused is not None
    assert "set IB_STREAM_TOKEN" in refused.details


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", ""])
def test_a_name_that_is_not_the_servers_is_refused(host: str) -> None:
    refused = check(request(host=host))
    assert refused is not None
    assert (refused.status, refused.code) == (403, "HOST_NOT_ALLOWED")


def test_a_listed_name_is_the_servers_but_asks_for_a_token() -> None:
    scope = request(host="market.example.com:443")
    refused = check(scope, stream_hosts="market.example.com", stream_token=TOKEN)
    assert refused is not None
    assert refused.code == "TOKEN_NEEDED"


def test_a_page_of_elsewhere_is_refused_though_it_runs_on_this_machine() -> None:
    refused = check(request(origin="https://evil.example"))
    assert refused is not None
    assert (refused.status, refused.code) == (403, "ORIGIN_NOT_ALLOWED")


def test_the_health_of_the_server_is_everybodys() -> None:
    assert check(request("/health", peer="10.1.1.1", host="10.1.1.2"), stream_token=TOKEN) is None


@pytest.mark.parametrize(
    ("path", "method", "opened"),
    [
        ("/chart", "GET", True),
        ("/chart/AAPL", "GET", True),
        ("/assets/js/main.js", "GET", True),
        ("/chart/AAPL/bars", "GET", False),
        ("/chart/AAPL", "POST", False),
        ("/charts", "GET", False),
    ],
)
def test_the_page_is_everybodys_and_what_it_shows_is_not(path: str, method: str, opened: bool) -> None:
    scope = request(path, method=method, peer="10.1.1.1", host="10.1.1.2")
    assert (check(scope, stream_token=TOKEN) is None) == opened
