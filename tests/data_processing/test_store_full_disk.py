"""A disk that fails or is full at any one call: what was acknowledged is there, the rest is not, or whole."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from data_processing.timeseries_db import TimeseriesDB
from data_storage.errors import NoStore, UnusableFolder
from data_storage.layout import FOREVER
from data_storage.log.errors import LogFailed, NotAppended
from tests.data_processing.store_writers import add, held, running
from tests.fakes import AAPL, SIM

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
CALLS = ("fdatasync", "fsync", "ftruncate", "mkdir", "open", "posix_fallocate", "pwrite", "replace")
THINGS = 3
# Refuses to let any file grow beyond 20 kB, as a quota does, until three things in a row were refused.
ROOMLESS = """
import pathlib, resource, sys
from data_processing.timeseries_db import TimeseriesDB
from data_storage.log.errors import NotAppended
from tests.fakes import SIM, trade
db, refused = TimeseriesDB.open(pathlib.Path(sys.argv[1]), SIM, write=True, report=lambda line: None), 0
limits = [(20_000, resource.RLIM_INFINITY), (resource.RLIM_INFINITY, resource.RLIM_INFINITY)]
resource.setrlimit(resource.RLIMIT_FSIZE, limits[0])
for n in range(200):
    try:
        db.append_ticks([trade(n, n)] * 5)
    except NotAppended:
        refused += 1
        if refused % 3 == 0:
            try:
                db.compact()
            except OSError:
                pass
        if refused == 9:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits[1])
    else:
        print(n)
db.close()
"""


@contextmanager
def counted(failing: range, number: int, *, short: bool = False) -> Iterator[list[str]]:
    """Calls that change the disk, by name; those whose place is `failing` fail with `number`.

    With `short` a failing write takes a byte first, as at the end of a disk.
    """
    made = list[str]()

    def wrapped(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*arguments: Any, **named: Any) -> Any:
            made.append(name)
            if len(made) - 1 not in failing or (name == "open" and not arguments[1] & os.O_CREAT):
                return real(*arguments, **named)
            if name == "pwrite" and short and len(arguments[1]) > 1:
                return real(arguments[0], arguments[1][:1], arguments[2])
            raise OSError(number, os.strerror(number))

        return call

    with ExitStack() as stack:
        for name in CALLS:
            stack.enter_context(patch.object(os, name, wrapped(name)))
        yield made


def stored(folder: Path) -> tuple[list[int], list[int]]:
    with TimeseriesDB.open(folder, SIM) as db:
        return numbers(db)


def numbers(db: TimeseriesDB) -> tuple[list[int], list[int]]:
    ticks = db.ticks(AAPL.contract_id, "SMART", "Last", *FOREVER)["price"].to_pylist()
    bars = db.bars(AAPL.contract_id, "SMART", "1m", *FOREVER)["close"].to_pylist()
    return list(map(int, ticks)), list(map(int, bars))


def work(folder: Path) -> tuple[list[int], list[int]]:
    """Add things, compacting in between; which were acknowledged, and which were refused outright."""
    done, refused = list[int](), list[int]()
    try:
        db = TimeseriesDB.open(folder, SIM, write=True, sync="always", report=lambda line: None)
    except (UnusableFolder, OSError, LogFailed, NotAppended):
        return done, refused
    for number in range(THINGS):
        try:
            add(db, number)
        except NotAppended:
            refused.append(number)
        except (OSError, LogFailed):
            continue
        else:
            done.append(number)
        if number % 2:
            with suppress(OSError, LogFailed, NotAppended):
                db.compact()
    with suppress(OSError, LogFailed, NotAppended):
        db.close()
    return done, refused


def check(folder: Path, done: Sequence[int], refused: Sequence[int]) -> None:
    """The next writer finds all that was acknowledged, once, nothing that was refused, no thing in part."""
    for look in (stored, after_opening, stored):
        try:
            ticks, bars = look(folder)
        except NoStore:
            assert done == []
            continue
        counts = {n: ticks.count(n) for n in ticks}
        assert counts == {n: n % 7 + 1 for n in counts}
        assert set(done) <= set(counts)
        assert set(done) <= set(bars)
        assert not set(refused) & set(counts)
        assert bars == sorted(set(bars))
    assert not list(folder.rglob("quarantine"))
    assert not list(folder.rglob("*.tmp"))


def after_opening(folder: Path) -> tuple[list[int], list[int]]:
    with TimeseriesDB.open(folder, SIM, write=True) as db:
        return numbers(db)


@pytest.fixture
def scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="store-full-", dir=MEMORY))
    yield folder
    shutil.rmtree(folder)


# Some eighty stores, each made and opened three times: a busy machine takes its time.
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("number", "lasting", "short"),
    [
        (errno.ENOSPC, True, True),
        (errno.EIO, False, False),
        pytest.param(errno.ENOSPC, False, False, marks=pytest.mark.long),
        pytest.param(errno.EIO, True, False, marks=pytest.mark.long),
    ],
)
def test_whatever_call_fails_nothing_acknowledged_is_lost(
    scratch: Path, number: int, lasting: bool, short: bool
) -> None:
    with counted(range(0), number) as calls:
        assert work(scratch / "whole") == (list(range(THINGS)), [])
    total = len(calls)
    assert total > 30
    for first in range(total):
        folder = scratch / str(first)
        last = total**2 if lasting else first
        with counted(range(first, last + 1), number, short=short):
            done, refused = work(folder)
        check(folder, done, refused)
        shutil.rmtree(folder, ignore_errors=True)


def test_a_quota_of_the_system_refuses_appends_whole_and_then_lets_them_in(scratch: Path) -> None:
    with running(ROOMLESS, scratch) as process:
        said = list(map(int, process.communicate(timeout=60)[0].split()))
    assert process.returncode == 0
    assert 50 < len(said) < 200
    assert held(scratch, write=False)[0] == [n for n in said for _ in range(5)]
