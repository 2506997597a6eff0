"""Backups that are killed at any moment, of a store that goes on being written to and compacted."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from random import Random
from threading import Timer

import pytest

from data_processing.timeseries_db import TimeseriesDB
from data_storage.local_storage import LocalStorage
from tests.data_processing.test_store_backup import WRITER
from tests.fakes import AAPL, SIM, T0
from tests.programs import ROOT

KILLS = 200
BACKUP = """
import pathlib, sys
from data_storage.backup.retention import Keep
from data_storage.local_storage import LocalStorage
from tests.fakes import SIM
storage, now = LocalStorage(pathlib.Path(sys.argv[1])), int(sys.argv[3])
while True:
    print(now, flush=True)
    storage.back_up(pathlib.Path(sys.argv[2]), SIM, now)
    storage.retain(SIM.name, Keep(last=3), now)
    now += 1
"""


@contextmanager
def program(code: str, *arguments: object) -> "Iterator[subprocess.Popen[str]]":
    """A Python program whose output is read, and which is killed in the end."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        try:
            yield running
        finally:
            running.kill()


def backed_up_until_killed(place: Path, store: Path, now: int, seconds: float) -> int:
    """Back up again and again from time `now` on, until a kill; the answer is a time after all of them."""
    with program(BACKUP, place, store, now) as running:
        assert running.stdout is not None
        first = int(running.stdout.readline())
        timer = Timer(seconds, running.kill)
        timer.start()
        begun = [int(line) for line in running.stdout.read().split()]
        timer.join()
    return max([first, *begun]) + 1


@pytest.mark.long
@pytest.mark.timeout(1_200)
def test_killed_backups_of_a_store_that_is_written_to_leave_only_whole_moments(tmp_path: Path) -> None:
    storage, random, now = LocalStorage.make(tmp_path / "drive"), Random(1), T0
    store = tmp_path / "data" / SIM.name
    with program(WRITER, tmp_path / "data") as writer:
        assert writer.stdout is not None
        list(islice(writer.stdout, 1))
        for _ in range(KILLS):
            now = backed_up_until_killed(storage.folder, store, now, random.random() * 0.5)
            list(islice(writer.stdout, 20))
            found, unreadable = storage.snapshots()
            assert not unreadable
            assert len(found) <= 4
        assert writer.poll() is None
    assert storage.verify().whole
    storage.back_up(store, SIM, now)
    for snapshot in storage.snapshots()[0]:
        place = tmp_path / str(snapshot.time)
        storage.restore(snapshot, place, T0)
        with TimeseriesDB.open(place, SIM, report=pytest.fail) as db:
            prices = db.ticks(AAPL.contract_id, "SMART", "Last", 0, 2**62)["price"].to_pylist()
            assert prices == sorted([*range(len(prices) // 2)] * 2)
            assert db.alive is not None
            assert db.alive - T0 < len(prices) // 2
