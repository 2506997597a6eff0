"""Slips of a user who asks a store: each has its exit code and a line that says what to do."""

from pathlib import Path

import pytest

from tests.end_to_end.conftest import Call

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
