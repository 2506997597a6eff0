"""Backups, retention and restores that are killed at each of their durable steps, or meet a limit of size.

`python -m tests.data_storage.backup.killed FOLDER STRIDE` tries every STRIDE-th step, each in a process
of its own, prints how many died, and ends with a traceback where one of them harmed something.
"""

import os
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from data_storage.backup.errors import BackupFailed
from data_storage.backup.retention import Keep
from data_storage.local_storage import LocalStorage
from tests.data_storage.backup.stores import DAY5, content, make_store, put
from tests.fakes import SIM, T0

STEPS = ("fsync", "write", "replace", "rename", "unlink", "mkdir")


def in_child(work: Callable[[], object]) -> int:
    """Do something in a process of its own; the answer is its exit code, negative when it was killed."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed_at(number: int, work: Callable[[], object]) -> bool:
    """Whether `work` was killed at that step of it; it did all it does when it has fewer."""

    def begin() -> None:
        count = iter(range(number, -1, -1))
        for name in STEPS:
            setattr(os, name, counted(getattr(os, name), count))
        work()

    def counted(real: Callable[..., Any], count: Any) -> Callable[..., Any]:  # any call of `os`
        def call(*arguments: Any, **options: Any) -> Any:
            if next(count) == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call

    code = in_child(begin)
    assert code in (0, -signal.SIGKILL), code
    return code != 0


class World:
    """A store that went on after its two snapshots, and the place where they are."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.store = make_store(self.data)
        self.storage = LocalStorage.make(folder / "drive")
        self.states = dict[int, dict[str, object]]()
        self.time = T0
        for n in range(2):
            put(self.store, DAY5, bytes([n]) * 100)
            self.back_up()
        put(self.store, DAY5, b"newer" * 100)
        self.newest = content(self.store)

    def back_up(self) -> None:
        self.time += 1
        self.storage.back_up(self.store, SIM, self.time)
        self.states[self.time] = content(self.store)

    def retain(self) -> None:
        self.storage.retain(SIM.name, Keep(last=1), self.time)
        self.states = {T0 + 2: self.states[T0 + 2]}

    def restore(self) -> None:
        self.time += 1
        self.storage.restore(self.storage.snapshot_at(SIM.name, T0 + 2), self.data, self.time, replace=True)

    def check(self) -> None:
        """Every snapshot comes back, and what was the store is whole, in its place or moved aside."""
        assert self.storage.verify().whole
        made = self.storage.snapshots()[0]
        assert {each.time for each in made} >= {T0 + 2}
        for each in made:
            with tempfile.TemporaryDirectory() as other:
                self.storage.restore(each, Path(other), T0)
                assert content(Path(other) / SIM.name) == self.states.get(each.time, self.newest)
        places = [self.store, *(self.data / "replaced").glob("*")]
        assert self.newest in [content(each) for each in places if each.exists()]

    def check_done(self, name: str) -> None:
        """What was killed was done again, and has left nothing behind."""
        self.check()
        assert {each.time for each in self.storage.snapshots()[0]} >= self.states.keys()
        assert (len(self.storage.snapshots()[0]) == 1) == (name == "retain")
        assert (content(self.store) == self.states[T0 + 2]) == (name == "restore")
        assert not [*self.storage.folder.rglob("*.tmp"), *self.data.glob("restoring")]


def kill_at_steps(folder: Path, name: str, stride: int) -> int:
    """Kill an action at every `stride`-th of its steps; the answer is how often it died."""
    for kills, number in enumerate(range(0, 10_000, stride)):
        place = folder / "world"
        world = World(place)
        died = killed_at(number, getattr(world, name))
        world.check()
        # The child's clock went on, not ours.
        world.time += 1
        getattr(world, name)()
        world.check_done(name)
        shutil.rmtree(place)
        if not died:
            return kills
    raise AssertionError(f"{name} never ends")


def limited(folder: Path) -> int:
    """Back up where no file may be larger than so many bytes; the answer is how often that was too small."""
    refused, limits = 0, (0, 1, 50, 499, 3_999, 10**6)
    for limit in limits:
        world = World(folder / str(limit))

        def back_up(world: World = world, limit: int = limit) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            try:
                world.back_up()
            except BackupFailed:
                os._exit(3)

        refused += in_child(back_up) == 3
        world.check()
        world.back_up()
        world.check_done("back_up")
    assert refused == len(limits) - 1, refused
    return refused


def main(folder: Path, stride: int) -> None:
    """Do it all."""
    setattr(os, "fsync", lambda handle: None)  # noqa: B010  # no power is cut here
    kills = {name: kill_at_steps(folder, name, stride) for name in ("back_up", "retain", "restore")}
    print(*kills.values(), limited(folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
