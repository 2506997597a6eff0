"""The store while it is written, and after its writer was killed."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any  # a call is passed on as it came

import pyarrow as pa
import pytest

from data_processing.shelf import Shelf
from data_processing.timeseries_db import TimeseriesDB
from data_storage.disk import KEEP_FREE
from data_storage.manifest import StoreFile
from tests.fakes import AAPL, SIM, T0, bar, trade

RANGE = (T0, T0 + 10**15)

KILLED = """
import os, pathlib, sys
from data_processing.timeseries_db import TimeseriesDB
from tests.fakes import SIM, bar, trade
db = TimeseriesDB.open(pathlib.Path(sys.argv[1]), SIM, write=True)
for i in range(int(sys.argv[2])):
    db.append_ticks([trade(i, i), trade(i, i)])
    db.upsert_bars([bar(i)])
os.kill(os.getpid(), 9)
"""


def append(db: TimeseriesDB) -> None:
    for i in range(200):
        db.append_ticks([trade(i // 3, i)])


def test_a_reader_always_sees_a_prefix(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        writer = threading.Thread(target=append, args=[db])
        reader, seen = TimeseriesDB.open(tmp_path, SIM), [0]
        writer.start()
        while writer.is_alive():
            prices = reader.ticks(AAPL.contract_id, "SMART", "Last", *RANGE)["price"].to_pylist()
            assert prices == list(range(len(prices)))
            seen.append(len(prices))
            reader.inventory()
        writer.join()
    assert seen == sorted(seen)
    assert reader.ticks(AAPL.contract_id, "SMART", "Last", *RANGE).num_rows == 200


def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "30"], check=False, timeout=25)
    assert killed.returncode == -9
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.append_ticks([trade(100, 30)])
    prices = db.ticks(AAPL.contract_id, "SMART", "Last", *RANGE)["price"].to_pylist()
    assert prices == [i for i in range(30) for _ in range(2)] + [30]
    assert db.bars(AAPL.contract_id, "SMART", "1m", *RANGE).num_rows == 30


def test_bars_may_be_upserted_from_several_threads(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        threads = [
            threading.Thread(target=lambda n=n: [db.upsert_bars([bar(4 * i + n)]) for i in range(20)])
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert db.bars(AAPL.contract_id, "SMART", "1m", *RANGE).num_rows == 80


def test_ticks_are_stored_once_though_there_is_no_room_for_their_file(tmp_path: Path) -> None:
    room, reports = [10**12], list[str]()
    db = TimeseriesDB.open(tmp_path, SIM, write=True, report=reports.append, free=lambda path: room[0])
    with db:
        for i in range(64):
            db.append_ticks([trade(i, j) for j in range(40)])
        # Enough for one more append, too little for all of them in one file.
        room[0] = KEEP_FREE + 1024**2 + 20_000
        db.append_ticks([trade(64, 0)])
    assert any("stay in the log" in line for line in reports)
    assert db.ticks(AAPL.contract_id, "SMART", "Last", *RANGE).num_rows == 64 * 40 + 1
    (info,) = db.inventory()
    assert info.rows == 64 * 40 + 1


def test_an_inventory_reads_only_the_days_of_which_the_log_has_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = 86_400
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.append_ticks([trade(0), trade(day), trade(2 * day)])
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.append_ticks([trade(2 * day + 5)])
        read, shelf_read = set[str](), Shelf.read

        def noted(self: Shelf, files: Sequence[StoreFile], *arguments: Any, **more: Any) -> list[pa.Table]:
            read.update(file.name[:10] for file in files)
            return shelf_read(self, files, *arguments, **more)

        monkeypatch.setattr(Shelf, "read", noted)
        (info,) = db.inventory()
    assert info.rows == 4
    assert read == {"2026-01-07"}
