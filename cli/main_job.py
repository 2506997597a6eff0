"""The main job: connect, learn what is entitled, backfill the watch list, stream it, store it, show it.

Trades are asked for first, tick by tick, then quotes; what exceeds the tick-by-tick quota or lacks its
permission comes from the market-data line and says so. Ctrl-C ends it with everything stored.
"""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from cli.backfill_report import default_what, summary
from cli.console import say
from cli.data_audit import line
from cli.gateway import connected
from cli.parser import Command
from cli.predictions import predicting
from cli.stream import ConnectionNews, tell
from cli.table import LiveTable
from config.settings import DEFAULT_WATCH, Loaded
from market import times
from market.bar_size import BarSize
from market.broker import MarketData, TickSubscription
from market.clock import AcceleratedClock
from market.errors import ConnectionFailed, RequestFailed, TruetickError
from market.events import ConnectionChanged, Gap, Problem, TickSource, TickType
from market.hours import closed_note
from market.instrument import Instrument

if TYPE_CHECKING:
    from data_processing.historical_data import HistoricalData
    from data_processing.realtime_data import RealTimeData
    from data_processing.recorder import Counters, Recorder
    from data_processing.refill import Refill
    from data_processing.timeseries_db import TimeseriesDB
    from ib_api.ib_broker import IBBroker

MINUTE = BarSize.parse("1m")
CANDLES = tuple(BarSize.parse(name) for name in ("5s", "1m", "5m"))
FETCHED = CANDLES[1:]
UNQUOTED = frozenset({"IND"})
REDRAW = 0.25
LINE_EVERY = 5.0


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--backfill-days", type=float, default=1.0, help="days of 1-minute bars to fetch first (1)"
    )
    parser.add_argument(
        "--serve",
        type=int,
        default=None,
        metavar="PORT",
        help="also serve it to web clients on this port; see: serve --help",
    )


def _run(loaded: Loaded, args: argparse.Namespace) -> Awaitable[int]:
    return _main_job(loaded, args)


async def _main_job(loaded: Loaded, args: argparse.Namespace) -> int:
    from data_processing.historical_data import HistoricalData
    from data_processing.realtime_data import RealTimeData
    from data_processing.refill import Refill
    from data_processing.sessions import remember
    from data_processing.stretches import span_of
    from data_processing.timeseries_db import TimeseriesDB

    async with connected(loaded) as broker:
        broker.bus.subscribe(ConnectionChanged, ConnectionNews())
        broker.bus.subscribe(Problem, tell)
        table = LiveTable(broker.bus, broker.source.label)
        with TimeseriesDB.open(loaded.settings.data_dir, broker.source, write=True, report=say) as db:
            instruments = await _resolve(broker, loaded.settings.watch or DEFAULT_WATCH)
            db.put_instruments(instruments)
            for instrument in instruments:
                remember(db, instrument, await broker.now())
            await _backfill(broker, HistoricalData(broker, db), db, instruments, args.backfill_days)
            # Bars end by the gateway's time, which in a replay is years ago.
            clock = AcceleratedClock(await broker.now())
            zones = {each.contract_id: each.time_zone for each in instruments}
            forex = {each.contract_id for each in instruments if each.sec_type == "CASH"}
            realtime = RealTimeData(broker.bus, db, CANDLES, clock, zones=zones, untraded=forex)
            realtime.start()
            refill = Refill(broker, db, clock, candles=FETCHED, recorder=realtime.recorder)
            refill.start()
            broker.bus.subscribe(Gap, lambda gap: say(f"gap: {line(db, span_of(gap))}"))
            subscriptions: list[TickSubscription] = []
            try:
                await _subscribe(broker, instruments, table, subscriptions)
                async with (
                    predicting(broker.bus, broker, HistoricalData(broker, db), db, instruments, clock),
                    _served(loaded, args.serve, broker, db, clock, realtime.recorder),
                ):
                    await _show_until_given_up(broker, table)
            finally:
                for each in subscriptions:
                    each.cancel()
                await _close(realtime, refill)
                say(f"stopped: {stored(realtime.counters)} in {db.folder}")
    return 0


def _served(
    loaded: Loaded,
    port: int | None,
    broker: "IBBroker",
    db: "TimeseriesDB",
    clock: AcceleratedClock,
    recorder: "Recorder | None",
) -> AbstractAsyncContextManager[None]:
    """The streaming server for as long as the block, where one is wanted."""
    if port is None:
        return contextlib.nullcontext()
    from cli.serve import served
    from data_processing.historical_data import HistoricalData
    from ib_stream.backend import Backend

    flush = recorder.flush if recorder else None
    return served(loaded, Backend(broker, db, HistoricalData(broker, db), clock, flush), port)


async def _close(realtime: "RealTimeData", refill: "Refill") -> None:
    """Store everything; what could not be stored is filled in by the next run."""
    written = False
    try:
        await realtime.close()
        written = True
    finally:
        await refill.close(stored=written)
        if refill.pending:
            say(f"{len(refill.pending)} holes wait to be filled in by the next run; see: data gaps")


def stored(done: "Counters") -> str:
    """What became of every tick, so that none seems lost."""
    text = f"{done.flushed_ticks} ticks and {done.flushed_bars} bars stored"
    shown = f" ({done.sampled} ticks of market-data lines were shown, not stored)"
    return text + (shown if done.sampled else "")


async def _resolve(broker: MarketData, symbols: Sequence[str]) -> list[Instrument]:
    return [await broker.resolve(symbol) for symbol in symbols]


async def _backfill(
    broker: MarketData,
    history: "HistoricalData",
    db: "TimeseriesDB",
    instruments: Sequence[Instrument],
    days: float,
) -> None:
    end = await broker.now()
    start = end - int(days * times.DAY)
    for instrument in instruments:
        what = default_what(instrument.sec_type)
        try:
            report = await history.backfill(instrument, MINUTE, start, end, what=what, alone=True)
            say(summary(instrument.ticker, report))
        except RequestFailed as error:
            say(f"{instrument.ticker}: no history: {error}")


async def _subscribe(
    broker: MarketData, instruments: Sequence[Instrument], table: LiveTable, running: list[TickSubscription]
) -> None:
    """One tick-by-tick stream for each contract; where that is trades, quotes come from its line."""
    now = await broker.now()
    for instrument in instruments:
        if note := closed_note(instrument, now):
            table.explain(instrument, note)
        quotes_only = instrument.sec_type == "CASH"
        wanted: list[tuple[TickType, TickSource]] = [("BidAsk" if quotes_only else "Last", "tbt")]
        wanted += [] if instrument.sec_type in UNQUOTED or quotes_only else [("BidAsk", "l1")]
        for tick_type, source in wanted:
            try:
                subscription = await broker.stream(instrument, tick_type, source=source)
            except TruetickError as error:
                table.explain(instrument, str(error))
                say(f"{instrument.ticker} {tick_type}: {error}")
                continue
            table.add(subscription)
            running.append(subscription)


async def _show_until_given_up(broker: "IBBroker", table: LiveTable) -> None:
    """Draw, over outages too, until there are no attempts to connect left; Ctrl-C cancels from outside."""
    drawing = asyncio.create_task(_draw(table) if sys.stderr.isatty() else _print_lines(table))
    try:
        reason = await broker.gave_up()
    finally:
        drawing.cancel()
        await asyncio.gather(drawing, return_exceptions=True)
    raise ConnectionFailed(f"the connection is lost: {reason}. What came is stored; start again.")


async def _draw(table: LiveTable) -> None:
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    with Live(table.render(console.width), console=console, auto_refresh=False) as live:
        while True:
            await asyncio.sleep(REDRAW)
            live.update(table.render(console.width), refresh=True)


async def _print_lines(table: LiveTable) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LINE_EVERY):
            await table.first_tick.wait()
    while True:
        say(table.line())
        await asyncio.sleep(LINE_EVERY)


COMMAND = Command(
    "run",
    "Without a command it connects, backfills the watch list, streams and stores it.",
    _add_arguments,
    _run,
)
