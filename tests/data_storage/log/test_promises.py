"""What each policy promises, held against a model: any order of appends, failures, kills and power cuts."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from data_storage.log.errors import LogFailed, NotAppended, SegmentGone
from data_storage.log.reader import LogReader
from data_storage.log.repair import repair
from data_storage.log.segments import START, Damage
from data_storage.log.writer import LogWriter, Sync
from tests.data_storage.log.logs import FailingDisk, HandTimer, append, read, refuse


class RememberingDisk(FailingDisk):
    """Knows what of each file a power cut leaves."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.safe: dict[int, bytes] = {}

    def sync(self, handle: int) -> None:
        super().sync(handle)
        number = os.fstat(handle).st_ino
        for path in self.folder.iterdir():
            if path.stat().st_ino == number:
                self.safe[number] = path.read_bytes()

    def cut_power(self, kept: float, zeros: int) -> None:
        """Leave of what was not synced a part, and perhaps zeros where the rest would be."""
        for path in self.folder.iterdir():
            content, safe = path.read_bytes(), self.safe.get(path.stat().st_ino, b"")
            left = int(len(content) * kept)
            after = content[:left] + safe[left:]
            path.write_bytes(after + bytes(min(zeros, max(0, len(content) - len(after)))))


class Log(RuleBasedStateMachine):
    """Appends numbers that grow; of `taken` so many as `safe` survive a power cut.

    What is `doubtful` was refused by a failed sync: it may be there or not.
    """

    policy: Sync = "group"

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp())
        self.disk = RememberingDisk(self.folder)
        self.next, self.safe, self.dropped = 0, 0, START
        self.taken: list[int] = []
        self.doubtful: set[int] = set()
        self.writers: list[LogWriter] = []
        self.restart()
        self.follow_from_the_start()

    def restart(self) -> list[Damage]:
        """Begin as a new process does; the answer is what was repaired."""
        self.timer, told = HandTimer(), list[Damage]()
        self.disk.syncs = []
        repair(self.folder, told.append, self.dropped)
        self.writer = LogWriter(
            self.folder, self.policy, after=self.dropped, segment_size=3_000, disk=self.disk, timer=self.timer
        )
        self.writers.append(self.writer)
        self.safe, self.failed = len(self.taken), False
        return told

    @contextmanager
    def unless_failed(self) -> Iterator[None]:
        try:
            yield
        except LogFailed:
            self.failed = True
        else:
            assert not self.failed, "a failed log went on"

    def follow_from_the_start(self) -> None:
        self.reader, self.last_seen = LogReader(self.folder, refuse, self.dropped), -1

    @rule(count=st.integers(1, 40))
    def append(self, count: int) -> None:
        values = range(self.next, self.next + count)
        self.next += count
        self.doubtful.update(values)
        with self.unless_failed():
            append(self.writer, *values)
            self.doubtful.difference_update(values)
            self.taken += values
            if self.policy == "always":
                self.safe = len(self.taken)

    @rule(taken=st.integers(1, 200))
    def find_no_room(self, taken: int) -> None:
        self.disk.writes = [taken, -errno.ENOSPC]
        with self.unless_failed(), pytest.raises(NotAppended):
            append(self.writer, self.next)
        self.disk.writes = []
        self.next += 1

    @rule()
    def sync(self) -> None:
        with self.unless_failed():
            self.writer.sync()
            self.safe = len(self.taken)

    @precondition(lambda self: self.policy == "group")
    @rule()
    def ring(self) -> None:
        due = len(self.disk.syncs)
        self.timer.ring()
        self.failed |= len(self.disk.syncs) < due
        if not self.failed:
            self.safe = len(self.taken)

    @rule()
    def fail_the_next_sync(self) -> None:
        self.disk.syncs = [errno.EIO]

    @rule()
    def compact(self) -> None:
        """Let files have what lies in the log so far."""
        with self.unless_failed():
            self.dropped = self.writer.roll()
            self.taken, self.safe = [], 0
            self.doubtful.clear()
            self.writer.drop(self.dropped)

    @rule()
    def kill(self) -> None:
        assert self.restart() == []
        self.holds(len(self.taken))

    @rule(kept=st.floats(0, 1), zeros=st.integers(0, 50))
    def cut_power(self, kept: float, zeros: int) -> None:
        safe = self.safe
        self.disk.cut_power(kept, zeros)
        assert all(damage.kind == "torn" for damage in self.restart())
        self.holds(safe)
        self.taken = [n for n in read(self.folder, self.dropped)[0] if n not in self.doubtful]
        self.safe = len(self.taken)
        self.reader.close()
        self.follow_from_the_start()

    @rule()
    def follow(self) -> None:
        there = [n for n in read(self.folder, self.dropped)[0] if n > self.last_seen]
        try:
            came = self.numbers_that_came()
        except SegmentGone:
            self.reader.seek(self.dropped)
            came = self.numbers_that_came()
        assert came == there
        self.last_seen = max([self.last_seen, *came])

    def numbers_that_came(self) -> list[int]:
        """Of frames that no file has; a segment that was open is read to its end all the same."""
        frames = [frame for frame in self.reader.read_new() if frame.start >= self.dropped]
        return [n for frame in frames for n in frame.batches[0][1]["n"].to_pylist()]

    @invariant()
    def what_was_taken_is_there(self) -> None:
        self.holds(len(self.taken))

    def holds(self, least: int) -> None:
        """Whole frames in order, none twice, and at least so many of what was taken."""
        values, damage = read(self.folder, self.dropped)
        assert damage == []
        assert values == sorted(set(values))
        there = [n for n in values if n not in self.doubtful]
        assert len(there) >= least
        assert there == self.taken[: len(there)]

    def teardown(self) -> None:
        self.reader.close()
        for writer in self.writers:
            with suppress(LogFailed):
                writer.close()
        rmtree(self.folder)


class Always(Log):
    policy = "always"


class Off(Log):
    policy = "off"


_LIMITS = settings(max_examples=25, stateful_step_count=25, deadline=None)
Log.TestCase.settings = Always.TestCase.settings = Off.TestCase.settings = _LIMITS
TestGroup, TestAlways, TestOff = Log.TestCase, Always.TestCase, Off.TestCase
