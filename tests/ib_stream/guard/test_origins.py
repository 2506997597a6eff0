import pytest

from ib_stream.guard.origins import Origins
from tests.ib_stream.guard.requests import request

LISTED = "https://app.example.com"


@pytest.fixture
def origins() -> Origins:
    return Origins([LISTED])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://localhost:8000"},
        {"origin": LISTED},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none", "sec_fetch_mode": "navigate"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"},
    ],
)
def test_own_pages_listed_ones_and_programs_may_ask(origins: Origins, headers: dict[str, str]) -> None:
    assert origins.allow(request(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:3000"},
        {"origin": "null"},
        {"origin": "https://app.example.com.evil.example"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors"},
        {"sec_fetch_site": "same-site", "sec_fetch_mode": "no-cors"},
    ],
)
def test_pages_of_elsewhere_may_not(origins: Origins, headers: dict[str, str]) -> None:
    assert not origins.allow(request(**headers))


def test_a_page_of_elsewhere_may_not_end_streams_by_sending_the_browser_there(origins: Origins) -> None:
    assert not origins.allow(request(method="POST", sec_fetch_site="cross-site", sec_fetch_mode="navigate"))


def test_a_listed_page_is_told_that_it_may_read(origins: Origins) -> None:
    headers = dict(origins.headers(request(origin=LISTED)))
    assert headers[b"access-control-allow-origin"] == LISTED.encode()
    assert headers[b"access-control-allow-credentials"] == b"true"
    assert headers[b"vary"] == b"Origin"
    assert b"access-control-allow-origin" not in dict(origins.headers(request()))


def test_a_browser_that_asks_first_is_told_the_methods(origins: Origins) -> None:
    scope = request(method="OPTIONS", origin=LISTED, access_control_request_method="DELETE")
    asked = dict(origins.asked_before(scope) or ())
    assert b"DELETE" in asked[b"access-control-allow-methods"]
    assert origins.asked_before(request(method="OPTIONS", origin=LISTED)) is None
