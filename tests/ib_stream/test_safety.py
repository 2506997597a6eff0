"""Who may ask what, over TCP."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from simulator.gateway.server import GatewayThread
from tests.ib_api.gateway import eventually
from tests.ib_stream.serving import AAPL, Running, serving

TOKEN = "a-token-of-the-tests-0123"
PAGE = "https://app.example.com"
STREAM = f"/stream/{AAPL}/BidAsk"
# As if from another machine: whoever names a host that is not loopback is no local caller.
ELSEWHERE = {"Host": "market.example.com"}


@pytest.fixture(scope="module")
def web(tws: GatewayThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(
        tmp_path_factory.mktemp("served"),
        tws.port,
        token=TOKEN,
        origins=PAGE,
        hosts="market.example.com",
        clients_per_ip="2",
    ) as running:
        yield running


def test_a_local_caller_needs_no_token(web: Running) -> None:
    assert web.get("/stream/info").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", STREAM), ("GET", "/metrics"), ("DELETE", "/stream/all"), ("GET", "/docs"), ("GET", "/nothing")],
)
def test_another_needs_one_for_whatever_it_asks(web: Running, method: str, path: str) -> None:
    answer = web.client.request(method, path, headers=ELSEWHERE)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "TOKEN_NEEDED"


def test_strangers_learn_of_its_health_and_no_more(web: Running) -> None:
    health = web.get("/health", headers=ELSEWHERE).json()
    assert (health["status"], health["tws"]) == ("ready", None)
    assert web.get("/health").json()["tws"]["connected"] is True


def test_a_forwarded_request_needs_one_too(web: Running) -> None:
    assert web.get("/stream/info", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 401


@pytest.mark.parametrize("header", [{"Authorization": f"Bearer {TOKEN}"}, {"X-API-Key": TOKEN}])
def test_the_token_opens_it(web: Running, header: dict[str, str]) -> None:
    assert web.get("/stream/info", headers=ELSEWHERE | header).status_code == 200
    assert web.get("/stream/info", headers=ELSEWHERE | {"X-API-Key": "x" + TOKEN}).status_code == 401


def test_a_page_takes_a_cookie_for_the_token(web: Running) -> None:
    with httpx.Client(base_url=web.url, headers=ELSEWHERE) as page:
        answer = page.post("/session", headers={"X-API-Key": TOKEN})
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert TOKEN not in cookie
        page.cookies.clear()
        name_and_value = cookie.partition(";")[0]
        assert page.get("/stream/info", headers={"Cookie": name_and_value}).status_code == 200


def test_a_ticket_opens_the_one_stream_that_it_is_for(web: Running) -> None:
    asked = {"path": STREAM, "seconds": 30}
    ticket = web.client.post("/ticket", json=asked, headers=ELSEWHERE | {"X-API-Key": TOKEN}).json()["ticket"]
    query = urlencode({"ticket": ticket, "limit": 1})
    answer = web.get(f"{STREAM}?{query}", headers=ELSEWHERE)
    assert (answer.status_code, "limit_reached" in answer.text) == (200, True)
    assert web.get(f"/stream/AAPL/BidAsk?{query}", headers=ELSEWHERE).status_code == 401
    assert web.client.delete(f"/stream/{AAPL}?{query}", headers=ELSEWHERE).status_code == 401


def test_a_name_that_is_not_the_servers_is_refused(web: Running) -> None:
    answer = web.get("/stream/info", headers={"Host": "rebound.example"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "HOST_NOT_ALLOWED")


def test_a_page_of_elsewhere_is_refused_and_a_listed_one_may_read(web: Running) -> None:
    refused = web.get(STREAM, headers={"Origin": "https://evil.example"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "ORIGIN_NOT_ALLOWED")
    assert "access-control-allow-origin" not in refused.headers
    for path in (f"{STREAM}?limit=1", "/stream/info", "/stream/0"):
        answer = web.get(path, headers={"Origin": PAGE})
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["vary"] == "Origin"


def test_a_browser_that_asks_first_needs_no_token_for_that(web: Running) -> None:
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "DELETE"}
    answer = web.client.options("/stream/all", headers=ELSEWHERE | asked)
    assert answer.status_code == 204
    assert "DELETE" in answer.headers["access-control-allow-methods"]


def test_one_address_has_so_many_streams_and_no_more(web: Running) -> None:
    with web.stream(STREAM) as first, web.stream(STREAM) as second:
        next(first), next(second)
        answer = web.get(STREAM)
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "TOO_MANY_REQUESTS")
        assert int(answer.headers["retry-after"]) >= 1
    eventually(lambda: web.get(f"{STREAM}?limit=1").status_code == 200)


def test_one_address_asks_so_often_and_no_more(tws: GatewayThread, tmp_path: Path) -> None:
    with serving(tmp_path, tws.port, wait=False, connects_per_minute="3", client_id="7") as web:
        codes = [web.get("/health").status_code for _ in range(5)]
        refused = web.get("/health")
    assert codes[3:] == [429, 429]
    assert int(refused.headers["retry-after"]) >= 1


def test_500_says_nothing_of_the_inside(web: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise KeyError("/home/trader/secret")

    monkeypatch.setattr(web.service.hub, "stats", broken)
    answer = web.get("/metrics", headers={"X-Request-ID": "r500"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "INTERNAL_ERROR")
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "r500"
    assert "secret" not in answer.text


def test_no_answer_names_the_account_or_a_folder(web: Running, tws: GatewayThread) -> None:
    account = tws.gateway.services.model.source.account
    pages = [
        web.get(path).text
        for path in ("/", "/health", "/metrics", "/stream/info", "/stream/active", "/stream/0")
    ]
    assert not any(account in page or "/tmp/" in page for page in pages)
