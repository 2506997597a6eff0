"""`audit`: how complete everything stored is, per contract, and each hole with its reason."""

import argparse
from collections.abc import Awaitable

from cli import data, data_audit
from cli.parser import Command
from config.settings import Loaded


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(action="audit", act=data_audit.audit, source=None)
    data_audit.add_arguments(parser)
    parser.add_argument(
        "--source", help="which store, where there are several: ib, sim-1-consistent-24h, ..."
    )
    parser.add_argument("--start", help="from here on, UTC: 2026-01-05 or 2026-01-05T14:30 (what is stored)")
    parser.add_argument("--end", help="up to here, UTC (what is stored)")
    parser.add_argument(
        "--explain", action="store_true", help="every stretch with its reason, closed ones too"
    )


def _run(loaded: Loaded, args: argparse.Namespace) -> int | Awaitable[int]:
    return data.COMMAND.run(loaded, args)


COMMAND = Command(
    "audit", "how complete each contract is; exit code 8 for a hole without a reason", _add_arguments, _run
)
