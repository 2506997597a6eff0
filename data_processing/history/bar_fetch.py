"""Ask for the holes of one series of bars, piece by piece; each piece is stored when it arrives.

What was answered for good stands in the store's ledger after every request, so one that was stopped anywhere
goes on where it was and ends in the same bars. Where it meets bars that are stored already it asks for the
last of them again and compares.
"""

import asyncio
from collections.abc import Callable, Sequence

from data_processing.cleaning import clean_bars
from data_processing.coverage import Range, missing
from data_processing.history.notes import Notes
from data_processing.history.pace import Pace
from data_processing.history.plan import WHOLE, Plan
from data_processing.history.reports import BackfillReport
from data_processing.history.splits import constant_ratio
from data_processing.holes import note_answer
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import FOREVER
from market.bar_size import BarSize
from market.broker import BarRequest, MarketData
from market.clock import Clock
from market.errors import BadRequest, NoData, RequestRejected, RequestTimedOut, TruetickError
from market.events import Bar
from market.times import DAY, MINUTE, SECOND

Progress = Callable[[float], None]

# So many stored bars before a hole are asked for again, to compare, if they are this near.
_OVERLAP = 5
_NEAR = 4 * DAY


class _ScaleChanged(Exception):
    """All prices are `ratio` times what is stored."""

    def __init__(self, ratio: float) -> None:
        super().__init__(ratio)
        self.ratio = ratio


class BarFetch:
    """The run of one plan; `report` is filled after each request."""

    def __init__(
        self,
        market_data: MarketData,
        db: TimeseriesDB,
        pace: Pace,
        clock: Clock,
        plan: Plan,
        report: BackfillReport,
    ) -> None:
        self._market_data = market_data
        self._db = db
        self._pace = pace
        self._clock = clock
        self._instrument = plan.instrument
        self._series = plan.series
        self._size = BarSize.parse(plan.series.size)
        self._near = max(_NEAR, 4 * _OVERLAP * self._size.nanoseconds)
        self._certain = market_data.max_span(self._size)
        self._whole = plan.series.what == WHOLE
        self._holes = list(plan.holes)
        self._notes = Notes(db, plan.series)
        self._report = report
        # What history has answered before this run: only that can be compared with what it answers now.
        self._known: Sequence[Range] = ()
        if plan.holes and plan.series.what == "TRADES":
            self._known = db.answered(plan.series, plan.holes[0][0] - self._near, plan.holes[-1][1])

    async def run(self, progress: Progress) -> None:
        """Ask for all holes, oldest first; raise the error of the first request that failed for good."""
        while self._holes:
            try:
                await self._fill(progress)
            except _ScaleChanged as found:
                await asyncio.to_thread(self._begin_anew, found.ratio)

    async def _fill(self, progress: Progress) -> None:
        done, total = 0, sum(end - start for start, end in self._holes)
        while self._holes:
            start, end = self._holes[0]
            cursor = await self._meet(start)
            while cursor < end:
                until = await self._piece(cursor, end)
                done += max(0, until - max(cursor, start))
                progress(done / total)
                cursor = until
            self._holes.pop(0)

    async def _meet(self, hole: int) -> int:
        """Where to begin so that the last bars stored before `hole` are answered again, if they are near.

        Those from before a rest of the market are asked for by themselves, not with all the rest.
        """
        if self._whole:
            return min([hole, *await asyncio.to_thread(self._first_stored)])
        last = sorted(self._stored(hole - self._near, hole))[-_OVERLAP:]
        if not last:
            return hole
        if hole - last[0] <= self._span() // 2:
            return last[0]
        end = last[-1] + self._size.nanoseconds
        await self._piece(max(last[0], end - self._span()), end)
        return hole

    async def _piece(self, start: int, end: int, span: int | None = None) -> int:
        """Ask for what begins at `start`, as much as is served at once; the answer is where that ends."""
        while True:
            until = end if self._whole else min(start + (span or self._span()), end)
            request = BarRequest(self._size, start, until, self._series.what, self._series.hours)
            try:
                answer = await self._answer(request)
            except TruetickError as error:
                if self._shorter(request, error):
                    continue
                self._fail(start, error)
                raise
            cursor, first = start, await self._store(request, answer)
            while cursor < first and not self._whole:
                cursor = await self._piece(cursor, first, self._certain)
            return until

    async def _answer(self, request: BarRequest) -> Sequence[Bar]:
        began = self._clock.monotonic()
        try:
            answer = await self._market_data.bars(self._instrument, request)
        except NoData:
            answer = []
        seconds, span = (self._clock.monotonic() - began) / SECOND, request.end - request.start
        self._pace.served(self._size, self._series.what, self._certain, span, seconds)
        return answer

    def _span(self) -> int:
        return self._pace.span(self._size, self._series.what, self._certain)

    def _shorter(self, request: BarRequest, error: TruetickError) -> bool:
        """Whether it failed for its length, as far as anybody can tell."""
        if self._whole or not isinstance(error, (RequestRejected, RequestTimedOut)):
            return False
        span, silence = request.end - request.start, isinstance(error, RequestTimedOut)
        return self._pace.refused(self._size, self._series.what, self._certain, span, silence=silence)

    def _fail(self, start: int, error: TruetickError) -> None:
        """Note what did not come, and say what did in the one line that the error is."""
        # A kind of data that does not exist is no hole, whoever asked for it.
        nothing = isinstance(error, RequestRejected) and not self._db.answered(self._series)
        if not (nothing or isinstance(error, BadRequest)):
            self._notes.failed([(max(start, first), end) for first, end in self._holes], error)
        advice = f"what came before is stored: {self._report.new} new bars"
        if self._whole:
            advice = (
                "ADJUSTED_LAST has no end date and comes in one answer: take larger bars or a later start"
            )
        error.args = (f"{error}; {advice}", *error.args[1:])

    async def _store(self, request: BarRequest, answer: Sequence[Bar]) -> int:
        """Store an answer and note what it says, and give from where on it is to be trusted.

        One that was asked for more than is certain, and begins late, may have been cut short.
        """
        now = await self._market_data.now()
        bars, faults = clean_bars(answer, self._instrument, request, now)
        ratio = await asyncio.to_thread(self._ratio, request, bars)
        if ratio is not None:
            raise _ScaleChanged(ratio)
        stored = await asyncio.to_thread(self._db.upsert_bars, bars)
        self._report.faults += faults
        self._report.add(len(answer), bars, stored)
        running = [bar.time for bar in bars if not bar.final]
        # A range is answered for good once its last bar has ended and settled.
        until = min([request.end, now - self._size.nanoseconds - MINUTE, *running])
        first = request.start
        if bars and request.end - first > self._certain:
            first = max(first, bars[0].time)
        if first < until:
            await asyncio.to_thread(self._answered, first, until, [bar.time for bar in bars])
        return first

    def _answered(self, start: int, until: int, times: Sequence[int]) -> None:
        self._db.mark_answered(self._series, start, until)
        note_answer(self._db, self._series, start, until, times)
        self._notes.answered((start, until))

    def _ratio(self, request: BarRequest, bars: Sequence[Bar]) -> float | None:
        """New price / stored price where that is a constant other than one."""
        unknown = missing(self._known, request.start, request.end)
        if unknown == [(request.start, request.end)]:
            return None
        stored = self._stored(request.start, request.end)
        return constant_ratio(
            [
                (bar.close, stored[bar.time])
                for bar in bars
                if bar.final and bar.time in stored and not any(a <= bar.time < b for a, b in unknown)
            ]
        )

    def _begin_anew(self, ratio: float) -> None:
        """Everything stored is at the old scale: all of it is asked for, now or by a later run."""
        self._report.split, self._known = ratio, ()
        first = min([self._holes[0][0], *self._first_stored()])
        self._holes = [(first, self._holes[-1][1])]
        # In this order: a kill in between leaves too much to ask for, never too little.
        reason = f"a split changed all prices by the factor {ratio:g}: to be asked for anew"
        self._notes.pending(self._holes[0], reason)
        self._db.forget_answered(self._series)

    def _first_stored(self) -> list[int]:
        return sorted(self._stored(*FOREVER))[:1]

    def _stored(self, start: int, end: int) -> dict[int, float]:
        """The closes by time of the bars that history answered before."""
        it = self._series
        table = self._db.bars(it.contract_id, it.exchange, it.size, start, end, what=it.what, hours=it.hours)
        columns = (table[name].to_pylist() for name in ("final", "source", "close"))
        times = table["time"].cast("int64").to_pylist()
        rows = zip(times, *columns, strict=True)
        return {time: close for time, final, source, close in rows if final and source == "history"}
