import pytest

from ib_stream.guard.credentials import COOKIE, Credentials
from market.clock import DrivenClock
from market.times import SECOND
from tests.ib_stream.guard.requests import request

TOKEN = "a-token-of-the-tests"


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(1_700_000_000 * SECOND)


@pytest.fixture
def known(clock: DrivenClock) -> Credentials:
    return Credentials(TOKEN, clock)


@pytest.mark.parametrize(
    "headers",
    [{"authorization": f"Bearer {TOKEN}"}, {"authorization": f"bearer {TOKEN}"}, {"x_api_key": TOKEN}],
)
def test_the_token_is_known_in_either_header(known: Credentials, headers: dict[str, str]) -> None:
    assert known.known(request(**headers))


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer "}, {"x_api_key": TOKEN[:-1]}, {"authorization": f"Basic {TOKEN}"}],
)
def test_all_else_is_not(known: Credentials, headers: dict[str, str]) -> None:
    assert not known.known(request(**headers))


def test_the_token_itself_is_no_ticket_and_no_cookie(known: Credentials) -> None:
    assert not known.known(request(query=f"ticket={TOKEN}", cookie=f"{COOKIE}={TOKEN}"))


def test_a_session_lasts_its_time(known: Credentials, clock: DrivenClock) -> None:
    cookie = f"other=1; {COOKIE}={known.session()}"
    assert known.known(request(cookie=cookie, method="DELETE"))
    clock.advance(12 * 3600 * SECOND)
    assert not known.known(request(cookie=cookie))


def test_a_ticket_is_for_one_path_to_read_and_for_a_short_time(
    known: Credentials, clock: DrivenClock
) -> None:
    query = f"limit=3&ticket={known.ticket('/stream/265598', 60)}"
    assert known.known(request("/stream/265598", query=query))
    assert not known.known(request("/stream/272093", query=query))
    assert not known.known(request("/stream/265598", "DELETE", query=query))
    clock.advance(60 * SECOND)
    assert not known.known(request("/stream/265598", query=query))


@pytest.mark.parametrize("change", ["9{}", "{}0", "x{}", "{}."])
def test_a_ticket_that_was_changed_is_none(known: Credentials, change: str) -> None:
    assert not known.known(request(query=f"ticket={change.format(known.ticket('/stream/265598', 60))}"))


def test_a_ticket_is_no_session(known: Credentials) -> None:
    assert not known.known(request(cookie=f"{COOKIE}={known.ticket('/stream/265598', 60)}"))


def test_without_a_token_nothing_is_known(clock: DrivenClock) -> None:
    none = Credentials("", clock)
    forged = Credentials("", clock).ticket("/stream/265598", 60)
    assert not none.known(request(x_api_key="", authorization="Bearer "))
    assert not none.known(request(query=f"ticket={forged}"))
