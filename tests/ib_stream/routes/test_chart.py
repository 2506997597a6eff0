"""What a chart begins with, and how its page is served."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from charting.assets import assets
from charting.marks import Label
from ib_stream.routes.page import POLICY
from simulator.gateway.server import GatewayThread
from tests.ib_stream.serving import AAPL, Event, Running, gateway, serving


@pytest.fixture(scope="module")
def tws() -> Iterator[GatewayThread]:
    with gateway() as running:
        yield running


@pytest.fixture(scope="module")
def web(tws: GatewayThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("served"), tws.port) as running:
        yield running


@pytest.mark.parametrize("path", ["/chart", "/chart/RHM@IBIS"])
def test_the_page_comes_under_a_policy_that_lets_nothing_else_in(web: Running, path: str) -> None:
    answer = web.get(path)
    assert answer.content == assets()["index.html"].body
    assert answer.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_is_sent_once_and_then_only_when_it_has_changed(web: Running) -> None:
    first = web.get("/assets/js/main.js")
    assert first.headers["content-type"].startswith("text/javascript")
    again = web.get("/assets/js/main.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert web.get("/assets/js/main.js", headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize("name", ["secret.js", "../assets.py", "js/../../assets.py", "js"])
def test_nothing_but_the_pages_files_is_served(web: Running, name: str) -> None:
    assert web.get(f"/assets/{name}").status_code in (400, 404)


def test_a_frame_comes_with_what_it_takes_to_draw_it(web: Running) -> None:
    found = web.get("/chart/AAPL/bars", params={"frame": "5m", "limit": 50}).json()
    times = found["bars"]["time"]
    assert 45 <= len(times) <= 55
    assert {b - a for a, b in pairwise(times)} == {300}
    assert found["contract"]["time_zone"]
    assert found["source"] == "SIMULATED"
    assert found["problem"] == ""
    assert all(start < end for start, end in found["sessions"])


def test_older_bars_end_where_newer_ones_begin(web: Running) -> None:
    newer = web.get("/chart/AAPL/bars", params={"limit": 30}).json()
    end = newer["bars"]["time"][0]
    older = web.get("/chart/AAPL/bars", params={"limit": 30, "end": f"{end}000000000"}).json()
    assert older["bars"]["time"][-1] == end - 60


def test_a_frame_that_does_not_exist_is_refused_with_those_that_do(web: Running) -> None:
    answer = web.get("/chart/AAPL/bars", params={"frame": "7m"})
    assert answer.status_code == 400
    assert "1s 5s 1m" in answer.json()["error"]["message"]
    assert web.get("/stream", params={"topics": "candle:AAPL:7m:all"}).status_code == 400


def test_a_stream_of_a_frame_begins_with_its_newest_bars_and_their_ends(web: Running) -> None:
    with web.stream(f"/stream?topics=candle:{AAPL}:5m:all") as found:
        candle = _next(found, "candle").data
    assert candle["data"]["size"] == "5m"
    assert candle["data"]["end"] - candle["data"]["unix_time"] == 300


def test_marks_come_as_a_snapshot_and_then_as_they_change(web: Running) -> None:
    book, loop = web.service.marks.of(AAPL), web.service.loop
    loop.call_soon_threadsafe(book.put, Label(id="a", side="buy", price=1.0))
    with web.stream(f"/stream?topics=chart:{AAPL}") as found:
        assert _next(found, "mark").data["data"] == {"cleared": True}
        assert _next(found, "mark").data["data"]["id"] == "a"
        loop.call_soon_threadsafe(book.remove, "a")
        assert _next(found, "mark").data["data"] == {"gone": "a"}
    assert web.get("/chart/AAPL/marks").json() == {"contract_id": AAPL, "marks": []}


def _next(found: Iterator[Event], kind: str) -> Event:
    return next(each for each in found if each.type == kind)
