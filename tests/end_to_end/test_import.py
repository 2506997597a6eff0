"""What was exported goes into another store and comes out equal; other files are understood or refused."""

from pathlib import Path

import pytest

from tests.end_to_end.conftest import Call

BARS = ("--bar-size", "1m", "--source", "my-vendor")
AAPL = ("AAPL", "--contract-id", "265598", "--time-zone", "America/New_York")
FILE = (
    "Date,Open,High,Low,Close,Volume\n2026-01-05 14:31:00,10,12,9,11,100\n2026-01-05 14:32:00,11,11,11,11,\n"
)


def write(text: str) -> str:
    Path("bars.csv").write_text(text)
    return "bars.csv"


@pytest.mark.parametrize("name", ["x.csv", "x.parquet"])
def test_an_export_comes_back_equal(call: Call, name: str) -> None:
    call("backfill", "AAPL", "--start", "2026-01-05", "--end", "2026-01-06", "--sim")
    assert call("data", "export", "AAPL", "--sim", "--to", name).returncode == 0
    done = call("data", "import", name, *AAPL, *BARS)
    assert (done.returncode, "1440 new" in done.stderr) == (0, True), done.stderr
    exports = [
        call("data", "export", "AAPL", "--source", s).stdout for s in ("my-vendor", "sim-1-consistent-24h")
    ]
    assert exports[0] == exports[1]
    assert "0 new, 0 changed, 1440 known before" in call("data", "import", name, "AAPL", *BARS).stderr


def test_a_file_of_others_is_understood(call: Call) -> None:
    assert call("data", "import", write(FILE), *AAPL, *BARS, "--stamp", "end").returncode == 0
    assert call("data", "export", "AAPL", "--source", "my-vendor").stdout.splitlines()[1:] == [
        "2026-01-05T14:30:00Z,10.0,12.0,9.0,11.0,100.0,,,true,history,LIVE",
        "2026-01-05T14:31:00Z,11.0,11.0,11.0,11.0,,,,true,history,LIVE",
    ]


def test_ticks_are_stored_by_whole_seconds(call: Call) -> None:
    text = (
        "time,price,size\n2026-01-05T14:30:00Z,1.5,2\n2026-01-05T14:30:00Z,1.5,2\n2026-01-05T14:30:01Z,-1,0\n"
    )
    ticks = ("--type", "Last", "--source", "my-vendor")
    for _ in range(2):
        done = call("data", "import", write(text), *AAPL, *ticks)
        assert (done.returncode, "3 ticks" in done.stderr) == (0, True), done.stderr
    rows = call("data", "export", "AAPL", "--type", "Last", "--source", "my-vendor").stdout.splitlines()
    assert len(rows) == 4
    assert rows[3].startswith("2026-01-05T14:30:01Z")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("date,open,high,low\n2026-01-05,1,1,1\n", "has no column close; it has date, open, high, low"),
        ("date,open,high,low,close\n2026-01-05,1,1,1,\n", "rows without close"),
        ("date,open,high,low,close\n5 January,1,1,1,1\n", "cannot be understood"),
        ("date,open,high,low,close\n2026-01-05,1,1,1,x\n", "cannot be understood"),
        ("", "cannot be understood"),
    ],
)
def test_what_cannot_be_understood_is_refused(call: Call, text: str, words: str) -> None:
    done = call("data", "import", write(text), *AAPL, *BARS)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert words in line


def test_a_file_that_is_not_there_is_told(call: Call) -> None:
    done = call("data", "import", "nowhere.csv", *AAPL, *BARS)
    assert (done.returncode, done.stderr.startswith("truetick: nowhere.csv cannot be read")) == (2, True)


def test_whose_data_it_is_must_be_said(call: Call) -> None:
    done = call("data", "import", write(FILE), *AAPL, "--bar-size", "1m", "--sim")
    assert (done.returncode, "say whose data it is" in done.stderr) == (2, True)
    done = call("data", "import", write(FILE), "AAPL", *BARS)
    assert (done.returncode, "needs --contract-id" in done.stderr) == (5, True)
