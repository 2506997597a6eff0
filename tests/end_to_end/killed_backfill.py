"""A backfill that is killed at every request it makes, once at each: before it asks, when the answer has
come, and when that is stored but not yet in the ledger, by turns.

``python -m tests.end_to_end.killed_backfill PORT FOLDER START END SYMBOLS [--ticks]`` forks one program after
another, until one lives to the end; its last line says how many were killed. With ``--whole`` nobody is. The
time stands still, so that what is stored depends on nothing but what was asked for.
"""

import argparse
import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data_processing.historical_data import HistoricalData
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from ib_api.ib_broker import IBBroker
from market.broker import BarRequest
from market.clock import RealClock, Timer
from market.events import Bar, Tick, TickType
from market.instrument import Instrument
from market.times import parse

NOW = parse("2026-04-08T15:17:23")
STAGES = ("asked", "answered", "stored")


class StandingClock(RealClock):
    """Time stands still; timers go on."""

    def now(self) -> int:
        return NOW

    def call_at(self, when: int, callback: Any) -> Timer:
        return asyncio.get_running_loop().call_later(max(0.0, (when - NOW) / 1e9), callback)


class Reaper:
    """Kills this process once at each request; `book` remembers over all deaths at which it did."""

    def __init__(self, book: Path | None) -> None:
        self._book = book
        self._killed = book.read_text().splitlines() if book and book.exists() else []
        self._request = ""

    def begin(self, request: str) -> None:
        """A request is about to be sent."""
        self._request = request
        self.reach("asked")

    def reach(self, stage: str) -> None:
        """The request has come so far: die if it is its turn."""
        if self._book is None or self._request in self._killed:
            return
        if STAGES[len(self._killed) % len(STAGES)] == stage:
            with self._book.open("a") as book:
                book.write(self._request + "\n")
            os.kill(os.getpid(), signal.SIGKILL)


class Doomed(IBBroker):
    """A broker whose requests are watched by a reaper."""

    reaper: Reaper

    async def bars(self, instrument: Instrument, request: BarRequest) -> Sequence[Bar]:
        self.reaper.begin(f"{instrument.symbol} bars to {request.end}")
        found = await super().bars(instrument, request)
        self.reaper.reach("answered")
        return found

    async def ticks(
        self, instrument: Instrument, tick_type: TickType, start: int, count: int
    ) -> Sequence[Tick]:
        self.reaper.begin(f"{instrument.symbol} {tick_type} from {start}")
        found = await super().ticks(instrument, tick_type, start, count)
        self.reaper.reach("answered")
        return found


class DoomedDB(TimeseriesDB):
    """A store whose ledger is watched by a reaper."""

    reaper: Reaper

    def mark_answered(self, *answer: Any) -> None:
        self.reaper.reach("stored")
        super().mark_answered(*answer)


async def backfill(args: argparse.Namespace) -> None:
    """The whole job, as far as it lives."""
    reaper = Reaper(None if args.whole else args.folder / "killed.txt")
    start, end = parse(args.start), parse(args.end)
    Doomed.reaper = DoomedDB.reaper = reaper
    broker = await Doomed.open("127.0.0.1", args.port, 5, clock=StandingClock())
    assert isinstance(broker, Doomed)
    try:
        with DoomedDB.open(args.folder, broker.source, write=True, clock=StandingClock()) as db:
            history = HistoricalData(broker, db)
            for symbol in args.symbols.split(","):
                instrument = await broker.resolve(symbol)
                if args.ticks:
                    await history.ticks(instrument, "Last", start, end)
                    continue
                series = BarSeries(instrument.contract_id, instrument.exchange, "1m")
                await history.run(await history.plan(instrument, series, start, end))
    finally:
        await broker.close()


def killed(args: argparse.Namespace) -> int:
    """How often it had to be started again; what it dies of otherwise is this program's end too."""
    deaths = 0
    while True:
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(backfill(args))
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            if os.waitstatus_to_exitcode(status):
                sys.exit(1)
            return deaths
        deaths += 1


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("start")
    parser.add_argument("end")
    parser.add_argument("symbols")
    parser.add_argument("--ticks", action="store_true")
    parser.add_argument("--whole", action="store_true")
    args = parser.parse_args()
    args.folder.mkdir(exist_ok=True)
    print(killed(args))


if __name__ == "__main__":
    main()
