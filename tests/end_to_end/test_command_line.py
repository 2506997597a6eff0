import json
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Call, Run


def test_stream_prints_exactly_the_number_of_ticks_asked_for(run: Run) -> None:
    done = run("stream", "265598", "--type", "BidAsk", "--number", "20", "--json", "--sim")
    assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(messages) == 20
    assert {message["contract_id"] for message in messages} == {265598}
    assert all(message["data"]["bid_price"] < message["data"]["ask_price"] for message in messages)


def test_a_reader_that_leaves_early_is_no_error(run: Run) -> None:
    done = run("stream", "265598", "--type", "BidAsk", "--json", "--sim", pipe_to="head -2")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2
    assert "Traceback" not in done.stderr


def test_a_second_backfill_changes_no_byte_of_the_export(call: Call, tmp_path: Path) -> None:
    exports = []
    for name in ("first.csv", "second.csv"):
        done = call("backfill", "AAPL", "--bar-size", "1m", "--days", "2", "--end", "2026-01-09", "--sim")
        assert done.returncode == 0, done.stderr
        done = call("data", "export", "AAPL", "--bar-size", "1m", "--sim", "--to", name)
        assert done.returncode == 0, done.stderr
        exports.append((tmp_path / name).read_bytes())
    assert exports[0] == exports[1]
    assert exports[0].count(b"\n") == 2 * 1440 + 1


def test_check_ticks_every_line_on_the_simulated_gateway(run: Run) -> None:
    done = run("check", "--sim", "--symbols", "AAPL,TSLA", "--report", "report.txt")
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert all(line.startswith("✓") for line in done.stdout.splitlines()), done.stdout


@pytest.mark.modern
def test_the_default_watch_list_has_forex_and_needs_the_newer_library(call: Call) -> None:
    done = call("check", "--sim")
    assert done.returncode == 0, done.stdout
    assert "EUR.USD ticks: LIVE" in done.stdout


@pytest.mark.parametrize("feed", ["consistent", "tws"])
def test_the_same_seed_gives_the_same_export_in_another_folder(call: Call, feed: str) -> None:
    exports = []
    for folder in ("one", "two"):
        place = ("--sim", "--feed", feed, "--data-dir", folder)
        done = call("backfill", "AAPL", "--bar-size", "1m", "--days", "1", "--end", "2026-01-09", *place)
        assert done.returncode == 0, done.stderr
        exports.append(call("data", *place, "export", "AAPL").stdout)
    assert exports[0] == exports[1]
    assert exports[0].count("\n") == 1440 + 1
