"""The specification's tables, row by row, over TCP: endpoints, parameters, ticks, events, status codes."""

import pytest

from tests.ib_stream.serving import AAPL, EURUSD, TSLA, Running

TICK_TYPES = ["Last", "AllLast", "BidAsk", "MidPoint"]
FIELDS = {
    "Last": {"price", "size", "exchange", "special_conditions", "past_limit", "unreported"},
    "AllLast": {"price", "size", "exchange", "special_conditions", "past_limit", "unreported"},
    "BidAsk": {"bid_price", "ask_price", "bid_size", "ask_size", "bid_past_low", "ask_past_high"},
    "MidPoint": {"mid_point"},
}


# -- endpoints


def test_root_lists_what_there_is(web: Running) -> None:
    root = web.get("/").json()
    listed = {(each["method"], each["path"]) for each in root["endpoints"]}
    assert listed >= {
        ("GET", "/"),
        ("GET", "/health"),
        ("GET", "/metrics"),
        ("GET", "/stream"),
        ("GET", "/stream/info"),
        ("GET", "/stream/active"),
        ("GET", "/stream/{contract_id}"),
        ("GET", "/stream/{contract_id}/{tick_type}"),
        ("DELETE", "/stream/{contract_id}"),
        ("DELETE", "/stream/all"),
        ("GET", "/bars/{contract_id}"),
        ("GET", "/ticks/{contract_id}"),
        ("GET", "/contracts/search"),
    }


def test_health_says_how_the_line_to_tws_is(web: Running) -> None:
    answer = web.get("/health")
    health = answer.json()
    assert (answer.status_code, health["status"]) == (200, "ready")
    assert health["tws"]["connected"] is True
    assert health["tws"]["source"] == "SIMULATED"
    assert health["read_only"] is True


def test_info_tells_tick_types_limits_and_places_left(web: Running) -> None:
    info = web.get("/stream/info").json()
    assert list(info["tick_types"]) == TICK_TYPES
    assert info["parameters"]["timeout"]["default"] == 300
    assert info["slots"]


def test_active_lists_a_stream_while_it_runs(web: Running) -> None:
    with web.stream(f"/stream/{AAPL}/BidAsk") as found:
        next(found)
        active = web.get("/stream/active").json()
    assert active["count"] == len(active["streams"]) >= 1
    assert f"tick:{AAPL}:BidAsk" in str(active["streams"])


@pytest.mark.parametrize(
    "path", [f"/stream/{AAPL}?tick_type=BidAsk", f"/stream/{AAPL}/BidAsk", "/stream/AAPL/BidAsk"]
)
def test_a_contract_is_streamed_by_id_and_by_name(web: Running, path: str) -> None:
    found = web.all(path + ("&" if "?" in path else "?") + "limit=2")
    ticks = [each.data for each in found if each.type == "tick"]
    assert [(tick["contract_id"], tick["data"]["type"]) for tick in ticks] == [(AAPL, "bid_ask")] * 2


def test_several_topics_share_one_connection(web: Running) -> None:
    topics = f"tick:{AAPL}:BidAsk,tick:{EURUSD}:BidAsk,status"
    seen = set[int]()
    with web.stream(f"/stream?topics={topics}") as found:
        for event in found:
            if event.type == "tick":
                seen.add(event.data["contract_id"])
            if seen == {AAPL, EURUSD}:
                break
    assert seen == {AAPL, EURUSD}


def test_a_stream_is_stopped_for_all_its_clients(web: Running) -> None:
    with web.stream("/stream/TSLA/BidAsk") as first, web.stream(f"/stream/{TSLA}/BidAsk") as second:
        next(first), next(second)
        assert web.client.delete(f"/stream/{TSLA}").json()["stopped"] == 1
        ends = [list(first)[-1].data, list(second)[-1].data]
    assert [(end["type"], end["contract_id"]) for end in ends] == [("complete", TSLA)] * 2
    assert web.client.delete(f"/stream/{TSLA}").status_code == 404


# -- parameters


def test_limit_ends_a_stream_after_so_many_ticks(web: Running) -> None:
    found = web.all(f"/stream/{AAPL}?tick_type=BidAsk&limit=3")
    assert sum(each.type == "tick" for each in found) == 3
    assert found[-1].data["reason"] == "limit_reached"
    assert found[-1].data["total_ticks"] == 3


def test_timeout_ends_a_stream_after_so_many_seconds(web: Running) -> None:
    found = web.all(f"/stream/{AAPL}?tick_type=BidAsk&timeout=0.2")
    assert (found[-1].type, found[-1].data["reason"]) == ("complete", "timeout")


def test_without_a_tick_type_it_is_last(web: Running) -> None:
    with web.stream("/stream/NVDA") as found:
        assert "tick:4815747:Last" in next(found).data["topics"]


def test_the_one_format_is_sse(web: Running) -> None:
    with web.stream(f"/stream/{AAPL}/BidAsk?format=sse") as found:
        assert next(found).type == "info"
    refused = web.get(f"/stream/{AAPL}/BidAsk?format=json")
    assert refused.status_code == 400
    assert "'sse'" in refused.json()["error"]["message"]


# -- tick types and events


@pytest.mark.parametrize(
    ("tick_type", "name"), [("Last", "NVDA"), ("AllLast", "MSFT"), ("BidAsk", "AAPL"), ("MidPoint", "USDJPY")]
)
def test_each_tick_type_has_its_fields(web: Running, tick_type: str, name: str) -> None:
    found = web.all(f"/stream/{name}/{tick_type}?limit=1&timeout=25")
    (tick,) = [each.data for each in found if each.type == "tick"]
    assert tick.keys() >= {"type", "contract_id", "timestamp", "data"}
    assert tick["timestamp"].endswith("Z")
    assert tick["data"].keys() >= FIELDS[tick_type] | {"type", "timestamp", "unix_time"}


def test_a_stream_begins_with_what_was_asked_for_and_the_requests_id(web: Running) -> None:
    with web.stream(f"/stream/{AAPL}/BidAsk?limit=5", x_request_id="my-request.1") as found:
        first = next(found).data
    assert (first["type"], first["code"], first["request_id"]) == ("info", "started", "my-request.1")
    assert (first["limit"], first["timeout"]) == (5, 300)


def test_events_have_ids_that_rise_and_the_end_says_that_it_is_one(web: Running) -> None:
    found = web.all(f"/stream/{AAPL}/BidAsk?limit=3")
    numbers = [int(each.id.split("-")[1]) for each in found if each.type == "tick"]
    assert numbers == sorted(set(numbers))
    assert found[-1].id.endswith("-end")


def test_a_finished_stream_is_not_served_again(web: Running) -> None:
    end = web.all(f"/stream/{AAPL}/BidAsk?limit=1")[-1].id
    for options in ({"headers": {"Last-Event-ID": end}}, {"params": {"last_event_id": end}}):
        answer = web.get(f"/stream/{AAPL}/BidAsk?limit=1", **options)
        assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("topics", [f"tick:{AAPL}:BidAsk", f"tick:{AAPL}:BidAsk,tick:{EURUSD}:BidAsk,status"])
def test_a_stream_goes_on_after_the_last_id_without_losing_or_repeating_a_tick(
    web: Running, topics: str
) -> None:
    path = f"/stream?topics={topics}"
    with web.stream(path) as whole:
        seen = [next(whole)]
        got = [each.id for each in web.all(f"{path}&limit=2") if each.type == "tick"]
        seen += [next(whole) for _ in range(4)]
        got += [each.id for each in web.all(f"{path}&limit=4", last_event_id=got[-1]) if each.type == "tick"]
        while seen[-1].id != got[-1]:
            seen.append(next(whole))
    known = [each.id for each in seen if each.type == "tick"]
    assert got == known[known.index(got[0]) :]


def test_a_stream_may_begin_in_the_past(web: Running) -> None:
    path = f"/stream/{AAPL}/BidAsk?limit=3"
    before = [each.data for each in web.all(path) if each.type == "tick"]
    again = [each.data for each in web.all(f"{path}&since={before[0]['timestamp']}") if each.type == "tick"]
    assert again == before


# -- status codes and headers


def test_a_stream_is_not_kept_not_packed_and_not_held_back(web: Running) -> None:
    with web.client.stream("GET", f"/stream/{AAPL}/BidAsk?limit=1") as answer:
        answer.read()
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache, no-transform"
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.headers["x-request-id"]
    assert answer.content.startswith((b"id: ", b"retry: "))


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/stream/0", "from 1 to"),
        ("/stream/-5", "no contract id"),
        ("/stream/99999999999", "from 1 to"),
        (f"/stream/{AAPL}?tick_type=Bid", "'Last', 'AllLast', 'BidAsk' or 'MidPoint'"),
        (f"/stream/{AAPL}/Bid", "'Last', 'AllLast', 'BidAsk' or 'MidPoint'"),
        (f"/stream/{AAPL}?limit=0", "greater than or equal to 1"),
        (f"/stream/{AAPL}?limit=many", "valid integer"),
        (f"/stream/{AAPL}?timeout=-1", "greater than 0"),
        (f"/stream/{AAPL}?timeout=1e9", "less than or equal to 86400"),
        (f"/stream/{AAPL}?since=yesterday", "2026-01-09"),
        (f"/stream/{AAPL}?last_event_id=what", "no id of an event"),
        (f"/stream/{AAPL}?limt=3", "did you mean limit"),
        ("/stream", "topics is missing"),
        ("/stream?topics=tick:AAPL:Bid", "Last, AllLast, BidAsk, MidPoint"),
        ("/stream?topics=quotes", "tick:CONTRACT:TYPE"),
        ("/bars/AAPL?size=7m", "choose one of"),
        ("/bars/AAPL?start=2026-01-02&end=2026-01-01", "swap them"),
    ],
)
def test_400_says_what_is_allowed(web: Running, path: str, hint: str) -> None:
    answer = web.get(path)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["code"] == "INVALID_PARAMETER"
    assert hint in error["message"]


@pytest.mark.parametrize("name", ["999999999", "NOSUCHNAME"])
def test_404_for_a_contract_that_there_is_not(web: Running, name: str) -> None:
    answer = web.get(f"/stream/{name}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "CONTRACT_NOT_FOUND")


def test_404_and_405_for_what_is_no_endpoint(web: Running) -> None:
    assert web.get("/nothing").json()["error"]["code"] == "NOT_FOUND"
    answer = web.client.post("/stream/all")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE")
    assert answer.json()["error"]["code"] == "METHOD_NOT_ALLOWED"


def test_an_ambiguous_name_lists_the_candidates(web: Running) -> None:
    answer = web.get("/stream?topics=tick:ES/FUT:Last")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "AMBIGUOUS_CONTRACT")
    assert len(answer.json()["candidates"]) > 1


def test_an_error_carries_the_requests_id_in_body_and_header(web: Running) -> None:
    answer = web.get("/stream/0", headers={"X-Request-ID": "abc"})
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "abc"
    other = web.get("/stream/0", headers={"X-Request-ID": "not/ours"})
    assert other.headers["x-request-id"] != "not/ours"


# -- last, since IB lets an instrument wait after it


def test_all_streams_are_stopped_at_once(web: Running) -> None:
    with web.stream(f"/stream/{AAPL}/BidAsk") as first, web.stream(f"/stream/{EURUSD}/BidAsk") as second:
        next(first), next(second)
        assert web.client.delete("/stream/all").json()["stopped"] >= 2
        assert [list(first)[-1].type, list(second)[-1].type] == ["complete", "complete"]
