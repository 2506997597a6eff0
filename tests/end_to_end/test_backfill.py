"""Backfill as a user runs it: what it says first, what it fetches, and what it does where IB refuses."""

import json
from collections.abc import Iterator

import pytest

from market.clock import RealClock
from simulator import faults
from simulator.faults.market import StockSplit
from simulator.gateway.server import GatewayThread, run_in_thread
from simulator.model import generated
from tests.end_to_end.conftest import Call, Run, Start
from tests.programs import rows

END = ("--end", "2026-01-09", "--sim")


@pytest.fixture
def gateway() -> Iterator[GatewayThread]:
    with run_in_thread(generated(seed=1, feed="consistent", always_open=True), RealClock()) as thread:
        yield thread


def test_a_plan_is_said_and_nothing_is_fetched(call: Call) -> None:
    done = call("backfill", "AAPL", "TSLA", "--days", "3", "--plan", *END)
    assert done.returncode == 0, done.stderr
    assert "TSLA 1m TRADES all: 3 requests of 1 day, about 9 s at a guess of 3 s each" in done.stderr
    assert "in all 6 requests of bars, about 9 s with 2 series at once" in done.stderr
    assert call("data", "list", "--sim").stdout == ""


def test_the_next_plan_knows_what_requests_have_taken(call: Call) -> None:
    assert call("backfill", "AAPL", "--days", "2", *END).returncode == 0
    done = call("backfill", "AAPL", "--days", "9", "--plan", *END)
    assert "4 requests of 2 days" in done.stderr
    assert "at the measured" in done.stderr


def test_all_there_is_begins_at_the_earliest_bar(call: Call) -> None:
    done = call("backfill", "AAPL", "--bar-size", "1D", "--from-head", "--plan", *END)
    assert done.returncode == 0, done.stderr
    assert "27 requests of 363 days" in done.stderr
    assert "back to the head timestamp 2000-01-03" in done.stderr


def test_ticks_are_fetched_once(call: Call) -> None:
    span = ("--start", "2026-01-08T15:00", "--end", "2026-01-08T15:02")
    fetch = ("backfill", "AAPL", "--ticks", "Last,BidAsk", *span, "--sim", "--json")
    first, again = (call(*fetch) for _ in range(2))
    received = [
        [json.loads(line)["received"] for line in done.stdout.splitlines()] for done in (first, again)
    ]
    assert min(received[0]) > 0, first.stderr
    assert received[1] == [0, 0]


def test_what_one_contract_is_refused_does_not_keep_the_others_waiting(call: Call) -> None:
    done = call("backfill", "EURUSD", "AAPL", "--bar-size", "1h", "--what", "TRADES", "--days", "2", *END)
    assert done.returncode == 6
    assert "EUR.USD 1h TRADES all: " in done.stderr
    assert rows(call("data", "list", "--json", "--sim").stdout) == {"AAPL 1h TRADES all": 48}
    assert call("data", "gaps", "--sim").returncode == 0


def test_sizes_and_kinds_are_lists(call: Call) -> None:
    sizes = ("--bar-size", "1h,1D", "--what", "BID_ASK,ADJUSTED_LAST", "--days", "4")
    done = call("backfill", "AAPL", *sizes, "--end", "2026-01-09", "--sim", "--json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert {(each["bar_size"], each["what"]): each["new"] for each in found} == {
        ("1h", "BID_ASK"): 96,
        ("1h", "ADJUSTED_LAST"): 96,
        ("1D", "BID_ASK"): 4,
        ("1D", "ADJUSTED_LAST"): 4,
    }


def test_a_split_is_found_and_all_fetched_anew(call: Call, gateway: GatewayThread) -> None:
    fetch = ("backfill", "AAPL", "--port", str(gateway.port), "--bar-size", "1h", "--start", "2026-01-05")
    assert call(*fetch, "--end", "2026-01-07").returncode == 0
    before = call("data", "export", "AAPL").stdout
    with faults.applied(gateway, StockSplit("AAPL", 4.0)):
        done = call(*fetch, "--end", "2026-01-08")
        assert "a split changed all prices by the factor 0.25, so all was fetched anew" in done.stderr
        after = call("data", "export", "AAPL").stdout
    first, last = (float(text.splitlines()[1].split(",")[1]) for text in (before, after))
    assert last == pytest.approx(first / 4, abs=0.01)
    assert call("data", "gaps").returncode == 0


def test_it_follows_until_it_is_stopped(start: Start, gateway_port: int) -> None:
    span = ("--bar-size", "5s", "--days", "0.001")
    job = start("backfill", "AAPL", *span, "--follow", "--every", "5", "--port", str(gateway_port))
    job.wait_for("following 1 series")
    job.wait_for("AAPL 5s TRADES all: ")
    assert job.end() == 130, job.said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from-head", "--days", "3"), "leave out --start and --days"),
        (("--follow", "--end", "2026-01-09"), "leave out --end"),
        (("--follow", "--what", "ADJUSTED_LAST"), "once a day"),
        (("--every", "1"), "give 5 seconds or more"),
        (("--at-once", "0"), "from 1 to 20"),
        (("--ticks", "AllLast"), "choose of: Last BidAsk MidPoint"),
        (("--what", "TRADES,CANDLES"), "'CANDLES' is not served"),
        (("--bar-size", "1m,7m"), "7m"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_asked(
    call: Call, arguments: tuple[str, ...], words: str
) -> None:
    done = call("backfill", "AAPL", *arguments, "--sim")
    assert done.returncode == 2
    assert words in done.stderr


def test_gaps_are_filled_also_inside_a_day_and_the_audit_agrees(call: Call) -> None:
    fetch = ("backfill", "AAPL", "--bar-size", "5m", "--sim", "--start")
    # The newest first: an overlap reaches back to what is stored, and would fill them by itself.
    for start, end in (("07T10:00", "07T20:00"), ("05T16:00", "06T10:00"), ("05T14:30", "05T15:00")):
        assert call(*fetch, f"2026-01-{start}", "--end", f"2026-01-{end}").returncode == 0
    assert call("audit", "--sim").returncode == 8
    done = call("backfill", "--fill-gaps", "--sim", "--json")
    assert (done.returncode, json.loads(done.stdout)["new"]) == (0, 12 + 24 * 12), done.stderr
    assert call("audit", "--sim").returncode == 0
    assert "nothing is missing" in call("backfill", "--fill-gaps", "--sim").stderr


def test_which_contract_must_be_said(call: Call) -> None:
    done = call("backfill", "--sim")
    assert (done.returncode, "which contract?" in done.stderr) == (2, True)
    done = call("backfill", "--fill-gaps", "--what", "BID", "--sim")
    assert (done.returncode, "name symbols only" in done.stderr) == (2, True)


def test_stopped_in_the_middle_it_says_what_is_stored_and_goes_on_there(
    start: Start, run: Run, gateway_port: int
) -> None:
    span = ("--bar-size", "1D,1m", "--days", "300", "--end", "2026-01-09", "--port", str(gateway_port))
    job = start("backfill", "AAPL", *span, "--at-once", "1")
    job.wait_for("AAPL 1D TRADES all: 300 bars received")
    assert job.end() == 130, job.said
    assert "AAPL 1m TRADES all: stopped; " in job.said
    assert "AAPL 1D TRADES all: nothing to ask for" in run("backfill", "AAPL", *span, "--plan").stderr


def test_a_plan_as_json_has_an_object_for_each_series(call: Call) -> None:
    span = ("--start", "2026-01-05", "--end", "2026-01-06")
    done = call("backfill", "AAPL", "--bar-size", "1m", "--ticks", "Last", *span, "--plan", "--json", "--sim")
    bars, ticks = map(json.loads, done.stdout.splitlines())
    assert (bars["symbol"], bars["bar_size"], bars["requests"]) == ("AAPL", "1m", 1)
    assert (ticks["ticks"], ticks["start"], ticks["end"]) == (
        "Last",
        "2026-01-05T00:00:00Z",
        "2026-01-06T00:00:00Z",
    )
