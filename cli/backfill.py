"""`backfill SYMBOL ...`: fetch history into the store; running it again changes nothing."""

import argparse
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING

from cli.backfill_report import default_what
from cli.console import say
from cli.gateway import connected
from cli.parser import Command
from cli.spans import add_span_arguments, span
from cli.stream import tell
from config.settings import Loaded
from market import times
from market.bar_size import BarSize
from market.broker import MarketData
from market.errors import BadRequest
from market.events import Problem
from market.instrument import Instrument

if TYPE_CHECKING:
    from cli.backfill_run import BackfillRun
    from data_processing.history.follow import Job
    from data_processing.timeseries_db import TimeseriesDB

WHAT = (
    *("TRADES", "MIDPOINT", "BID", "ASK", "BID_ASK", "ADJUSTED_LAST", "AGGTRADES"),
    *("HISTORICAL_VOLATILITY", "OPTION_IMPLIED_VOLATILITY", "FEE_RATE"),
    *("YIELD_BID", "YIELD_ASK", "YIELD_BID_ASK", "YIELD_LAST"),
)
TICKS = ("Last", "BidAsk", "MidPoint")
_EVER = "1970-01-01"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("symbol", nargs="*", help="AAPL, 265598, EURUSD, RHM@IBIS")
    parser.add_argument(
        "--bar-size", help="1s ... 30s, 1m ... 30m, 1h ... 8h, 1D, 1W, 1M, or a list: 1m,1D (1m)"
    )
    add_span_arguments(parser, days=5)
    parser.add_argument("--from-head", action="store_true", help="instead of --start: all there is")
    parser.add_argument(
        "--what", help="TRADES, MIDPOINT, BID, ASK, BID_ASK, ... or a list (TRADES; MIDPOINT for forex)"
    )
    parser.add_argument(
        "--hours", choices=["rth", "all"], default="all", help="regular hours only, or all (all)"
    )
    parser.add_argument("--ticks", help="ticks instead of bars: Last, BidAsk, MidPoint, or a list")
    parser.add_argument("--refresh", action="store_true", help="ask for stored bars again too")
    parser.add_argument("--plan", action="store_true", help="only say what would be asked for")
    parser.add_argument(
        "--fill-gaps", action="store_true", help="ask for what audit misses of the stored bars"
    )
    parser.add_argument("--follow", action="store_true", help="then keep it up to date until Ctrl-C")
    parser.add_argument(
        "--every", type=float, default=60.0, help="with --follow: seconds between updates (60)"
    )
    parser.add_argument("--at-once", type=int, default=4, help="fetch so many series at a time (4)")
    parser.add_argument("--json", action="store_true", help="one JSON object for each series")


def _run(loaded: Loaded, args: argparse.Namespace) -> Awaitable[int]:
    if args.from_head and (args.start or args.days is not None):
        raise BadRequest("--from-head begins at the earliest bar; leave out --start and --days")
    if args.follow and (args.end or args.plan):
        raise BadRequest("--follow goes on from now; leave out --end and --plan")
    others = (args.start, args.end, args.bar_size, args.what, args.ticks, args.from_head, args.follow)
    if args.fill_gaps and (any(others) or args.days is not None):
        raise BadRequest(
            "--fill-gaps asks for what the stored series lack; name symbols only, or none for all"
        )
    if not (args.symbol or args.fill_gaps):
        raise BadRequest("which contract? name a symbol or contract id, e.g. backfill AAPL")
    if args.every < 5:
        raise BadRequest(f"--every {args.every:g}: give 5 seconds or more")
    if args.follow and "ADJUSTED_LAST" in (args.what or ""):
        raise BadRequest(
            "ADJUSTED_LAST comes whole each time; backfill it once a day instead of following it"
        )
    if not 1 <= args.at_once <= 20:
        raise BadRequest(f"--at-once {args.at_once}: from 1 to 20 series can be fetched at a time")
    wanted = _Wanted(args)
    if args.end:
        _bounds(args, times.parse(args.end))  # a slip in the dates is told before anything is opened
    return _backfill(loaded, args, wanted)


class _Wanted:
    """Which series of a contract the arguments mean; raise `BadRequest` for what does not exist."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.ticks = _chosen("--ticks", args.ticks, TICKS)
        default = "" if self.ticks else "1m"
        sizes = default if args.bar_size is None else args.bar_size
        self.sizes = [BarSize.parse(each) for each in sizes.split(",") if each.strip()]
        if not (self.sizes or self.ticks):
            raise BadRequest("--bar-size names no size; write 1m, or a list: 1m,1D")
        self.what = _chosen("--what", args.what, WHAT)
        self.hours = args.hours

    def jobs(self, instrument: Instrument) -> "list[Job]":
        """The series of one contract."""
        from data_processing.history.follow import Job
        from data_storage.layout import BarSeries, Series, TickSeries

        route = instrument.contract_id, instrument.exchange
        kinds = self.what or [default_what(instrument.sec_type)]
        series: list[Series] = [
            BarSeries(*route, size.name, what, self.hours) for size in self.sizes for what in kinds
        ]
        series += [TickSeries(*route, kind) for kind in self.ticks]  # type: ignore[arg-type]  # checked above
        return [Job(instrument, each) for each in series]


def _chosen(flag: str, text: str | None, known: Sequence[str]) -> list[str]:
    names = [each.strip() for each in (text or "").split(",") if each.strip()]
    for name in names:
        if name not in known:
            raise BadRequest(f"{flag} {name!r} is not served; choose of: {' '.join(known)}")
    return names


def _bounds(args: argparse.Namespace, now: int) -> tuple[int | None, int]:
    if not args.from_head:
        return span(args, now)
    return None, span(argparse.Namespace(**(vars(args) | {"start": _EVER})), now)[1]


async def _backfill(loaded: Loaded, args: argparse.Namespace, wanted: _Wanted) -> int:
    from cli.backfill_run import BackfillRun, stored_jobs
    from data_processing.timeseries_db import TimeseriesDB

    async with connected(loaded) as broker:
        broker.bus.subscribe(Problem, tell)
        start, end = _bounds(args, await broker.now())
        instruments = [await broker.resolve(symbol) for symbol in args.symbol]
        with TimeseriesDB.open(loaded.settings.data_dir, broker.source, write=True, report=say) as db:
            await _remember(broker, db, instruments)
            if args.fill_gaps:
                jobs = stored_jobs(db, instruments)
                run = BackfillRun(broker, db, jobs, as_lines=args.json, at_once=args.at_once)
                await run.prepare_gaps()
                return _planned(run, args) if args.plan else await run.fill_gaps()
            jobs = [job for each in dict.fromkeys(instruments) for job in wanted.jobs(each)]
            run = BackfillRun(
                broker, db, jobs, as_lines=args.json, refresh=args.refresh, at_once=args.at_once
            )
            code = await run.prepare(start, end)
            if args.plan:
                return _planned(run, args) or code
            code = await run.fetch() or code
            if args.follow:
                await run.follow(args.every)
            return code


def _planned(run: "BackfillRun", args: argparse.Namespace) -> int:
    if args.json:
        run.emit_plans()
    return 0


async def _remember(broker: MarketData, db: "TimeseriesDB", instruments: Sequence[Instrument]) -> None:
    """Keep what is known of contracts, and of their hours, which the broker tells of the coming days only."""
    from data_processing.sessions import remember

    db.put_instruments(instruments)
    for instrument in instruments:
        remember(db, instrument, await broker.now())


COMMAND = Command("backfill", "fetch history into the store", _add_arguments, _run)
