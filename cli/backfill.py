"""`backfill SYMBOL ...`: fetch bars into the store; running it again changes nothing."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from cli.console import emit_json, say
from cli.gateway import connected
from cli.parser import Command
from cli.spans import add_span_arguments, span
from cli.stream import tell
from config.settings import Loaded
from market import times
from market.bar_size import BarSize
from market.events import Problem
from market.instrument import Instrument

if TYPE_CHECKING:
    from data_processing.historical_data import BackfillReport, HistoricalData
    from data_processing.shelf import Damage
    from data_storage.layout import BarSeries


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
    from data_storage.layout import BarSeries

    async with connected(loaded) as broker:
        broker.bus.subscribe(Problem, tell)
        now = await broker.now()
        start, end = span(args, now)
        with TimeseriesDB.open(loaded.settings.data_dir, broker.source, write=True, report=say) as db:
            history = HistoricalData(broker, db)
            fetched = set[BarSeries]()
            for symbol in args.symbol:
                instrument = await broker.resolve(symbol)
                db.put_instruments([instrument])
                series = BarSeries(
                    instrument.contract_id,
                    instrument.exchange,
                    size.name,
                    args.what or default_what(instrument.sec_type),
                    args.hours,
                )
                report = await fetch(history, instrument, series, start, end)
                fetched.add(series)
                emit_json(as_json(instrument, series, report)) if args.json else say(
                    summary(instrument.ticker, report)
                )
            check_whole(db.damaged, fetched, start, end, now)
    return 0


async def fetch(
    history: "HistoricalData", instrument: Instrument, series: "BarSeries", start: int, end: int
) -> "BackfillReport":
    """Backfill a series; stopped by Ctrl-C it says what is stored before it ends."""
    from data_processing.historical_data import BackfillReport

    report, ticker = BackfillReport(), instrument.ticker
    try:
        return await history.backfill(
            instrument,
            BarSize.parse(series.size),
            start,
            end,
            what=series.what,
            hours=series.hours,
            on_progress=lambda done: progress(ticker, done),
            report=report,
        )
    except asyncio.CancelledError:
        say(f"{ticker}: stopped; {report.new} new bars are stored, the same command goes on from there")
        raise


def check_whole(
    damaged: "Sequence[Damage]", fetched: "Collection[BarSeries]", start: int, end: int, now: int
) -> None:
    """Raise `DamagedFile` when a damaged file held more than what [start, end) of `fetched` brought back."""
    from data_processing.coverage import missing
    from data_processing.shelf import recovery
    from data_storage.errors import DamagedFile

    for each in damaged:
        mended = [(start, end)] if each.series in fetched else []
        holes = missing(mended, each.start, min(each.end, now))
        if holes:
            advice = recovery(each.series, holes[0][0], holes[-1][1])
            raise DamagedFile(f"incomplete: {each.path} was damaged and not all it held is back; {advice}")


def progress(symbol: str, done: float) -> None:
    """Show on a terminal how far it is; a log file is spared."""
    if sys.stderr.isatty():
        print(f"\r{symbol}: {done:4.0%} ", end="\r" if done < 1 else "\n", file=sys.stderr, flush=True)


def as_json(instrument: Instrument, series: "BarSeries", report: "BackfillReport") -> dict[str, Any]:
    """What a backfill did to a series, times as ISO texts."""
    moments = {"first": report.first, "last": report.last}
    return {
        "symbol": instrument.ticker,
        "contract_id": series.contract_id,
        "exchange": series.exchange,
        "bar_size": series.size,
        "what": series.what,
        "hours": series.hours,
        **msgspec.to_builtins(report),
        **{name: None if time is None else times.iso(time) for name, time in moments.items()},
    }


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
