"""One turn: a fresh sender and a fresh client, alone with each other, and what came of it."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.wire_parts import messages

ROOT = Path(__file__).parents[2]
# More than a client's own limits add up to; past it the turn is a failure.
TURN_SECONDS = 60


@dataclass(frozen=True)
class Side:
    """A client in one of its forms; `peer` names its environment, `None` is the running interpreter."""

    name: str
    peer: str | None
    module: str
    form: str
    server_version: int


@dataclass(frozen=True)
class Run:
    """Messages per second from the first byte sent to the last message delivered; CPU time per message."""

    rate: float
    cpu_us: float
    complete: bool = True
    p50_us: float | None = None
    p99_us: float | None = None


class WrongDelivery(Exception):
    """A client delivered something else than what was sent, so its figures would mean nothing."""


def take(side: Side, kind: str, total: int, pace: int | None = None) -> Run:
    """Measure once; with `pace` messages a second for latency, else as fast as it goes."""
    sending = ["benchmarks.wire_parts.blaster", kind, str(total), str(side.server_version)]
    python = str(peers.python_of(side.peer)) if side.peer else sys.executable
    with _process(sys.executable, *sending, *(["--rate", str(pace)] if pace else [])) as sender:
        port = _line(sender)["port"]
        receiving = [f"benchmarks.wire_parts.{side.module}", side.form, str(port), kind, str(total)]
        with _process(python, *receiving, *(["--latency"] if pace else [])) as client:
            answer, _ = client.communicate(timeout=TURN_SECONDS)
        started = _line(sender)["started"]
    if client.returncode or not answer:
        raise WrongDelivery(f"{side.name}, {kind}: the client ended with code {client.returncode}")
    return judge(side, kind, total, started, json.loads(answer), latency=pace is not None)


def judge(side: Side, kind: str, total: int, started: int, answer: dict[str, Any], *, latency: bool) -> Run:
    """The figures of a client's `answer`; raise `WrongDelivery` unless it got what was sent.

    A run that its time limit cut off counts with what it delivered until then.
    """
    complete = answer["count"] == total
    wanted = messages.MARKS[kind] if complete and not latency else []
    if answer["values"] != wanted or not 0 < answer["count"] <= total:
        raise WrongDelivery(
            f"{side.name}, {kind}: {answer['count']} of {total} came, the last with {answer['values']}"
        )
    seconds = (answer["ended"] - started) / 1e9
    microseconds = answer["cpu"] / answer["count"] * 1e6
    late = answer["latency_us"]
    return Run(answer["count"] / seconds, microseconds, complete, late.get("p50"), late.get("p99"))


@contextlib.contextmanager
def _process(python: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A child that is gone afterwards, whatever happened."""
    child = subprocess.Popen([python, "-m", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield child
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=5)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        if child.stdout:
            child.stdout.close()


def _line(child: subprocess.Popen[str]) -> dict[str, Any]:
    """What the child says next; an empty line means that it died."""
    assert child.stdout
    text = child.stdout.readline()
    if not text:
        raise WrongDelivery(f"a process of the benchmark ended too early, with code {child.wait(timeout=5)}")
    answer: dict[str, Any] = json.loads(text)
    return answer
