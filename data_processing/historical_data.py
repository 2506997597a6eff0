"""Fetch history piece by piece, clean it and archive it: every piece is stored when it arrives.

What was answered for good stands in the store's ledger, so a backfill that was stopped anywhere goes on where
it was. How it asks is in `data_processing.history`.
"""

from collections.abc import Sequence

from data_processing.coverage import Range, missing
from data_processing.history.bar_fetch import BarFetch, Progress
from data_processing.history.pace import Pace
from data_processing.history.plan import Plan, Planner
from data_processing.history.reports import BackfillReport, TickReport
from data_processing.history.tick_fetch import TickFetch
from data_processing.tick_pages import PAGE
from data_processing.timeseries_db import TimeseriesDB
from data_storage.errors import WrongSource
from data_storage.layout import BarSeries, TickSeries
from market.bar_size import BarSize
from market.broker import MarketData
from market.clock import Clock, RealClock
from market.errors import BadRequest
from market.events import Hours, TickType
from market.instrument import Instrument
from market.times import SECOND, iso

__all__ = ["BackfillReport", "HistoricalData", "Plan", "TickReport"]


def _nothing(share: float) -> None:
    return None


class HistoricalData:
    """History from `market_data` into `db`; methods raise `WrongSource` unless both are of one source.

    `pace` has learned how much one request may ask for; `clock` measures how long they take.
    """

    def __init__(
        self,
        market_data: MarketData,
        db: TimeseriesDB,
        pace: Pace | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._market_data = market_data
        self._db = db
        self._pace = pace or Pace()
        self._clock = clock or RealClock()
        self._planner = Planner(market_data, db, self._pace)

    async def plan(
        self,
        instrument: Instrument,
        series: BarSeries,
        start: int | None,
        end: int,
        *,
        refresh: bool = False,
    ) -> Plan:
        """What it takes to have the bars that start in [start, end), and no more than there are.

        Where more than one request is needed IB is asked for its earliest bar; `start=None` begins there.
        With `refresh` ranges that history has answered before are asked for again. ADJUSTED_LAST is always
        asked for whole: it takes no end date, and each split or dividend changes all of it. Raise what the
        question for the earliest bar is refused with where `start` is `None`.
        """
        if start is not None:
            self._check(start, end)
        size = BarSize.parse(series.size)
        start = None if start is None else _up(start, size)
        return await self._planner.within(instrument, series, start, _up(end, size), refresh)

    def plan_holes(self, instrument: Instrument, series: BarSeries, holes: Sequence[Range]) -> Plan:
        """What it takes to ask for exactly these ranges, whatever the ledger says of them."""
        bounds = (min(start for start, _ in holes), max(end for _, end in holes)) if holes else (0, 0)
        self._check(*bounds)
        return self._planner.over(instrument, series, holes, bounds)

    async def run(
        self,
        plan: Plan,
        *,
        on_progress: Progress = _nothing,
        report: BackfillReport | None = None,
        alone: bool = False,
    ) -> BackfillReport:
        """Do what a plan says; `on_progress` gets the share done after each request.

        The answer is `report`, where one is given to watch: it is filled after each request. An error of a
        request is raised as it is, its text ending in what is stored, and noted in the ledger with the range
        that it left; calling again goes on from there. After a split all that is stored is asked for anew;
        with `alone` that is left to the next run without it.
        """
        report = BackfillReport() if report is None else report
        report.skipped = plan.skipped
        fetch = BarFetch(self._market_data, self._db, self._pace, self._clock, plan, report)
        try:
            await fetch.run(on_progress, alone=alone)
        finally:
            self._pace.save()
        return report

    async def backfill(
        self,
        instrument: Instrument,
        size: BarSize,
        start: int,
        end: int,
        *,
        what: str = "TRADES",
        hours: Hours = "all",
        refresh: bool = False,
        on_progress: Progress = _nothing,
        report: BackfillReport | None = None,
        alone: bool = False,
    ) -> BackfillReport:
        """`plan` and `run` in one, without asking for the earliest bar.

        With `alone` it is this range and nothing else: neither what is pending of the series elsewhere nor,
        after a split, all the rest. So it is soon done.
        """
        self._check(start, end)
        series = BarSeries(instrument.contract_id, instrument.exchange, size.name, what, hours)
        start = _up(start, size)
        end = max(start, await self._planner.bounded(_up(end, size), size))
        plan = self._planner.of(instrument, series, start, end, refresh, alone=alone)
        return await self.run(plan, on_progress=on_progress, report=report, alone=alone)

    async def ticks(
        self,
        instrument: Instrument,
        tick_type: TickType,
        start: int,
        end: int,
        *,
        page: int = PAGE,
        refresh: bool = False,
        on_progress: Progress = _nothing,
        report: TickReport | None = None,
    ) -> TickReport:
        """Store the ticks of the whole seconds in [start, end), page by page; errors as in `run`.

        Raise `BadRequest` for `AllLast`: history has the prints of `Last` only.
        """
        self._check(start, end)
        if tick_type == "AllLast":
            raise BadRequest("history has no AllLast ticks; ask for Last")
        report = TickReport() if report is None else report
        series = TickSeries(instrument.contract_id, instrument.exchange, tick_type)
        start -= start % SECOND
        until = min(end, await self._market_data.now())
        until = max(start, until - until % SECOND)
        holes = [(start, until)]
        if not refresh:
            holes = missing(self._db.answered(series, start, until), start, until)
        report.skipped = len(missing(holes, start, until))
        fetch = TickFetch(self._market_data, self._db, instrument, series, page, report)
        await fetch.run(holes, on_progress)
        return report

    def _check(self, start: int, end: int) -> None:
        if start > end:
            raise BadRequest(f"the range begins at {iso(start)} and ends before, at {iso(end)}; swap them")
        source = self._market_data.source.name
        if source != self._db.source:
            raise WrongSource(self._db.folder, self._db.source, source)


def _up(time: int, size: BarSize) -> int:
    """Bars that begin before `time` begin before this too, and the last of them ends by it.

    IB cuts a bar off where a request ends, and says nothing of it.
    """
    return -size.whole(-time)
