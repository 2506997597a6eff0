"""`data continuous ES`: the bars of a future across its expiries, or the table of its rolls."""

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.console import emit, emit_json
from cli.data_output import write_rows
from cli.spans import add_span_arguments, limits
from market import times
from market.clock import RealClock
from market.errors import NoData

if TYPE_CHECKING:
    from data_processing.futures.rolls import Roll
    from data_processing.timeseries_db import TimeseriesDB
    from market.instrument import Instrument

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
    instead = parser.add_mutually_exclusive_group()
    for name, help_ in (
        ("expiries", "the stored contracts"),
        ("daily", "the front contract of each trading date"),
        ("rolls", "the table of rolls"),
    ):
        instead.add_argument(f"--{name}", action="store_true", help=f"{help_} instead of the bars")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--to", type=Path, help="FILE.csv or FILE.parquet (CSV to stdout)")
    form.add_argument("--json", action="store_true", help="one JSON object a line")


def run(db: "TimeseriesDB", args: argparse.Namespace) -> None:
    """Print the bars or the rolls; raise `NoData` where there are none in the span."""
    from data_processing.futures.chain import chain
    from data_processing.futures.continuous import continuous
    from data_processing.futures.interest import read_interest
    from data_processing.futures.rolls import RollRule

    start, end = limits(args)
    contracts = chain(db.instruments(), args.symbol)
    if args.expiries:
        return _tell(args, [_of_contract(each) for each in contracts])
    view = continuous(
        db,
        contracts,
        args.bar_size,
        0 if start is None else start,
        RealClock().now() if end is None else end,
        rule=RollRule(args.roll, args.days_before),
        adjust=args.adjust,
        what=args.what,
        hours=args.hours,
        interest=read_interest(args.interest, contracts) if args.interest else None,
    )
    if args.daily:
        return _tell(
            args, [_of_day(each.day, each.time) | _of_contract(each.contract) for each in view.daily]
        )
    if args.rolls:
        return _tell(args, [_of_roll(each) for each in view.rolls])
    if not view.bars.num_rows:
        raise NoData(f"{args.symbol}: no bars of a front contract in that span; see: data list")
    return write_rows(view.bars, args.to, json=args.json)


def _tell(args: argparse.Namespace, rows: Sequence[dict[str, Any]]) -> None:
    """A line for each row: its values, or with `--json` the whole."""
    for row in rows:
        emit_json(row) if args.json else emit("  ".join(str(value) for value in row.values()).encode())


def _of_contract(contract: "Instrument") -> dict[str, Any]:
    return {
        "contract": contract.ticker,
        "contract_id": contract.contract_id,
        "expiry": contract.expiry,
    }


def _of_day(day: int, time: int) -> dict[str, Any]:
    return {"date": date.fromordinal(day + _EPOCH).isoformat(), "from": times.iso(time)}


def _of_roll(roll: "Roll") -> dict[str, Any]:
    before = {"before": roll.before.ticker} if roll.before else {}
    return _of_day(roll.day, roll.time) | _of_contract(roll.after) | before
