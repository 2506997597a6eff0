"""One run of `backfill`: say what is to do, do it, and keep it up to date."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence

from cli.backfill_report import as_json, check_whole, plan_as_json, summary, tick_summary
from cli.console import emit_json, say
from cli.data_audit import INCOMPLETE
from cli.progress import Draw, progress_bars
from data_processing.coverage import Range
from data_processing.historical_data import HistoricalData
from data_processing.history.follow import Job, Outcome, follow
from data_processing.history.pace import FILE, Pace
from data_processing.history.plan import Plan, lasting
from data_processing.history.reports import BackfillReport, TickReport
from data_processing.holes import all_holes, ask_hours
from data_processing.tick_pages import PAGE
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries, TickSeries
from ib_api.asks import HISTORY_OF
from ib_api.ib_broker import IBBroker
from ib_api.scheduling.rules import spacing
from market.bar_size import BarSize
from market.clock import RealClock
from market.errors import BadRequest, RequestFailed
from market.instrument import Instrument
from market.times import iso

AT_ONCE = 4
"""IB keeps up to 50 requests for history open, and serves them more slowly the more there are."""

_Refusal = (RequestFailed, BadRequest)


class BackfillRun:
    """The jobs of one command, in order: `prepare`, `fetch`, then perhaps `follow`."""

    def __init__(
        self,
        broker: IBBroker,
        db: TimeseriesDB,
        jobs: Sequence[Job],
        *,
        as_lines: bool = False,
        refresh: bool = False,
        at_once: int = AT_ONCE,
    ) -> None:
        self._broker = broker
        self._db = db
        self._jobs = jobs
        self._as_lines = as_lines
        self._refresh = refresh
        self._at_once = at_once
        self._history = HistoricalData(broker, db, Pace(db.folder / FILE, self._spacing))
        self._plans = dict[Job, Plan | tuple[int, int]]()
        self._bounds = (0, 0)

    async def prepare(self, start: int | None, end: int) -> int:
        """Find out what is missing of each series, and say how long it will take.

        The answer is the exit code: that of the first series of which that was refused.
        """
        code, self._bounds = 0, (start or 0, end)
        for job in self._jobs:
            try:
                plan = self._plans[job] = await self._plan(job, start, end)
            except RequestFailed as error:
                self._tell(job, error)
                code = code or error.exit_code
            else:
                say(plan.describe() if isinstance(plan, Plan) else self._tick_plan(job, plan))
        told = [plan for plan in self._plans.values() if isinstance(plan, Plan)]
        if len(told) > 1:
            at_once = min(self._at_once, len(told))
            time = lasting(sum(each.seconds for each in told) / at_once)
            requests = sum(each.requests for each in told)
            say(f"in all {requests:,} requests of bars, about {time} with {at_once} series at once")
        return code

    async def prepare_gaps(self) -> None:
        """Find out what the audit misses of each series, and say how long it will take to ask for that."""
        now = await self._broker.now()
        # Whatever is still missing of the series afterwards, `fill_gaps` tells.
        self._bounds = (0, now)
        await ask_hours(self._broker, self._db, now, say)
        for job, missing in (await self._missing()).items():
            plan = self._plans[job] = self._history.plan_holes(job.instrument, _bars(job), missing)
            say(plan.describe())
        if not self._plans:
            say("nothing is missing of what is stored")

    def emit_plans(self) -> None:
        """The plans as JSON, an object for each series."""
        for job, plan in self._plans.items():
            bars, bounds = (plan, (plan.start, plan.end)) if isinstance(plan, Plan) else (None, plan)
            emit_json(plan_as_json(job.instrument, job.series, *bounds, bars))

    async def fill_gaps(self) -> int:
        """`fetch`, and tell by the exit code whether something is still missing."""
        code, left = await self.fetch(), await self._missing()
        if left:
            say(f"{sum(map(len, left.values()))} stretches are still missing; see: audit")
        return code or (INCOMPLETE if left else 0)

    async def fetch(self) -> int:
        """Do it, several series at once; one that is refused does not keep the others waiting.

        The answer is the exit code: that of the first one that was refused.
        """
        waiting, outcomes = iter(self._plans), dict[Job, Outcome | BadRequest]()

        async def work(bar: Callable[[str], Draw]) -> None:
            for job in waiting:
                outcomes[job] = await self._fetch(job, bar(job.name))
                self._tell(job, outcomes[job])

        with progress_bars() as bar:
            await together([work(bar) for _ in range(self._at_once)])
        refused = [each for job in self._plans if isinstance(each := outcomes[job], _Refusal)]
        fetched = {job.series for job, each in outcomes.items() if not isinstance(each, _Refusal)}
        check_whole(self._db.damaged, fetched, *self._bounds, await self._broker.now())
        return refused[0].exit_code if refused else 0

    async def follow(self, every: float) -> None:
        """Fetch what is new every so many seconds, until cancelled."""
        say(f"following {len(self._jobs)} series, an update every {every:g} s; Ctrl-C ends it")
        await follow(self._history, self._broker, self._jobs, self._news, clock=RealClock(), every=every)

    async def _missing(self) -> dict[Job, list[Range]]:
        """What the audit misses of each job, where it does."""
        missing = all_holes(self._db, await self._broker.now())
        return {
            job: [(each.start, each.end) for each in missing[_bars(job)] if each.end is not None]
            for job in self._jobs
            if job.series in missing
        }

    async def _plan(self, job: Job, start: int | None, end: int) -> Plan | tuple[int, int]:
        if isinstance(job.series, BarSeries):
            return await self._history.plan(job.instrument, job.series, start, end, refresh=self._refresh)
        if start is None:
            start = await self._broker.head_time(job.instrument, HISTORY_OF[job.series.kind])
        return start, end

    async def _fetch(self, job: Job, progress: Draw) -> Outcome | BadRequest:
        plan, report, ticks = self._plans[job], BackfillReport(), TickReport()
        try:
            if isinstance(plan, Plan):
                return await self._history.run(plan, on_progress=progress, report=report)
            assert isinstance(job.series, TickSeries)
            return await self._history.ticks(
                job.instrument,
                job.series.kind,
                *plan,
                refresh=self._refresh,
                on_progress=progress,
                report=ticks,
            )
        except _Refusal as error:
            return error
        except asyncio.CancelledError:
            stored = f"{report.new} new bars" if isinstance(plan, Plan) else f"{ticks.received} ticks"
            say(f"{job.name}: stopped; {stored} are stored, the same command goes on from there")
            raise

    def _tell(self, job: Job, outcome: Outcome | BadRequest) -> None:
        if isinstance(outcome, _Refusal):
            say(f"{job.name}: {outcome}")
        elif self._as_lines:
            emit_json(as_json(job.instrument, job.series, outcome))
        elif isinstance(outcome, BackfillReport):
            say(summary(job.name, outcome))
        else:
            say(tick_summary(job.name, outcome))

    def _news(self, job: Job, outcome: Outcome) -> None:
        """Tell what an update brought, if it did."""
        if not isinstance(outcome, BackfillReport) or outcome.new + outcome.confirmed + outcome.revised:
            self._tell(job, outcome)

    def _tick_plan(self, job: Job, bounds: tuple[int, int]) -> str:
        assert isinstance(job.series, TickSeries)
        apart = self._spacing(BarSize.parse("1s"), HISTORY_OF[job.series.kind])
        span = f"{iso(bounds[0])} .. {iso(bounds[1])}"
        return f"{job.name}: {span}, {PAGE:,} ticks to a request, {apart:.3g} s each where they are many"

    def _spacing(self, size: BarSize, what: str) -> float:
        return spacing(self._broker.scheduler.limits.small_history, size.seconds, what)


def stored_jobs(db: TimeseriesDB, instruments: Sequence[Instrument]) -> list[Job]:
    """Every stored series of bars, of these contracts or, where there are none, of all."""
    wanted = {(each.contract_id, each.exchange): each for each in instruments or db.instruments()}
    found = list[Job]()
    for series in db.series():
        instrument = wanted.get((series.contract_id, series.exchange))
        if instrument is not None and isinstance(series, BarSeries):
            found.append(Job(instrument, series))
    return found


async def together(work: Sequence[Coroutine[None, None, None]]) -> None:
    """Run all of it at once; the first error ends the rest, and is raised once that has ended."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _bars(job: Job) -> BarSeries:
    assert isinstance(job.series, BarSeries)
    return job.series
