"""A store that is damaged, too new or on a full disk: one clear line, and nothing stored is harmed."""

import json
import shutil
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Call

STORE = Path("data") / "sim-1-consistent-24h"
EXPORT = ("data", "--sim", "export", "AAPL")


def fetch(call: Call, start: str, end: str) -> None:
    done = call("backfill", "AAPL", "--bar-size", "1m", "--start", start, "--end", end, "--sim")
    assert done.returncode == 0, done.stderr


@pytest.fixture
def whole(call: Call) -> str:
    """The export of two months' files."""
    fetch(call, "2025-12-31T23:50", "2026-01-01T00:10")
    return call(*EXPORT).stdout


def files() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in STORE.rglob("*") if path.is_file()}


def test_a_damaged_file_is_named_the_rest_is_read_and_a_backfill_heals_it(call: Call, whole: str) -> None:
    (damaged,) = STORE.rglob("2025-12-31.*.parquet")
    damaged.write_bytes(damaged.read_bytes()[:-30])
    before = files()
    done = call(*EXPORT)
    assert done.returncode == 8, done.stderr
    assert done.stdout.splitlines()[1:] == whole.splitlines()[-10:]
    assert "2025-12-31.000001.parquet is damaged" in done.stderr
    assert files() == before
    fetch(call, "2025-12-31T23:50", "2026-01-01T00:10")
    assert call(*EXPORT).stdout == whole


def test_a_store_of_a_newer_version_is_left_alone(call: Call, whole: str) -> None:
    manifest = json.loads((STORE / "manifest.json").read_text())
    (STORE / "manifest.json").write_text(json.dumps(manifest | {"schema": 99}))
    before = files()
    for done in (call(*EXPORT), call("backfill", "AAPL", "--sim")):
        assert done.returncode == 2
        assert "has schema 99" in done.stderr.splitlines()[-1]
    assert files() == before


def test_a_full_disk_stops_a_backfill_before_it_writes(
    call: Call, whole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(".")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1024**2))
        done = call("backfill", "TSLA", "--days", "1", "--sim")
    assert done.returncode == 2
    assert "nearly full" in done.stderr.splitlines()[-1]
    assert call(*EXPORT).stdout == whole
