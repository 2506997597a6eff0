"""A writer in a process of its own: killed, short of room, and followed from here."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from random import Random
from threading import Thread

import pytest

from data_storage.log.errors import SegmentGone
from data_storage.log.reader import LogReader
from data_storage.log.repair import repair
from data_storage.log.writer import LogWriter
from tests.data_storage.log.logs import append, numbers_in, read, refuse

ROOT = Path(__file__).parents[3]

WRITER = """
import pathlib, sys
from data_storage.log.repair import repair
from data_storage.log.writer import LogWriter
from tests.data_storage.log.logs import append
folder, policy, first = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
repair(folder, lambda damage: None)
writer = LogWriter(folder, policy, segment_size=20_000)
for n in range(first, first + 100_000):
    append(writer, *[n] * (n % 50 + 1))
    print(n, flush=True)
"""

ROOMLESS = """
import pathlib, resource, sys
from data_storage.log.errors import NotAppended
from data_storage.log.writer import LogWriter
from tests.data_storage.log.logs import append
writer, refused = LogWriter(pathlib.Path(sys.argv[1]), "always"), 0
resource.setrlimit(resource.RLIMIT_FSIZE, (10_001, resource.RLIM_INFINITY))
for n in range(100):
    try:
        append(writer, n)
    except NotAppended:
        refused += 1
        if refused == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    else:
        print(n)
writer.close()
"""

DROPPING = """
import pathlib, sys
from data_storage.log.writer import LogWriter
from tests.data_storage.log.logs import append
writer, count = LogWriter(pathlib.Path(sys.argv[1]), sys.argv[2], segment_size=20_000), int(sys.argv[3])
for n in range(count):
    append(writer, n)
    if n % 300 == 299:
        writer.drop(writer.roll())
writer.close()
"""


@contextmanager
def running(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        yield process


def killed_after(lines: int, folder: Path, policy: str, first: int) -> int:
    """The last number that a writer acknowledged before it was killed."""
    with running(WRITER, folder, policy, first) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        # A line that was cut by the kill has no end and says nothing.
        said += process.stdout.read().split("\n")[:-1]
    return int(said[-1])


@pytest.mark.parametrize("policy", ["always", "group", "off"])
def test_a_killed_writer_keeps_what_it_acknowledged_whole_and_once(tmp_path: Path, policy: str) -> None:
    first, random = 0, Random(policy)
    for _ in range(4):
        last = killed_after(random.randrange(1, 300), tmp_path, policy, first)
        repair(tmp_path, lambda damage: None)
        values, damage = read(tmp_path)
        assert damage == []
        there = sorted(set(values))
        assert values == [n for n in there for _ in range(n % 50 + 1)]
        # The one after the last may have been written and not told any more.
        assert there[-1] - last in (0, 1)
        assert there == list(range(there[-1] + 1))
        first = there[-1] + 1


def test_a_limit_of_the_system_refuses_frames_whole_and_then_lets_them_in(tmp_path: Path) -> None:
    with running(ROOMLESS, tmp_path) as process:
        said = list(map(int, process.communicate(timeout=60)[0].split()))
    assert process.returncode == 0
    assert len(said) == 97
    assert read(tmp_path) == (said, [])


@pytest.mark.parametrize(("policy", "count"), [("always", 500), ("group", 2_000)])
def test_a_reader_follows_a_writer_that_drops_what_files_have(
    tmp_path: Path, policy: str, count: int
) -> None:
    reader, seen, misses = LogReader(tmp_path, refuse), list[int](), 0
    with running(DROPPING, tmp_path, policy, count) as process:
        while True:
            over = process.poll() is not None
            try:
                seen += numbers_in(reader)
            except SegmentGone as gone:
                misses += 1
                reader.seek(gone.oldest)
            if over:
                break
    reader.close()
    assert process.returncode == 0
    assert seen[-1] == count - 1
    assert seen == sorted(set(seen))
    assert sum(b > a + 1 for a, b in pairwise(seen)) <= misses


@pytest.mark.parametrize("policy", ["always", "group"])
def test_threads_append_beside_each_other_and_lose_nothing(tmp_path: Path, policy: str) -> None:
    writer = LogWriter(tmp_path, policy, segment_size=10_000)  # type: ignore[arg-type]  # a word of the table

    def work(own: int) -> None:
        for n in range(60):
            append(writer, own + n)

    threads = [Thread(target=work, args=(own,)) for own in (0, 1_000, 2_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    values, damage = read(tmp_path)
    assert damage == []
    for own in (0, 1_000, 2_000):
        assert [n for n in values if own <= n < own + 1_000] == list(range(own, own + 60))
