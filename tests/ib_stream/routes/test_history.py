import csv
import io

import pyarrow as pa
import pytest

from market import times
from tests.ib_api.gateway import eventually
from tests.ib_stream.serving import AAPL, Running

DAY = "start=2026-01-05T15:00:00Z&end=2026-01-05T16:00:00Z"


def test_bars_that_the_store_lacks_are_fetched(web: Running) -> None:
    found = web.get(f"/bars/AAPL?size=5m&{DAY}").json()
    assert (found["contract_id"], found["count"], found["next"]) == (AAPL, 12, None)
    assert found["rows"][0]["time"] == "2026-01-05T15:00:00Z"
    assert found["rows"][0].keys() >= {"open", "high", "low", "close", "volume"}
    assert web.get(f"/bars/{AAPL}?size=5m&{DAY}&fetch=false").json() == found


def test_without_fetching_it_is_what_is_stored(web: Running) -> None:
    assert web.get(f"/bars/AAPL?size=1h&{DAY}&fetch=false").json()["count"] == 0


def test_pages_join_to_the_whole(web: Running) -> None:
    whole = web.get(f"/bars/AAPL?size=5m&{DAY}").json()["rows"]
    rows, start = list[object](), "2026-01-05T15:00:00Z"
    while start:
        page = web.get(f"/bars/AAPL?size=5m&limit=5&start={start}&end=2026-01-05T16:00:00Z").json()
        rows, start = rows + page["rows"], page["next"]
    assert rows == whole


@pytest.mark.parametrize("query", ["size=5m", "size=5m&what=MIDPOINT"])
def test_csv_and_arrow_hold_the_same_as_json(web: Running, query: str) -> None:
    rows = web.get(f"/bars/AAPL?{query}&{DAY}").json()["rows"]
    text = web.get(f"/bars/AAPL?{query}&{DAY}&format=csv")
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    read = list(csv.DictReader(io.StringIO(text.text)))
    assert [(row["time"], float(row["close"])) for row in read] == [
        (row["time"], row["close"]) for row in rows
    ]
    arrow = web.get(f"/bars/AAPL?{query}&{DAY}&format=arrow")
    table = pa.ipc.open_stream(arrow.content).read_all()
    assert [times.iso(time) for time in table["time"].cast(pa.int64()).to_pylist()] == [
        row["time"] for row in rows
    ]
    assert table["close"].to_pylist() == [row["close"] for row in rows]


def test_a_page_that_is_not_the_last_says_so_beside_text_too(web: Running) -> None:
    answer = web.get(f"/bars/AAPL?size=5m&limit=2&format=csv&{DAY}")
    assert answer.headers["x-next"] == "2026-01-05T15:10:00Z"


def test_ticks_that_were_streamed_are_there(web: Running) -> None:
    found = web.all(f"/stream/{AAPL}/BidAsk?limit=3")
    ticks = [each.data["data"] for each in found if each.type == "tick"]
    streamed = [(tick["bid_price"], tick["ask_price"], tick["bid_size"], tick["ask_size"]) for tick in ticks]

    def stored() -> bool:
        rows = web.get("/ticks/AAPL?tick_type=BidAsk").json()["rows"]
        quotes = [(row["bid"], row["ask"], row["bid_size"], row["ask_size"]) for row in rows]
        return any(quotes[at : at + 3] == streamed for at in range(len(quotes)))

    eventually(stored)


def test_a_search_finds_contracts(web: Running) -> None:
    found = web.get("/contracts/search?q=SAP").json()
    assert found["count"] == len(found["contracts"]) == 2
    assert {each["symbol"] for each in found["contracts"]} == {"SAP"}
    assert web.get("/contracts/search?q=NOSUCHNAME").json()["contracts"] == []


def test_a_plus_sign_that_became_a_blank_is_a_zone_still(web: Running) -> None:
    shifted = "start=2026-01-05T16:00:00+01:00&end=2026-01-05T17:00:00+01:00"
    assert web.get(f"/bars/AAPL?size=5m&{shifted}").json()["count"] == 12
