"""`backfill SYMBOL ...`: fetch bars into the store; running it again changes nothing."""

import argparse
import sys
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from cli.console import emit_json, say
from cli.gateway import connected
from cli.parser import Command
from cli.spans import add_span_arguments, span
from cli.stream import tell
from config.settings import Loaded
from market import times
from market.bar_size import BarSize
from market.errors import BadRequest
from market.events import Problem

if TYPE_CHECKING:
    from data_processing.historical_data import BackfillReport


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("symbol", nargs="+", help="AAPL, 265598, EURUSD, RHM@IBIS")
    parser.add_argument("--bar-size", default="1m", help="1s ... 30s, 1m ... 30m, 1h ... 8h, 1D, 1W, 1M (1m)")
    add_span_arguments(parser, days=5)
    parser.add_argument("--what", help="TRADES, MIDPOINT, BID, ASK, BID_ASK (TRADES; MIDPOINT for forex)")
    parser.add_argument(
        "--hours", choices=["rth", "all"], default="all", help="regular hours only, or all (all)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object for each symbol")


def _run(loaded: Loaded, args: argparse.Namespace) -> Awaitable[int]:
    size = BarSize.parse(args.bar_size)
    if args.end:
        span(args, times.parse(args.end))  # a slip in the dates is told before anything is opened
    return _backfill(loaded, args, size)


async def _backfill(loaded: Loaded, args: argparse.Namespace, size: BarSize) -> int:
    from data_processing.historical_data import HistoricalData
    from data_processing.timeseries_db import TimeseriesDB

    async with connected(loaded) as broker:
        broker.bus.subscribe(Problem, tell)
        now = await broker.now()
        start, end = span(args, now)
        if start >= now:
            raise BadRequest(
                f"start {times.iso(start)} lies in the future; the gateway's time is {times.iso(now)}"
            )
        with TimeseriesDB.open(loaded.settings.data_dir, broker.source, write=True) as db:
            history = HistoricalData(broker, db)
            for symbol in args.symbol:
                instrument = await broker.resolve(symbol)
                what = args.what or default_what(instrument.sec_type)
                db.put_instruments([instrument])
                report = await history.backfill(
                    instrument,
                    size,
                    start,
                    end,
                    what=what,
                    hours=args.hours,
                    on_progress=lambda done, symbol=symbol: progress(symbol, done),  # type: ignore[misc]
                )
                emit_json(report) if args.json else say(summary(instrument.ticker, report))
    return 0


def progress(symbol: str, done: float) -> None:
    """Show on a terminal how far it is; a log file is spared."""
    if sys.stderr.isatty():
        print(f"\r{symbol}: {done:4.0%} ", end="\r" if done < 1 else "\n", file=sys.stderr, flush=True)


def summary(symbol: str, report: "BackfillReport") -> str:
    """One line that says what a backfill did."""
    span = ""
    if report.first is not None and report.last is not None:
        span = f", {times.iso(report.first)} .. {times.iso(report.last)}"
    parts = [f"{report.new} new", f"{report.confirmed} confirmed"]
    parts += [f"{report.revised} revised", f"{report.unchanged} unchanged"]
    parts += [f"{count} left out or mended ({fault})" for fault, count in report.faults.items()]
    parts += ["the rest was stored already"] if report.skipped else []
    if report.split is not None:
        parts.append(f"prices changed by the factor {report.split:g}, a split: backfill the older bars again")
    return f"{symbol}: {report.received} bars received ({', '.join(parts)}){span}"


def default_what(sec_type: str) -> str:
    """Forex has no trades: its bars are those of the midpoint."""
    return "MIDPOINT" if sec_type == "CASH" else "TRADES"


COMMAND = Command("backfill", "fetch historical bars into the store", _add_arguments, _run)
