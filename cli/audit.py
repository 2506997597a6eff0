"""`audit`: how complete everything stored is, per contract, and each hole with its reason."""

import argparse
from collections.abc import Awaitable

from cli import data, data_audit
from cli.console import say
from cli.gateway import connected
from cli.parser import Command, source_name
from config.settings import Loaded
from market.errors import BadRequest


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(action="audit", act=data_audit.audit, source=None)
    data_audit.add_arguments(parser)
    parser.add_argument(
        "--source",
        type=source_name,
        help="which store, where there are several: ib, sim-1-consistent-24h, ...",
    )
    parser.add_argument("--start", help="from here on, UTC: 2026-01-05 or 2026-01-05T14:30 (what is stored)")
    parser.add_argument("--end", help="up to here, UTC (what is stored)")
    parser.add_argument(
        "--ask", action="store_true", help="first ask the gateway when the contracts traded, once for all"
    )
    parser.add_argument(
        "--explain", action="store_true", help="every stretch with its reason, closed ones too"
    )


def _run(loaded: Loaded, args: argparse.Namespace) -> int | Awaitable[int]:
    return _asked(loaded, args) if args.ask else data.COMMAND.run(loaded, args)


async def _asked(loaded: Loaded, args: argparse.Namespace) -> int:
    """Audit the store of the gateway that answers."""
    from data_processing.holes import ask_hours
    from data_processing.timeseries_db import TimeseriesDB

    if args.source:
        raise BadRequest("--ask audits the store of the gateway that answers; leave out --source")
    async with connected(loaded) as broker:
        with TimeseriesDB.open(loaded.settings.data_dir, broker.source, write=True, report=say) as db:
            await ask_hours(broker, db, await broker.now(), say)
            return data_audit.audit(db, args)


COMMAND = Command(
    "audit", "how complete each contract is; exit code 8 for a hole without a reason", _add_arguments, _run
)
