"""Questions to what is stored: SQL, other bar sizes, and back in from a file."""

import csv
import json
import signal
import subprocess
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.end_to_end.conftest import Call, Start

DAYS = ("--start", "2026-01-05", "--end", "2026-01-06")


@pytest.fixture
def stored(call: Call) -> "subprocess.CompletedProcess[str]":
    """A day of minutes."""
    done = call("backfill", "AAPL", *DAYS, "--sim")
    assert done.returncode == 0, done.stderr
    return done


def test_a_select_is_answered_in_every_form(call: Call, stored: object) -> None:
    query = "SELECT min(low) AS low, count(*) AS bars, min(time) AS first FROM bars_1m"
    (row,) = [json.loads(line) for line in call("data", "sql", query, "--sim", "--json").stdout.splitlines()]
    assert (row["bars"], row["first"]) == (1440, "2026-01-05T00:00:00Z")
    assert call("data", "sql", query, "--sim", "--csv").stdout == (
        f"low,bars,first\n{row['low']},1440,2026-01-05T00:00:00Z\n"
    )
    assert call("data", "sql", query, "--sim").stdout.split()[-1] == "2026-01-05T00:00:00Z"
    done = call("data", "sql", query, "--sim", "--to", "x.parquet")
    assert (done.returncode, pq.read_table("x.parquet")["bars"].to_pylist()) == (0, [1440])


def test_a_long_answer_is_cut_for_the_eye_only(call: Call, stored: object) -> None:
    done = call("data", "sql", "FROM bars_1m ORDER BY time", "--sim", "--rows", "3")
    assert len(done.stdout.splitlines()) == 4
    assert "only the first 3 rows" in done.stderr
    assert len(call("data", "sql", "FROM bars_1m", "--sim", "--csv").stdout.splitlines()) == 1441


def test_without_a_query_it_tells_the_tables(call: Call, stored: object) -> None:
    names = [line.split()[0] for line in call("data", "sql", "--sim").stdout.splitlines()]
    assert names == ["table", "bars_1m", "instruments", "spans"]


@pytest.mark.parametrize(
    ("query", "words"),
    [("DROP VIEW bars_1m", "only read here"), ("SELECT * FROM ticks", "tables: bars_1m"), ("", "statements")],
)
def test_a_wrong_query_is_one_line_and_exit_2(call: Call, stored: object, query: str, words: str) -> None:
    done = call("data", "sql", query, "--sim")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert words in line


def test_ctrl_c_ends_a_long_query(start: Start, call: Call, stored: object) -> None:
    endless = "SELECT count(*) FROM range(10000000) a(x), range(10000000) b(y) WHERE hash(x + y) = 7"
    program = start("data", "sql", endless, "--sim")
    deadline = time.monotonic() + 60
    # It is at work once what spills has its place.
    while not busy(program.process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert program.end(signal.SIGINT) == 130


def busy(pid: int) -> bool:
    """Whether a process has run for two seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) > 200


def test_bars_of_a_size_that_nobody_serves(call: Call, stored: object) -> None:
    done = call("data", "export", "AAPL", "--bar-size", "65m", "--from", "1m", "--hours", "rth", "--sim")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    # Around the clock, from midnight in New York: seventeen bars later the first stored minute's one begins.
    assert [row["time"] for row in rows[:2]] == ["2026-01-04T23:25:00Z", "2026-01-05T00:30:00Z"]
    volumes = [float(row["volume"]) for row in rows]
    minutes = list(
        csv.DictReader(call("data", "export", "AAPL", "--bar-size", "1m", "--sim").stdout.splitlines())
    )
    assert sum(volumes) == sum(float(row["volume"]) for row in minutes)


def test_bars_made_of_what_is_not_stored_are_told(call: Call, stored: object) -> None:
    done = call("data", "show", "AAPL", "--bar-size", "5m", "--from", "Last", "--sim")
    assert (done.returncode, "no Last is stored" in done.stderr) == (8, True)
    done = call("data", "show", "AAPL", "--from", "1m", "--sim")
    assert (done.returncode, "--bar-size" in done.stderr) == (2, True)
