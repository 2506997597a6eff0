"""One day of one market: the gateway's process and the client's, and what both left."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from market.errors import TruetickError
from market.source import Feed
from market.times import SECOND, parse

ROOT = Path(__file__).parents[2]
START = parse("2026-10-02T13:30")
"""A Friday's opening bell in New York."""

CLIENT_ID = 7
DRAIN = 900.0
"""Seconds after the day that the client may still ask for what it missed."""

Report = dict[str, Any]


class Broken(TruetickError):
    """A process ended early, or not in time."""


class Day(msgspec.Struct, frozen=True):
    """What is run; `hours` long, with so many `faults`, at `speed` times real time at most.

    It may `stop` after fewer hours, with what goes wrong before its quiet end.
    """

    seed: int
    feed: Feed
    hours: float = 6.5
    faults: int = 220
    speed: float = 1_000.0
    stop: float | None = None

    @property
    def seconds(self) -> float:
        return self.hours * 3_600

    @property
    def end(self) -> int:
        """When the day is over, UTC nanoseconds."""
        return START + round((self.stop or self.hours) * 3_600 * SECOND)


def take(day: Day, folder: Path, limit: float, log: str = "ERROR") -> Report:
    """Run `day` in at most `limit` seconds, files below `folder`; the answer is what the client saw.

    Raise `Broken` when it does not come to its end.
    """
    leading, following = socket.socketpair()
    over = time.monotonic() + limit
    with leading, following:
        gateway = (
            "gateway",
            "--seed",
            day.seed,
            "--feed",
            day.feed,
            "--start",
            START,
            "--seconds",
            day.seconds,
        )
        until = ("--until", day.end)
        more = (*until, "--faults", day.faults, "--speed", day.speed, "--truth", folder / "truth")
        with _process(leading, folder / "gateway.log", *gateway, *more) as serving:
            port = json.loads(_line(serving))["port"]
            asking = (
                "client",
                "--port",
                port,
                *until,
                "--drain",
                DRAIN,
                "--data",
                folder / "data",
                "--log",
                log,
            )
            with _process(following, folder / "client.log", *asking) as client:
                # Each end now lives in its process only, so that the end of one is heard by the other.
                leading.close()
                following.close()
                report: Report = json.loads(_all(client, over))
            _all(serving, over)
    return report


@contextlib.contextmanager
def _process(pace: socket.socket, log: Path, name: str, *words: object) -> Iterator["subprocess.Popen[str]"]:
    """A part as a process; whatever happens, it is gone afterwards."""
    command = [
        sys.executable,
        "-m",
        f"benchmarks.storm_parts.{name}",
        *map(str, words),
    ]
    command += ["--pace", str(pace.fileno())]
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            pass_fds=[pace.fileno()],
        ) as child,
    ):
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()


def _line(child: "subprocess.Popen[str]") -> str:
    assert child.stdout is not None
    text = child.stdout.readline()
    if not text:
        raise Broken("the gateway's process ended before it listened; see its log")
    return text


def _all(child: "subprocess.Popen[str]", over: float) -> str:
    """What a process prints until its end."""
    try:
        text, _ = child.communicate(timeout=max(1.0, over - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise Broken(f"a process did not come to its end in time: {child.args!r}") from None
    if child.returncode:
        raise Broken(f"a process ended with {child.returncode}: {child.args!r}; see its log")
    return text
