"""Slips of a user who asks a store: each has its exit code and a line that says what to do."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Call, Run

STORE = ("--source", "my-vendor")
CONTRACT = ("--contract-id", "265598")
FILE = "time,open,high,low,close\n2026-01-05T14:30:00Z,10,12,9,11\n2026-01-05T14:31:00Z,11,11,11,11\n"
BACKWARDS = ("--start", "2026-01-06", "--end", "2026-01-05")


@pytest.fixture
def stored(call: Call) -> None:
    """Two bars of AAPL in a store of its own."""
    Path("bars.csv").write_text(FILE)
    done = call("data", "import", "bars.csv", "AAPL", "--bar-size", "1m", *CONTRACT, *STORE)
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    "command",
    [("audit",), ("data", "show", "AAPL"), ("data", "export", "AAPL"), ("data", "continuous", "AAPL")],
    ids=lambda command: command[-1],
)
def test_a_span_that_ends_before_it_begins_is_refused(call: Call, command: tuple[str, ...]) -> None:
    done = call(*command, *BACKWARDS, *STORE)
    assert (done.returncode, done.stdout) == (2, "")
    assert "turn the dates round" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 5, "--contract-id"),
        (("--contract-id", "-5"), 2, "above 0"),
        ((*CONTRACT, "--time-zone", "Mars/Olympus"), 2, "America/New_York"),
        ((*CONTRACT, "--type", "Last"), 2, "no column price"),
        ((*CONTRACT, "--bar-size", "7m"), 2, "1s 5s 10s"),
        ((*CONTRACT, "--what", "PRICES"), 2, "TRADES MIDPOINT"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_an_import_that_is_refused_leaves_no_store_behind(
    call: Call, arguments: tuple[str, ...], code: int, words: str
) -> None:
    Path("bars.csv").write_text(FILE)
    kind = () if {"--type", "--bar-size"} & {*arguments} else ("--bar-size", "1m")
    done = call("data", "import", "bars.csv", "AAPL", *STORE, *kind, *arguments)
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
    assert not Path("data").exists()


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "AAPL", "--bar-size", "1m", "--type", "Last"), "not allowed with"),
        (("show", "AAPL", "--bar-size", "1h", "--from", "Trades"), "Last AllLast BidAsk MidPoint"),
        (("show", "AAPL", "--bar-size", "65x", "--from", "1m"), "65m"),
        (("list", "--source", "../data/my-vendor"), "small letters"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_meant_is_refused_with_what_can(
    stored: None, run: Run, arguments: tuple[str, ...], words: str
) -> None:
    done = run("data", *arguments)
    assert (done.returncode, done.stdout, words in done.stderr) == (2, "", True), done.stderr


def test_bars_are_made_of_the_usual_kind_unless_that_is_to_be_chosen(call: Call) -> None:
    Path("bars.csv").write_text(FILE)
    into = ("data", "import", "bars.csv", "EUR", "--bar-size", "1m", *STORE)
    pair = ("--contract-id", "12087792", "--sec-type", "CASH", "--exchange", "IDEALPRO")
    made = ("data", "show", "EUR", "--bar-size", "2m", "--from", "1m")
    for what in ("BID", "ASK"):
        assert call(*into, *pair, "--what", what).returncode == 0
    done = call(*made)
    assert (done.returncode, "(ASK BID); choose with --what" in done.stderr) == (2, True)
    Path("bars.csv").write_text(FILE.replace("10,12,9,11", "20,22,19,21"))
    assert call(*into, *pair, "--what", "MIDPOINT").returncode == 0
    assert call(*made).stdout.splitlines()[1].startswith("2026-01-05T14:30:00Z,20.0,22.0")


@pytest.mark.usefixtures("stored")
def test_rows_come_as_json_too(call: Call) -> None:
    row, _ = map(json.loads, call("data", "show", "AAPL", "--json").stdout.splitlines())
    assert (row["time"], row["close"], row["volume"]) == ("2026-01-05T14:30:00Z", 11.0, None)
    assert (row["final"], row["data_type"], "known_at" in row) == (True, "LIVE", False)


def test_an_empty_store_says_so(call: Call) -> None:
    assert call("backfill", "AAPL", "--plan", "--days", "0.01", "--sim").returncode == 0
    done = call("data", "list")
    assert (done.returncode, done.stdout, "nothing is stored yet" in done.stderr) == (0, "", True)
