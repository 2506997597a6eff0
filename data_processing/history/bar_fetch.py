"""Ask for the holes of one series of bars, piece by piece; each piece is stored when it arrives.

What was answered for good stands in the store's ledger after every request, so one that was stopped anywhere
goes on where it was and ends in the same bars. Where it meets bars that are stored already it asks for the
last of them again and compares.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from data_processing.cleaning import clean_bars
from data_processing.coverage import Range, missing
from data_processing.history.notes import Notes
from data_processing.history.pace import Pace
from data_processing.history.plan import WHOLE, Plan
from data_processing.history.reports import BackfillReport
from data_processing.history.splits import constant_ratio
from data_processing.holes import note_answer
from data_processing.ranges import length
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import FOREVER
from market.bar_size import BarSize
from market.broker import BarRequest, MarketData
from market.clock import Clock
from market.errors import BadRequest, NoData, RequestFailed, RequestRejected, RequestTimedOut, TruetickError
from market.events import Bar
from market.times import DAY, MINUTE, SECOND

Progress = Callable[[float], None]

# So many stored bars before a hole are asked for again, to compare, if they are this near.
_OVERLAP = 5
_NEAR = 4 * DAY


# A refusal costs up to a minute, and a second one will hardly be the last.
_MOST_REFUSALS = 2


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
        self._refused: TruetickError | None = None
        # What history has answered before this run: only that can be compared with what it answers now.
        self._known: Sequence[Range] = ()
        if plan.holes and plan.series.what == "TRADES":
            self._known = db.answered(plan.series, plan.holes[0][0] - self._near, plan.holes[-1][1])

    async def run(self, progress: Progress, *, alone: bool) -> None:
        """Ask for all holes, oldest first, and after a split, unless `alone`, for all that is stored.

        What is refused of one hole does not keep the next one waiting; two in a row end it. The first error
        is raised, its text ending in what is stored.
        """
        while self._holes:
            try:
                await self._fill_all(progress)
            except _ScaleChanged as found:
                holes = list(self._holes)
                await asyncio.to_thread(self._begin_anew, found.ratio)
                if alone:
                    self._holes, self._report.left = holes, True
            except TruetickError as error:
                self._note(self._holes, error)
                self._refused = self._refused or error
                break
        if self._refused is not None:
            self._refused.args = (f"{self._refused}; {self._advice()}", *self._refused.args[1:])
            raise self._refused

    async def _fill_all(self, progress: Progress) -> None:
        total, in_a_row = length(self._holes), 0
        while self._holes:
            end = self._holes[0][1]
            try:
                async for cursor in self._fill(*self._holes[0]):
                    self._holes[0] = (cursor, end)
                    progress((total - length(self._holes)) / total)
                in_a_row = 0
            except RequestFailed as error:
                in_a_row += 1
                if in_a_row == _MOST_REFUSALS or len(self._holes) == 1:
                    raise
                self._note(self._holes[:1], error)
                self._refused = self._refused or error
            self._holes.pop(0)

    async def _fill(self, start: int, end: int) -> AsyncIterator[int]:
        """Ask for one hole; give up to where it is filled, after each request."""
        cursor = await self._meet(start)
        while cursor < end:
            cursor = await self._piece(cursor, end)
            yield max(start, cursor)

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
            most = self._span() if span is None else min(span, self._span())
            until = end if self._whole else min(self._size.whole(start + most), end)
            request = BarRequest(self._size, start, until, self._series.what, self._series.hours)
            try:
                answer = await self._answer(request)
            except TruetickError as error:
                if self._shorter(request, error):
                    continue
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

    def _note(self, holes: Sequence[Range], error: TruetickError) -> None:
        """Keep in the ledger what did not come."""
        # A kind of data that does not exist is no hole, whoever asked for it.
        nothing = isinstance(error, RequestRejected) and not self._db.answered(self._series)
        if not (nothing or isinstance(error, BadRequest)):
            self._notes.failed(holes, error)

    def _advice(self) -> str:
        if self._whole:
            return "ADJUSTED_LAST has no end date and comes in one answer: take larger bars or a later start"
        return f"what came is stored: {self._report.new} new bars"

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
        until = min([request.end, self._size.whole(now - self._size.nanoseconds - MINUTE), *running])
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
