"""Workers as the driver sees them: started, asked one at a time, ended."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import peers

ROOT = Path(__file__).parents[2]
OURS = ("truetick", "truetick-50ms")
ENDING_SECONDS = 60


class Broken(Exception):
    """A worker could not begin or ended by itself: its figures cannot be had."""


class Worker:
    """The store `side` in a process of its own."""

    def __init__(self, side: str, folder: Path, data: Path, *, read: bool = False) -> None:
        self.side = side
        python = sys.executable if side in OURS else str(peers.python_of("store"))
        arguments = [side, str(folder), str(data), *(["--read"] if read else [])]
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.store_parts.worker", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            ready = self._receive()
            if "failed" in ready:
                raise Broken(ready["failed"])
        except BaseException:
            self.close()
            raise

    def start(self, do: str, **values: Any) -> None:
        """Give a command; `finish` waits for its answer."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": do} | values) + "\n")
        self._process.stdin.flush()

    def finish(self) -> dict[str, Any]:
        """The answer to the last command."""
        return self._receive()

    def ask(self, do: str, **values: Any) -> dict[str, Any]:
        """Give a command and wait for its answer."""
        self.start(do, **values)
        return self.finish()

    def close(self) -> None:
        """End it; harmless when it has ended."""
        with contextlib.suppress(OSError):
            self._process.communicate(timeout=ENDING_SECONDS)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait(timeout=ENDING_SECONDS)
            raise Broken(f"the worker of {self.side} ended too early, with code {code}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextlib.contextmanager
def worker(side: str, folder: Path, data: Path, *, read: bool = False) -> Iterator[Worker]:
    """A worker that is gone afterwards, whatever happened."""
    found = Worker(side, folder, data, read=read)
    try:
        yield found
    finally:
        found.close()


@contextlib.contextmanager
def workers(sides: list[str], folders: Path, data: Path) -> Iterator[dict[str, Worker]]:
    """A worker for each side, each in its folder below `folders`."""
    with contextlib.ExitStack() as stack:
        yield {side: stack.enter_context(worker(side, folders / side, data)) for side in sides}
