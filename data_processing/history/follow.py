"""Keep series up to date: ask again and again for what is new, with an overlap.

The bars that IB's history serves are the authoritative ones; they come some seconds after each bar's end.
"""

from collections.abc import Callable, Sequence

import msgspec

from data_processing.historical_data import HistoricalData
from data_processing.history.reports import BackfillReport, TickReport
from data_storage.layout import BarSeries, Series
from market.bar_size import BarSize
from market.broker import MarketData
from market.clock import Clock, sleep
from market.errors import RequestFailed
from market.instrument import Instrument
from market.times import DAY, MINUTE, SECOND

_LAG = 5 * SECOND
"""So long after a full interval it asks: a bar that just ended is served then."""

_REST = 8 * DAY
"""A bar of a day stays open until the next session: over the longest weekend."""


class Job(msgspec.Struct, frozen=True):
    """One series of one contract."""

    instrument: Instrument
    series: Series

    @property
    def name(self) -> str:
        """``AAPL 1m TRADES all``, ``AAPL Last ticks``."""
        it = self.series
        words = (it.size, it.what, it.hours) if isinstance(it, BarSeries) else (it.kind, "ticks")
        return " ".join((self.instrument.ticker, *words))


Outcome = BackfillReport | TickReport | RequestFailed


async def follow(
    history: HistoricalData,
    market_data: MarketData,
    jobs: Sequence[Job],
    tell: Callable[[Job, Outcome], None],
    *,
    clock: Clock,
    every: float = 60.0,
) -> None:
    """Fetch what is new every so many seconds, until cancelled; `tell` gets what became of each job.

    What is refused is told and asked for again the next time; anything else is raised.
    """
    since = {job: await market_data.now() - _open(job) for job in jobs}
    while True:
        await sleep(clock, until_due(clock.now(), round(every * SECOND)) / SECOND)
        for job in jobs:
            now = await market_data.now()
            try:
                outcome: Outcome = await _update(history, job, since[job], now)
            except RequestFailed as error:
                outcome = error
            else:
                since[job] = now - _open(job)
            tell(job, outcome)


async def _update(history: HistoricalData, job: Job, start: int, end: int) -> BackfillReport | TickReport:
    series = job.series
    if not isinstance(series, BarSeries):
        return await history.ticks(job.instrument, series.kind, start, end)
    size = BarSize.parse(series.size)
    return await history.backfill(job.instrument, size, start, end, what=series.what, hours=series.hours)


def _open(job: Job) -> int:
    """How far back what history has said may not be its last word; the ledger knows exactly."""
    if not isinstance(job.series, BarSeries):
        return 2 * MINUTE
    size = BarSize.parse(job.series.size)
    return size.nanoseconds + 2 * MINUTE if size.intraday else max(2 * size.nanoseconds, _REST)


def until_due(now: int, every: int) -> int:
    """Nanoseconds to the next full interval and the lag.

    >>> until_due(61 * SECOND, 60 * SECOND) // SECOND, until_due(64 * SECOND, 60 * SECOND) // SECOND
    (4, 1)
    """
    return every - (now - _LAG) % every
