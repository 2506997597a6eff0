"""A store's writer in a process of its own, which is killed, and what must be there afterwards.

The writer adds thing after thing and says each number once it is stored: number `n` is ``n % 7 + 1`` ticks
whose price is `n`, and one bar whose close is `n`.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryFile
from threading import Timer
from typing import IO

from data_processing.timeseries_db import TimeseriesDB
from data_storage.errors import NoStore
from data_storage.layout import FOREVER
from data_storage.tables import bars_table
from tests.fakes import AAPL, SIM, bar, trade

ROOT = Path(__file__).parents[2]

WRITER = """
import itertools, pathlib, sys, threading
from data_processing.timeseries_db import TimeseriesDB
from tests.data_processing.store_writers import add
from tests.fakes import SIM
folder, policy, first, compacting = pathlib.Path(sys.argv[1]), *sys.argv[2:]
db = TimeseriesDB.open(folder, SIM, write=True, sync=policy)
def compact():
    while True:
        db.compact()
if compacting == "True":
    threading.Thread(target=compact, daemon=True).start()
for n in itertools.count(int(first)):
    add(db, n)
    print(n, flush=True)
"""


def add(db: TimeseriesDB, number: int) -> None:
    """Store thing `number`: first the bar, which may be stored again, then the ticks, which may not."""
    one = bar(number, close=float(number), high=float(number + 11))
    if number % 11:
        db.upsert_bars([one])
    else:
        table = bars_table([one]).drop_columns(["version"])
        table = table.append_column("contract_id", [[one.contract_id]]).append_column("exchange", [["SMART"]])
        db.load_bars("1m", "TRADES", "all", table)
    db.append_ticks([trade(number, number) for _ in range(number % 7 + 1)])


@contextmanager
def running(code: str, *arguments: object, stderr: IO[str] | None = None) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def killed(folder: Path, policy: str, first: int, random: Random) -> int:
    """The last number that a writer said before it was killed, at a random moment; `first - 1` if none.

    Most are killed at work, with or without a compaction at the same time, some while they open the store.
    """
    compacting = random.random() < 0.6
    with (
        TemporaryFile("w+") as errors,
        running(WRITER, folder, policy, first, compacting, stderr=errors) as process,
    ):
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(random.randrange(40))]
        timer = Timer(random.random() * 0.1, process.kill)
        timer.start()
        # A line that was cut by the kill has no end and says nothing.
        said += process.stdout.read().split("\n")[:-1]
        timer.join()
        ended = process.wait()
        errors.seek(0)
        assert ended == -signal.SIGKILL, f"the writer ended by itself, with {ended}: {errors.read()}"
    return int(said[-1]) if said else first - 1


def held(folder: Path, *, write: bool) -> tuple[list[int], list[int]]:
    """The numbers of all ticks and of all bars that are stored, in order of time; nothing may be damaged."""

    def refuse(line: str) -> None:
        raise AssertionError(f"nothing is damaged, yet the store says: {line}")

    with TimeseriesDB.open(folder, SIM, write=write, report=refuse) as db:
        ticks = db.ticks(AAPL.contract_id, "SMART", "Last", *FOREVER)["price"].to_pylist()
        bars = db.bars(AAPL.contract_id, "SMART", "1m", *FOREVER)["close"].to_pylist()
        assert db.damaged == []
    return list(map(int, ticks)), list(map(int, bars))


def last_number(folder: Path, *, write: bool) -> int:
    """The last thing stored, -1 if there is none; all up to it must be there, whole and once.

    A kill may have come between the next one's bar and its ticks.
    """
    try:
        ticks, bars = held(folder, write=write)
    except NoStore:
        return -1
    last = max(ticks, default=-1)
    assert ticks == [n for n in range(last + 1) for _ in range(n % 7 + 1)]
    assert bars in (list(range(last + 1)), list(range(last + 2)))
    return last


def killed_again_and_again(folder: Path, policy: str, kills: int, random: Random) -> int:
    """So many writers, each killed and followed by the next; the last number that is there in the end."""
    there = -1
    for _ in range(kills):
        said = killed(folder, policy, there + 1, random)
        there = last_number(folder, write=False)
        # What was stored and could not be said any more is one thing at most.
        assert there - said in (0, 1)
    assert last_number(folder, write=True) == there
    assert not list(folder.rglob("*.tmp"))
    assert not list(folder.rglob("quarantine"))
    return there
