"""`sim` that goes wrong on purpose: a script, a control port, commands typed at the terminal."""

import argparse
import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cli.console import say

if TYPE_CHECKING:
    from simulator.faults.control import Control
    from simulator.faults.script import Step
    from simulator.gateway.server import Gateway


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags about faults."""
    parser.add_argument("--faults", type=Path, metavar="FILE", help="what goes wrong when: YAML, or Python")
    parser.add_argument(
        "--control-port", type=int, metavar="N", help="take commands about faults on this port of 127.0.0.1"
    )


def script(args: argparse.Namespace) -> "Sequence[Step]":
    """The script that was asked for; raise `BadRequest` when it makes no sense."""
    from simulator.faults.script import load

    return load(args.faults) if args.faults else ()


class _Heard(logging.Handler):
    """Says on the terminal what begins and ends; the log has it too."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


@asynccontextmanager
async def troubled(
    gateway: "Gateway", steps: "Sequence[Step]", args: argparse.Namespace
) -> AsyncIterator[None]:
    """Play a script and take commands while the block lasts."""
    from simulator.faults.board import Board
    from simulator.faults.control import Control, serve

    heard = _Heard()
    faults = logging.getLogger("truetick.simulator")
    faults.addHandler(heard)
    board = Board(gateway)
    board.play(steps)
    control = Control(gateway, board)
    server = None if args.control_port is None else await serve(control, args.control_port)
    if server is not None:
        say(f"commands about faults on 127.0.0.1:{server.sockets[0].getsockname()[1]}")
    terminal = sys.stdin if sys.stdin.isatty() else None
    if terminal is not None:
        say("type 'help' for what can go wrong")
        listen(control, terminal)
    try:
        yield
    finally:
        faults.removeHandler(heard)
        if terminal is not None:
            asyncio.get_running_loop().remove_reader(terminal)
        if server is not None:
            server.close()


def listen(control: "Control", terminal: TextIO) -> None:
    """Answer every line that is typed, until there are no more."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        # A terminal gives whole lines, so that this does not wait.
        line = terminal.readline()
        if line:
            say(control.answer(line))
        else:
            loop.remove_reader(terminal)

    loop.add_reader(terminal, read)
