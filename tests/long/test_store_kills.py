"""A writer that is killed again and again loses nothing that it acknowledged, and stores nothing twice."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random
from threading import Timer

import pytest

from data_processing.timeseries_db import TimeseriesDB
from tests.fakes import AAPL, SIM, T0

WRITER = """
import pathlib, sys
from data_processing.timeseries_db import TimeseriesDB
from tests.fakes import SIM, bar, trade
first = int(sys.argv[2])
with TimeseriesDB.open(pathlib.Path(sys.argv[1]), SIM, write=True) as db:
    for i in range(first, first + 100_000):
        db.append_ticks([trade(i, i), trade(i, i)])
        db.upsert_bars([bar(i)])
        print(i, flush=True)
"""
STRIDE = 100_000
RANGE = (T0, 2**62)


def written_until_killed(folder: Path, first: int, seconds: float) -> list[int]:
    """What the writer acknowledged from its first line on, until it is killed `seconds` later."""
    command = [sys.executable, "-c", WRITER, str(folder), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline())]
        timer = Timer(seconds, writer.kill)
        timer.start()
        lines = writer.stdout.read().split("\n")
        timer.join()
    # A line that was cut by the kill has no end and says nothing.
    return acknowledged + [int(line) for line in lines[:-1]]


@pytest.mark.long
@pytest.mark.timeout(300)
def test_twenty_kills_lose_nothing_acknowledged_and_store_nothing_twice(tmp_path: Path) -> None:
    random, acknowledged = Random(1), list[int]()
    for n in range(20):
        acknowledged += written_until_killed(tmp_path, n * STRIDE, random.random() * 1.5)
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        prices = db.ticks(AAPL.contract_id, "SMART", "Last", *RANGE)["price"].to_pylist()
        bars = db.bars(AAPL.contract_id, "SMART", "1m", *RANGE)["time"].to_pylist()
    assert len(acknowledged) >= 20
    assert set(acknowledged) <= set(map(int, prices))
    # Both ticks of an append or none: never one, never three.
    assert set(Counter(prices).values()) == {2}
    assert len(bars) == len(set(bars)) >= len(acknowledged)
    assert prices == sorted(prices)
