"""`data import FILE SYMBOL`: bars or ticks from a CSV or Parquet file into a store."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from cli.backfill import WHAT
from cli.console import say
from cli.stream import TICK_TYPES
from market.bar_size import BarSize
from market.errors import BadRequest, ContractNotFound
from market.instrument import Instrument

if TYPE_CHECKING:
    from data_processing.timeseries_db import TimeseriesDB

_NEW = "a contract that is new to the store needs --contract-id"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `data import` takes."""
    parser.add_argument("file", type=Path, help="FILE.csv, FILE.csv.gz or FILE.parquet")
    parser.add_argument("symbol", help="the contract: as in the list, or a symbol with --contract-id")
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--bar-size", help="the file holds bars of this size")
    kind.add_argument("--type", choices=TICK_TYPES, help="the file holds ticks of this type")
    parser.add_argument("--what", default="TRADES", help="of bars: TRADES, MIDPOINT, BID, ASK (TRADES)")
    parser.add_argument("--hours", choices=["rth", "all"], default="all", help="of bars (all)")
    parser.add_argument(
        "--stamp", choices=["start", "end"], default="start", help="of bars: what a time is of (start)"
    )
    new = parser.add_argument_group("a contract that the store does not know")
    new.add_argument("--contract-id", type=int, help="its number, IB's where it has one")
    new.add_argument("--exchange", default="SMART", help="(SMART)")
    new.add_argument("--currency", default="USD", help="(USD)")
    new.add_argument("--sec-type", default="STK", help="STK, FUT, CASH, ... (STK)")
    new.add_argument("--time-zone", default="", help="the exchange's, e.g. America/New_York")


def check(args: argparse.Namespace, data_dir: Path) -> None:
    """Raise what is wrong with the arguments or the file, before a store is made for it."""
    from data_processing.queries import imports

    if args.source is None:
        raise BadRequest("say whose data it is: --source ib, or a name of its own such as --source my-vendor")
    if args.contract_id is not None and args.contract_id < 1:
        raise BadRequest(f"--contract-id {args.contract_id}: the number of a contract is above 0")
    if args.contract_id is None and not (data_dir / args.source).exists():
        raise ContractNotFound(f"nothing is stored of {args.source!r}: {_NEW}")
    if args.time_zone and args.time_zone not in available_timezones():
        raise BadRequest(f"--time-zone {args.time_zone} is not known; write it like America/New_York")
    if args.what not in WHAT:
        raise BadRequest(f"--what {args.what!r} is no kind of bars; choose of: {' '.join(WHAT)}")
    if args.bar_size:
        BarSize.parse(args.bar_size)
    imports.check(args.file, args.type)


def import_file(db: "TimeseriesDB", args: argparse.Namespace) -> None:
    """Store what the file holds; doing it again changes nothing."""
    from data_processing.queries.imports import import_bars, import_ticks
    from data_storage.layout import BarSeries, TickSeries

    instrument = _instrument(db, args)
    route = instrument.contract_id, instrument.exchange
    if args.type:
        count = import_ticks(db, args.file, TickSeries(*route, args.type))
        say(f"{instrument.ticker}: {count} ticks read")
    else:
        size = BarSize.parse(args.bar_size).name
        series = BarSeries(*route, size, args.what, args.hours)
        report = import_bars(db, args.file, series, stamp=args.stamp)
        changed = (
            f"{report.new} new, {report.confirmed + report.revised} changed, {report.unchanged} known before"
        )
        say(f"{instrument.ticker}: bars: {changed}")
    db.put_instruments([instrument])


def _instrument(db: "TimeseriesDB", args: argparse.Namespace) -> Instrument:
    if args.contract_id is None:
        try:
            return db.find_instrument(args.symbol)
        except ContractNotFound as error:
            raise ContractNotFound(f"{error}; {_NEW}") from None
    return Instrument(
        contract_id=args.contract_id,
        symbol=args.symbol,
        sec_type=args.sec_type,
        exchange=args.exchange,
        currency=args.currency,
        time_zone=args.time_zone,
    )
