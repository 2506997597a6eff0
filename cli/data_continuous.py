"""`data continuous ES`: the bars of a future across its expiries, or the table of its rolls."""

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.console import emit, emit_json, say
from cli.spans import add_span_arguments
from market import times
from market.clock import RealClock
from market.errors import BadRequest, NoData, SetupError

if TYPE_CHECKING:
    import pyarrow as pa

    from data_processing.futures.rolls import Roll
    from data_processing.timeseries_db import TimeseriesDB

_EPOCH = date(1970, 1, 1).toordinal()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `data continuous`."""
    parser.add_argument("symbol", help="the future: ES, ES@CME")
    parser.add_argument("--bar-size", default="1m", help="bars of this size, as they are stored (1m)")
    parser.add_argument("--what", default="TRADES", help="as they are stored (TRADES)")
    parser.add_argument("--hours", choices=["rth", "all"], default="all", help="as they are stored (all)")
    add_span_arguments(parser, days=None)
    parser.add_argument(
        "--adjust",
        choices=["none", "difference", "ratio"],
        default="none",
        help="how to take the jumps at the rolls out of the prices before them (none)",
    )
    parser.add_argument(
        "--roll",
        choices=["volume", "interest", "days"],
        default="volume",
        help="what decides when to go on to a later expiry (volume)",
    )
    parser.add_argument("--days-before", type=int, default=5, help="for --roll days: before expiry (5)")
    parser.add_argument(
        "--interest", type=Path, metavar="FILE.csv", help="open interest, for --roll interest"
    )
    parser.add_argument("--rolls", action="store_true", help="the table of rolls instead of the bars")
    parser.add_argument("--to", type=Path, help="FILE.csv or FILE.parquet (CSV to stdout)")
    parser.add_argument("--json", action="store_true", help="with --rolls: one JSON object for each")


def run(db: "TimeseriesDB", args: argparse.Namespace) -> None:
    """Print the bars or the rolls; raise `NoData` where there are none in the span."""
    from data_processing.futures.chain import chain
    from data_processing.futures.continuous import continuous
    from data_processing.futures.interest import read_interest
    from data_processing.futures.rolls import RollRule

    contracts = chain(db.instruments(), args.symbol)
    view = continuous(
        db,
        contracts,
        args.bar_size,
        times.parse(args.start) if args.start else 0,
        times.parse(args.end) if args.end else RealClock().now(),
        rule=RollRule(args.roll, args.days_before),
        adjust=args.adjust,
        what=args.what,
        hours=args.hours,
        interest=read_interest(args.interest, contracts) if args.interest else None,
    )
    if args.rolls:
        for roll in view.rolls:
            emit_json(_as_json(roll)) if args.json else emit(_line(roll).encode())
        return
    if not view.bars.num_rows:
        raise NoData(f"{args.symbol}: no bars of a front contract in that span; see: data list")
    _write(view.bars, args.to)


def _write(table: "pa.Table", to: Path | None) -> None:
    from data_storage import csv_files, parquet_files

    if to is None:
        for piece in csv_files.lines(table):
            sys.stdout.write(piece)
        sys.stdout.flush()
        return
    writers = {".csv": csv_files.export, ".parquet": parquet_files.export}
    if to.suffix.lower() not in writers:
        raise BadRequest(f"{to}: write to a name that ends in .csv or .parquet")
    try:
        say(f"{writers[to.suffix.lower()](table, to)} rows to {to}")
    except OSError as error:
        raise SetupError(f"{to} cannot be written: {error.strerror}; choose another place") from error


def _line(roll: "Roll") -> str:
    before = f" after {roll.before.ticker}" if roll.before else ""
    front = f"{roll.after.ticker} (expires {roll.after.expiry})"
    return f"{_date(roll)}  {front}{before}, from {times.iso(roll.time)}"


def _as_json(roll: "Roll") -> dict[str, Any]:
    return {
        "date": _date(roll),
        "time": times.iso(roll.time),
        "front": roll.after.ticker,
        "contract_id": roll.after.contract_id,
        "expiry": roll.after.expiry,
        "before": roll.before.ticker if roll.before else None,
    }


def _date(roll: "Roll") -> str:
    return date.fromordinal(roll.day + _EPOCH).isoformat()
