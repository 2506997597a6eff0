"""Backups of a real store, and of one that another process writes to."""

import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from data_processing.timeseries_db import TimeseriesDB
from data_storage.local_storage import LocalStorage
from market.instrument import Instrument
from market.times import SECOND
from tests.fakes import AAPL, SIM, T0, bar, trade
from tests.programs import ROOT

ID = AAPL.contract_id
EVER = (0, 2**62)
Rows = tuple[list[dict[str, object]], list[dict[str, object]], list[Instrument]]


def rows(data_dir: Path) -> Rows:
    """The bars, ticks and instruments of a store in which nothing may be amiss."""
    with TimeseriesDB.open(data_dir, SIM, report=pytest.fail) as db:
        bars, ticks = db.bars(ID, "SMART", "1m", *EVER), db.ticks(ID, "SMART", "Last", *EVER)
        return bars.to_pylist(), ticks.to_pylist(), list(db.instruments())


def test_what_is_in_files_and_what_is_in_the_log_come_back(tmp_path: Path) -> None:
    storage, data = LocalStorage.make(tmp_path / "drive"), tmp_path / "data"
    with TimeseriesDB.open(data, SIM, write=True) as db:
        db.put_instruments([AAPL])
        db.upsert_bars([bar(i) for i in range(100)])
        db.append_ticks([trade(i, i) for i in range(100)])
        db.compact()
        db.upsert_bars([bar(i, close=i) for i in range(50, 150)])
        db.append_ticks([trade(100 + i, i) for i in range(100)])
        report = storage.back_up(db.folder, SIM, T0)
        before = rows(data)
        db.append_ticks([trade(999)])
    assert report.damaged == ()
    storage.restore(storage.snapshot_at(SIM.name), tmp_path / "back", T0)
    assert rows(tmp_path / "back") == before
    with TimeseriesDB.open(tmp_path / "back", SIM, write=True, report=pytest.fail) as db:
        db.append_ticks([trade(1_000)])
    assert rows(tmp_path / "back")[1][:-1] == before[1]


def test_a_store_that_was_replaced_is_what_readers_see_next(tmp_path: Path) -> None:
    storage, data = LocalStorage.make(tmp_path / "drive"), tmp_path / "data"
    with TimeseriesDB.open(data, SIM, write=True) as db:
        db.upsert_bars([bar(0)])
    storage.back_up(data / SIM.name, SIM, T0)
    before = rows(data)
    with TimeseriesDB.open(data, SIM, write=True) as db:
        db.upsert_bars([bar(1)])
    storage.restore(storage.snapshot_at(SIM.name), data, T0, replace=True)
    assert rows(data) == before


WRITER = """
import pathlib, sys
from data_processing.timeseries_db import TimeseriesDB
from tests.fakes import SIM, T0, trade
with TimeseriesDB.open(pathlib.Path(sys.argv[1]), SIM, write=True, sync="off") as db:
    for i in range(10**6):
        db.append_ticks([trade(i, i), trade(i, i)])
        db.note_alive(T0 + i)
        if i % 40 == 39:
            db.compact()
        print(i, flush=True)
"""


def test_a_snapshot_of_a_store_that_is_written_to_is_one_moment_and_claims_no_more_than_it_has(
    tmp_path: Path,
) -> None:
    storage = LocalStorage.make(tmp_path / "drive")
    command = [sys.executable, "-c", WRITER, str(tmp_path / "data")]
    last = list[int]()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdout is not None
        for n in range(6):
            last.append(int(list(islice(writer.stdout, 33))[-1]))
            assert storage.back_up(tmp_path / "data" / SIM.name, SIM, T0 + n).damaged == ()
        writer.kill()
    for snapshot, acknowledged in zip(storage.snapshots()[0], last, strict=True):
        place = tmp_path / str(snapshot.time)
        storage.restore(snapshot, place, T0)
        with TimeseriesDB.open(place, SIM, report=pytest.fail) as db:
            seconds = [
                (time - T0) // SECOND
                for time in db.ticks(ID, "SMART", "Last", *EVER)["time"].cast("int64").to_pylist()
            ]
            assert seconds == sorted([*range(len(seconds) // 2)] * 2)
            assert acknowledged < len(seconds) // 2
            assert db.alive is not None
            assert db.alive - T0 < len(seconds) // 2
