"""The shape of the command line: shared flags stand before or after the subcommand, with one meaning."""

import argparse
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from config.settings import Loaded

_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]*")

Runner = Callable[[Loaded, argparse.Namespace], int | Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand: its name and help, its own arguments, and what it does."""

    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Runner


class Parser(argparse.ArgumentParser):
    """Argparse, with abbreviations off: a flag added later must not change what an old script means.

    What is wrong is one line; argparse would put it below all flags there are.
    """

    def __init__(self, **options: object) -> None:
        super().__init__(allow_abbrev=False, **options)  # type: ignore[arg-type]  # argparse's own keywords

    def error(self, message: str) -> NoReturn:
        """Leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message}; see: {self.prog} --help\n")


def source_name(text: str) -> str:
    """The name of a store as --source takes it: it is a folder's name and nothing else.

    >>> source_name("sim-1-tws")
    'sim-1-tws'
    """
    if not _SOURCE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r}: write it in small letters, digits and hyphens")
    return text


def shared_flags() -> Parser:
    """Flags that every command takes. None has a default: what is not given does not appear."""
    flags = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    gateway = flags.add_argument_group("gateway")
    gateway.add_argument("--host", help="where TWS or IB Gateway runs (127.0.0.1)")
    gateway.add_argument("--port", type=int, help="its API port (7497, TWS paper)")
    gateway.add_argument("--client-id", type=int, help="one number for each program on that port (1)")
    gateway.add_argument("--account", help="which account, when the login has several")
    gateway.add_argument("--timeout", type=float, help="seconds to wait for an answer (10)")
    simulated = flags.add_argument_group("embedded simulated gateway")
    simulated.add_argument("--sim", action="store_true", help="use it: no account, open around the clock")
    simulated.add_argument("--seed", type=int, help="which market it makes (1)")
    simulated.add_argument("--feed", help="consistent (default), or tws: with TWS's own deviations")
    common = flags.add_argument_group("common")
    common.add_argument(
        "--symbols", dest="watch", metavar="LIST", help="the watch list: AAPL,EURUSD,RHM@IBIS"
    )
    common.add_argument("--data-dir", type=Path, help="where stores are kept (data)")
    common.add_argument("--log-dir", type=Path, help="where logs are kept (logs)")
    common.add_argument(
        "--error-codes",
        type=Path,
        metavar="FILE",
        help="rows of your own for IB's error codes (YAML or JSON)",
    )
    common.add_argument("--log-level", help="debug, info, warning or error (info)")
    return flags


def build(commands: tuple[Command, ...], main_job: Command) -> argparse.ArgumentParser:
    """The whole parser; without a subcommand it is the main job."""
    shared = shared_flags()
    parser = Parser(
        prog="truetick",
        description="Stream, backfill and store Interactive Brokers market data. " + main_job.help,
        parents=[shared],
        argument_default=argparse.SUPPRESS,
    )
    main_job.add_arguments(parser)
    parser.set_defaults(run=main_job.run, command=main_job.name)
    subparsers = parser.add_subparsers(metavar="COMMAND", title="commands", parser_class=Parser)
    for command in commands:
        sub = subparsers.add_parser(
            command.name, help=command.help, description=command.help, parents=[shared]
        )
        command.add_arguments(sub)
        sub.set_defaults(run=command.run, command=command.name)
    return parser
