"""Backups as a user makes them: to a drive, verified, brought back, and never over a store unasked."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Call, Start

SOURCE = "sim-1-consistent-24h"
SPAN = ("--start", "2026-01-05T14:30", "--end", "2026-01-05T16:00")
EXPORT = ("data", "export", "AAPL", "--sim")


@pytest.fixture
def stored(call: Call) -> str:
    """The export of an hour and a half."""
    assert call("backfill", "AAPL", *SPAN, "--sim").returncode == 0
    return call(*EXPORT).stdout


def objects() -> list[Path]:
    return [path for path in Path("drive/objects").rglob("*") if path.is_file()]


def test_a_lost_store_comes_back_from_the_drive(call: Call, stored: str) -> None:
    assert call("backup", "drive", "--init").returncode == 0
    shutil.rmtree("data")
    assert call("restore", "drive").returncode == 0
    assert call(*EXPORT).stdout == stored
    assert call("backfill", "AAPL", *SPAN, "--sim").stderr.count("0 bars received") == 1


def test_a_missing_drive_is_one_clear_line(call: Call, stored: str) -> None:
    for command in ("backup", "restore", "verify"):
        done = call(command, "/media/nowhere", "--sim")
        assert done.returncode == 2
        assert done.stderr.splitlines() == [
            "truetick: /media/nowhere is no backup place; is the drive there? A new one is made with: "
            "backup /media/nowhere --init"
        ]


def test_an_older_state_comes_back_and_the_newer_store_is_kept_aside(call: Call, stored: str) -> None:
    first = json.loads(call("backup", "drive", "--init", "--json").stdout)
    assert call("backfill", "AAPL", "--start", "2026-01-06", "--end", "2026-01-07", "--sim").returncode == 0
    newer = call(*EXPORT).stdout
    second = json.loads(call("backup", "drive", "--json").stdout)
    assert 0 < second["copied_bytes"] < second["bytes"] + 1
    listed = [json.loads(line) for line in call("restore", "drive", "--list", "--json").stdout.splitlines()]
    assert [each["time"] for each in listed] == [first["time"], second["time"]]
    refused = call("restore", "drive", "--at", first["time"])
    assert (refused.returncode, call(*EXPORT).stdout) == (2, newer)
    assert "--replace" in refused.stderr
    assert call("restore", "drive", "--at", first["time"], "--replace").returncode == 0
    assert call(*EXPORT).stdout == stored
    assert len(list(Path("data/replaced").iterdir())) == 1


def test_a_damaged_drive_is_found_and_healed(call: Call, stored: str) -> None:
    call("backup", "drive", "--init")
    assert call("verify", "drive").returncode == 0
    for path in objects():
        os.truncate(path, 10)
    done = call("verify", "drive")
    assert done.returncode == 8
    assert any("2026-01" in line and "is damaged" in line for line in done.stdout.splitlines())
    assert call("restore", "drive", "--data-dir", "other").returncode == 8
    assert not list(Path("other").glob("*/manifest.json"))
    assert call("backup", "drive", "--check").returncode == 0
    assert call("verify", "drive").returncode == 0


def test_a_damaged_file_of_the_store_is_told_and_the_rest_is_backed_up(call: Call, stored: str) -> None:
    (path,) = Path("data").rglob("*.parquet")
    raw = path.read_bytes()
    path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    done = call("backup", "drive", "--init", "--json")
    assert done.returncode == 8
    assert path.name in done.stderr.splitlines()[-1]
    assert json.loads(done.stdout)["damaged"] == [path.relative_to(Path("data") / SOURCE).as_posix()]
    path.write_bytes(raw)
    assert call("backup", "drive").returncode == 0


def test_verify_in_json_names_what_is_damaged(call: Call, stored: str) -> None:
    call("backup", "drive", "--init")
    (snapshot,) = Path("drive/snapshots").rglob("*.json")
    snapshot.write_bytes(b"{}")
    done = call("verify", "drive", "--json")
    assert (done.returncode, json.loads(done.stdout)["unreadable"]) == (8, [str(snapshot)])
    assert done.stderr.splitlines()[-1].endswith("remove the damaged snapshots")
    done = call("restore", "drive", "--list")
    assert (done.returncode, "remove those files" in done.stderr) == (8, True)


def test_old_snapshots_go_by_rule(call: Call, stored: str) -> None:
    for _ in range(3):
        call("backup", "drive", "--init", "--keep-last", "2")
    assert len(call("restore", "drive", "--list").stdout.splitlines()) == 2
    assert call("backup", "drive", "--keep-daily", "0").returncode == 2
    assert len(call("restore", "drive", "--list").stdout.splitlines()) == 2


def test_a_store_is_backed_up_while_it_is_recorded(start: Start, tmp_path: Path, call: Call) -> None:
    recorder = start("--sim", "--symbols", "AAPL")
    recorder.wait_for("AAPL")
    done = call("backup", "drive", "--init", "--sim")
    assert done.returncode == 0, done.stderr
    assert recorder.end() == 130
    assert call("restore", "drive", "--data-dir", "other").returncode == 0
    assert call("data", "list", "--sim", "--data-dir", "other").stdout.startswith("AAPL")


def test_where_there_is_no_snapshot_nothing_is_said_to_be_whole(call: Call, stored: str) -> None:
    call("backup", "drive", "--init")
    done = call("verify", "drive", "--source", "ib")
    assert (done.returncode, "no snapshot of 'ib'" in done.stderr) == (2, True)
