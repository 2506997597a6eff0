"""`quota`: what of IB's limits is used, and by whom.

Every program of ours writes down what it holds, in the data folder; this reads what the running ones wrote.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cli.console import emit, emit_json, say
from cli.parser import Command
from config.settings import Loaded
from ib_api.scheduling import Quota, Usage
from ib_api.scheduling.memory import Saved, read
from market.times import SECOND

NAMES = {
    "lines": "market-data lines",
    "tick_by_tick": "tick-by-tick streams",
    "depth": "books (depth)",
    "history": "open historical requests",
    "kept": "  of these kept up to date",
    "small_history": "small bars in 10 minutes",
    "messages": "messages a second",
}


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A running program: where it is connected, how old (seconds) its word is, and what it holds."""

    gateway: str
    client_id: int
    pid: int
    age: float
    quota: Quota


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def _run(loaded: Loaded, args: argparse.Namespace) -> int:
    found = list(programs(loaded.settings.data_dir, time.time_ns()))
    for program in found:
        if args.json:
            emit_json(program)
        else:
            emit("\n".join(lines(program)).encode())
    if not found:
        say(f"no program of ours is connected (looked in {loaded.settings.data_dir / 'pacing'})")
    return 0


def programs(data_dir: Path, now: int) -> Iterator[Program]:
    """Every running program that keeps its memory in this data folder."""
    for path in sorted(data_dir.glob("pacing/*/*.json")):
        saved = read(path)
        if saved is not None and saved.running:
            host, _, port = path.parent.name.rpartition("_")
            yield Program(
                gateway=f"{host}:{port}",
                client_id=int(path.stem),
                pid=saved.pid,
                age=(now - saved.time) / SECOND,
                quota=_as_of(saved, now),
            )


def _as_of(saved: Saved, now: int) -> Quota:
    """A word that is older than a second says nothing of the messages of the last one."""
    if now - saved.time < SECOND:
        return saved.quota
    silent = msgspec.structs.replace(saved.quota.messages, used=0, users={})
    return msgspec.structs.replace(saved.quota, messages=silent)


def lines(program: Program) -> Iterator[str]:
    """The program and its limits, one a line."""
    age = f"{max(0, program.age):.0f} s ago"
    yield f"{program.gateway} client {program.client_id} (process {program.pid}), {age}"
    for field, name in NAMES.items():
        usage: Usage = getattr(program.quota, field)
        yield f"  {name:26} {usage.used:>4} of {usage.limit:<4} {_remarks(usage)}".rstrip()


def _remarks(usage: Usage) -> str:
    users = ", ".join(f"{user or 'unnamed'} {count}" for user, count in usage.users.items())
    waiting = f"{usage.waiting} waiting" if usage.waiting else ""
    others = "" if usage.limit == usage.documented else f"other programs use the rest of {usage.documented}"
    return "; ".join(filter(None, (users, waiting, others)))


COMMAND = Command("quota", "show what of IB's limits is used, and by whom", _add_arguments, _run)
