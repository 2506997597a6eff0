"""What goes wrong between the server and TWS, as clients see it over TCP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import faults
from simulator.faults.lines import Cut
from simulator.gateway.server import GatewayThread
from tests.ib_stream.serving import AAPL, Event, Running, gateway, serving

STREAM = f"/stream/{AAPL}/BidAsk"


@pytest.fixture(scope="module")
def tws() -> Iterator[GatewayThread]:
    """One with a place for a single tick-by-tick stream."""
    with gateway(tick_by_tick=1, lines=100) as running:
        yield running


def until(found: Iterator[Event], type: str, code: str | None = None) -> list[Event]:
    """The events up to the first of a type and code, which is the last."""
    seen = list[Event]()
    for event in found:
        seen.append(event)
        if event.type == type and code in (None, event.data.get("code")):
            return seen
    raise AssertionError(f"it ended with {seen[-1]}")


def numbers(events: list[Event]) -> list[int]:
    return [int(each.id.split("-")[1].partition("~")[0]) for each in events if each.type == "tick"]


def contents(events: list[Event]) -> list[object]:
    return [each.data["data"] | {"source": ""} for each in events if each.type == "tick"]


def test_clients_stay_when_tws_is_lost_and_are_told(web: Running, tws: GatewayThread) -> None:
    with web.stream(STREAM) as found:
        seen = until(found, "tick")
        with faults.applied(tws, Cut()):
            seen += until(found, "info", "interrupted")
        seen += until(found, "info", "resumed")
        seen += until(found, "tick")
    assert numbers(seen) == sorted(set(numbers(seen)))
    assert web.get("/health").json()["tws"]["connected"] is True


def test_beyond_the_quota_ticks_are_derived_and_say_so_first(web: Running) -> None:
    with web.stream(STREAM) as first:
        until(first, "tick")
        with web.stream("/stream/MSFT/BidAsk") as second:
            seen = until(second, "tick")
        assert [each.data["code"] for each in seen if each.type == "info"][-1] == "derived"
        assert seen[-1].data["data"]["source"] == "l1"
        answer = web.get("/stream/MSFT/BidAsk?strict=true")
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "TOO_MANY_STREAMS")
        assert int(answer.headers["retry-after"]) >= 1


def test_an_id_of_an_earlier_life_of_the_server_is_gone_on_from(tmp_path: Path) -> None:
    with gateway() as tws:
        with serving(tmp_path, tws.port) as web, web.stream(STREAM) as whole:
            seen = until(whole, "tick")
            last = web.all(f"{STREAM}?limit=2")[-2]
            while len(numbers(seen)) < 10:
                seen.append(next(whole))
        at = [each.id for each in seen].index(last.id)
        missed = contents(seen[at + 1 :])
        with serving(tmp_path, tws.port) as web:
            resumed = web.all(f"{STREAM}?timeout=3", last_event_id=last.id)
    assert contents(resumed)[: len(missed)] == missed
    assert [each for each in resumed if each.type == "gap"], "nobody listened between the two"
