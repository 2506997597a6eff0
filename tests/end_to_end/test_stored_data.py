"""What is stored, as a user asks for it: whole, damaged, by any of its names, and removed only on demand."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Call

STORE = Path("data") / "sim-1-consistent-24h"
DAYS = ("--start", "2026-01-05", "--end", "2026-01-07")
EXPORT = ("data", "export", "AAPL", "--sim")


@pytest.fixture
def stored(call: Call) -> str:
    """The export of two days of a month."""
    done = call("backfill", "AAPL", *DAYS, "--sim")
    assert done.returncode == 0, done.stderr
    return call(*EXPORT).stdout


def damage(day: str = "2026-01-06") -> Path:
    """Overwrite 16 bytes in the middle of the file of a day."""
    (path,) = STORE.rglob(f"bars/*/*/*/{day}.*.parquet")
    content = bytearray(path.read_bytes())
    content[1000:1016] = bytes(16)
    path.write_bytes(content)
    return path


def test_a_backfill_that_meets_damage_says_what_was_lost_and_how_to_get_it_back(
    call: Call, stored: str
) -> None:
    content = damage().read_bytes()
    done = call("backfill", "AAPL", "--start", "2026-01-07", "--end", "2026-01-08", "--sim")
    assert done.returncode == 8
    assert "2026-01-06.000001.parquet is damaged" in done.stderr
    last = done.stderr.splitlines()[-1]
    advice = last.split("get back what it held with: ")[1].split()
    assert advice[-4:] == ["--start", "2026-01-06T00:00:00Z", "--end", "2026-01-07T00:00:00Z"]
    assert call(*advice, "--sim").returncode == 0
    listed = call("data", "list", "--sim")
    assert "quarantine/bars/1m" in listed.stderr
    assert [path.read_bytes() for path in (STORE / "quarantine").rglob("*.parquet")] == [content]
    assert call(*EXPORT, "--end", "2026-01-07").stdout == stored


def test_a_backfill_of_what_was_damaged_heals_it(call: Call, stored: str) -> None:
    damage()
    done = call("backfill", "AAPL", *DAYS, "--sim")
    assert (done.returncode, call(*EXPORT).stdout) == (0, stored), done.stderr


@pytest.mark.parametrize("command", ["show", "export"])
def test_where_damage_leaves_nothing_no_file_is_written(call: Call, stored: str, command: str) -> None:
    damage("2026-01-05")
    damage()
    done = call("data", command, "AAPL", "--sim", *(("--to", "x.csv") if command == "export" else ()))
    assert (done.returncode, done.stdout, Path("x.csv").exists()) == (8, "", False)
    assert "nothing was written" in done.stderr.splitlines()[-1]


def test_a_target_that_cannot_be_written_is_one_clear_line(call: Call, stored: str) -> None:
    done = call(*EXPORT, "--to", "nowhere/x.csv")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "truetick: nowhere/x.csv cannot be written: No such file or directory; choose another place"
    ]


def test_a_backfill_in_json_says_what_it_fetched(call: Call) -> None:
    done = call("backfill", "AAPL", *DAYS, "--sim", "--json")
    found = json.loads(done.stdout)
    wanted = {"symbol": "AAPL", "contract_id": 265598, "exchange": "SMART", "bar_size": "1m"}
    wanted |= {"what": "TRADES", "hours": "all", "new": 2880, "first": "2026-01-05T00:00:00Z"}
    assert wanted.items() <= found.items()
    info = json.loads(call("data", "list", "--json", "--sim").stdout)["info"]
    assert (info["first"], info["last"]) == ("2026-01-05T00:00:00Z", "2026-01-06T23:59:00Z")


@pytest.mark.modern
def test_a_pair_is_found_by_each_of_its_names(call: Call) -> None:
    assert call("backfill", "EURUSD", "AAPL", "--days", "0.01", "--sim").returncode == 0
    exports = {
        call("data", "show", name, "--sim").stdout for name in ("EURUSD", "EUR.USD", "eur.usd@IDEALPRO")
    }
    assert len(exports) == 1
    assert exports.pop().count("\n") > 5
    lines = call("data", "list", "--sim").stdout.splitlines()
    assert sorted(line.split()[0] for line in lines) == ["AAPL", "EUR.USD"]
    assert len({line.index(" rows") for line in lines}) == 1


def test_pruning_says_what_it_would_remove_and_needs_a_yes(call: Call, stored: str) -> None:
    command = ("data", "prune", "bars", "--before", "2026-02-01", "--sim")
    done = call(*command)
    assert (done.returncode, call(*EXPORT).stdout) == (0, stored)
    assert "would remove bars before 2026-02-01: files 2" in done.stderr
    assert call(*command, "--yes").returncode == 0
    assert call(*EXPORT).returncode == 8
    done = call("data", "prune", "ticks", "--before", "2999-01-01", "--sim", "--yes")
    assert (done.returncode, "in the future" in done.stderr) == (2, True)


@pytest.mark.parametrize("rows", ["0", "-3"])
def test_a_number_of_rows_must_be_above_zero(call: Call, stored: str, rows: str) -> None:
    done = call("data", "show", "AAPL", "--last", rows, "--sim")
    assert (done.returncode, "above 0" in done.stderr) == (2, True)


def test_the_source_may_stand_before_or_after_the_action(call: Call, stored: str) -> None:
    source = ("--source", STORE.name)
    listed = [call("data", *source, "list"), call("data", "list", *source)]
    assert [done.returncode for done in listed] == [0, 0]
    assert listed[0].stdout == listed[1].stdout != ""
