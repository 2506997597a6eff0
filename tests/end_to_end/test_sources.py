"""Simulated, replayed and real data never meet, whichever way they are brought together."""

import shutil
from pathlib import Path

import pytest

from market.clock import RealClock
from market.source import Feed, Source
from simulator.gateway.server import run_in_thread
from simulator.model import generated, replayed
from simulator.model.market import Market
from tests.end_to_end.conftest import Call

FETCH = ("backfill", "AAPL", "--bar-size", "1m", "--start", "2026-01-08T15:00", "--end", "2026-01-08T15:05")
FILE = "time,open,high,low,close,volume\n2026-01-08T15:01:00Z,1,2,1,2,100\n2026-01-08T15:02:00Z,2,3,2,3,200\n"


def backfill(call: Call, source: Source) -> None:
    """Fetch from a gateway that says it is of `source`."""
    model = generated(seed=9, feed="consistent", always_open=True)
    assert isinstance(model, Market)
    model._source = source
    with run_in_thread(model, RealClock()) as gateway:
        done = call(*FETCH, "--port", str(gateway.port))
    assert done.returncode == 0, done.stderr


REAL = Source.of_account("DU1234567")


def test_each_source_fills_a_folder_of_its_own(call: Call, tmp_path: Path) -> None:
    feeds: tuple[Feed, ...] = ("consistent", "tws")
    sources = [Source.simulated(seed=seed, feed=feed, always_open=True) for seed in (1, 2) for feed in feeds]
    for source in sources:
        seed, feed = source.name.split("-")[1:3]
        assert call(*FETCH, "--sim", "--seed", seed, "--feed", feed).returncode == 0
    backfill(call, REAL)
    (tmp_path / "bars.csv").write_text(FILE)
    replay = replayed({"AAPL": tmp_path / "bars.csv"}).market
    with run_in_thread(replay, RealClock()) as gateway:
        assert call(*FETCH, "--port", str(gateway.port)).returncode == 0
    names = [source.name for source in [*sources, REAL, replay.source]]
    stores = [path.parent.name for path in (tmp_path / "data").glob("*/manifest.json")]
    assert sorted(stores) == sorted(names)
    exports = {call("data", "--source", name, "export", "AAPL").stdout for name in names}
    assert len(exports) == 4, "the feeds of a seed agree in these minutes, all others differ"


@pytest.mark.parametrize("other", ["ib", "sim-2-consistent-24h", "replay-0123abcd"])
def test_a_renamed_store_is_refused_by_both_names(call: Call, tmp_path: Path, other: str) -> None:
    call(*FETCH, "--sim")
    (tmp_path / "data" / "sim-1-consistent-24h").rename(tmp_path / "data" / other)
    done = call("data", "--source", other, "list")
    assert (done.returncode, done.stdout) == (2, "")
    assert "sim-1-consistent-24h" in done.stderr
    assert f"'{other}'" in done.stderr


def test_a_connection_does_not_write_to_a_renamed_store(call: Call, tmp_path: Path) -> None:
    call(*FETCH, "--sim")
    (tmp_path / "data" / "sim-1-consistent-24h").rename(tmp_path / "data" / "sim-2-consistent-24h")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = call(*FETCH, "--sim", "--seed", "2")
    assert done.returncode == 2
    assert "never mix" in done.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_copied_file_is_refused_and_named(call: Call, tmp_path: Path) -> None:
    call(*FETCH, "--sim")
    backfill(call, REAL)
    copied = next((tmp_path / "data" / "sim-1-consistent-24h").glob("bars/*/*/*/*.parquet"))
    real = next((tmp_path / "data" / "ib").glob("bars/*/*/*/*.parquet"))
    shutil.copy(copied, real)
    done = call("data", "--source", "ib", "export", "AAPL")
    assert (done.returncode, done.stdout) == (2, "")
    assert real.name in done.stderr
    assert "sim-1-consistent-24h" in done.stderr


def test_a_source_that_was_never_stored_is_told(call: Call) -> None:
    call(*FETCH, "--sim")
    done = call("data", "--source", "ib", "export", "AAPL")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing is stored yet for 'ib'" in done.stderr
