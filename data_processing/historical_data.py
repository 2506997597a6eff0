"""Fetch history piece by piece, clean it and archive it: every piece is stored when it arrives.

What was answered for good stands in the store's ledger, so a backfill that was stopped goes on where it was.
Where it meets bars that are stored already it asks for the last of them again and compares: IB adjusts prices
of TRADES for splits at the time of asking, so a constant ratio tells of one.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import median

import msgspec

from data_processing.bar_merge import UpsertReport
from data_processing.cleaning import clean_bars
from data_processing.coverage import Range, missing
from data_processing.tick_pages import PAGE, Page, fetch_page
from data_processing.timeseries_db import TimeseriesDB
from data_storage.errors import WrongSource
from data_storage.layout import BarSeries
from market.bar_size import BarSize
from market.broker import BarRequest, MarketData
from market.errors import BadRequest, NoData, TruetickError
from market.events import Bar, Hours, TickType
from market.instrument import Instrument
from market.times import DAY, MINUTE, SECOND, iso

# So many stored bars before a hole are asked for again, to compare.
_OVERLAP = 5
# No split is nearer to one than 21:20; rounding to a cent is nearer than a thousandth above 10.
_SPLIT_FROM, _CONSTANT_WITHIN = 0.04, 0.005


class BackfillReport(msgspec.Struct, kw_only=True):
    """What a backfill did; `faults` counts bars left out or put right, by reason.

    `received` counts the bars of all answers; `new`, `confirmed`, `revised` and `unchanged` are those of
    `UpsertReport`. `empty_chunks` counts the honest empty answers, `skipped` the ranges that the ledger knew.
    `split` is new price / stored price where an overlap showed a constant ratio, else `None`: the bars stored
    from before it are at the old scale, and the ledger was emptied so that the next backfill asks for them
    again.
    """

    received: int = 0
    new: int = 0
    confirmed: int = 0
    revised: int = 0
    unchanged: int = 0
    chunks: int = 0
    empty_chunks: int = 0
    skipped: int = 0
    faults: Counter[str] = msgspec.field(default_factory=Counter)
    first: int | None = None
    last: int | None = None
    split: float | None = None

    def add(self, bars: Sequence[Bar], stored: UpsertReport) -> None:
        """Count the bars of one answer, cleaned."""
        self.new += stored.new
        self.confirmed += stored.confirmed
        self.revised += stored.revised
        self.unchanged += stored.unchanged
        if bars:
            self.first = bars[0].time if self.first is None else min(self.first, bars[0].time)
            self.last = bars[-1].time if self.last is None else max(self.last, bars[-1].time)


class TickReport(msgspec.Struct, kw_only=True):
    """What a fetch of ticks did: `ignored` ones lay out of range or in a second still running."""

    received: int = 0
    ignored: int = 0
    pages: int = 0
    empty_pages: int = 0
    first: int | None = None
    last: int | None = None

    def add(self, page: Page) -> None:
        """Count one answer."""
        self.pages += 1
        self.empty_pages += not page.ticks
        self.ignored += page.ignored
        self.received += len(page.ticks)
        if page.ticks:
            self.first = min(tick.time for tick in page.ticks) if self.first is None else self.first
            self.last = max(tick.time for tick in page.ticks)


Progress = Callable[[float], None]


class HistoricalData:
    """History from `market_data` into `db`; methods raise `WrongSource` unless both are of one source."""

    def __init__(self, market_data: MarketData, db: TimeseriesDB) -> None:
        self._market_data = market_data
        self._db = db

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
        on_progress: Progress | None = None,
        report: BackfillReport | None = None,
    ) -> BackfillReport:
        """Store the bars that start in [start, end); `on_progress` gets the share done after each request.

        The answer is `report`, where one is given to watch: it is filled after each request.

        With `refresh` ranges that history has answered before are asked for again. An error of a request is
        raised as it is, its text ending in what is stored; calling again goes on from there.
        """
        self._check(start, end)
        series = BarSeries(instrument.contract_id, instrument.exchange, size.name, what, hours)
        report = BackfillReport() if report is None else report
        # Nobody knows the future: a range that reaches into it ends with the running bar.
        end = max(start, min(end, await self._market_data.now() + size.nanoseconds))
        request = BarRequest(size, start, end, what, hours)
        chunks = self._plan(series, request, refresh, report)
        for number, (first, last) in enumerate(chunks, 1):
            piece = msgspec.structs.replace(request, start=first, end=last)
            try:
                await self._chunk(instrument, series, piece, report)
            except TruetickError as error:
                _note(error, f"what came before is stored: {report.new} new bars")
                raise
            if on_progress:
                on_progress(number / len(chunks))
        return report

    async def ticks(
        self,
        instrument: Instrument,
        tick_type: TickType,
        start: int,
        end: int,
        *,
        page: int = PAGE,
        on_progress: Progress | None = None,
    ) -> TickReport:
        """Store the ticks of the whole seconds in [start, end), page by page; errors as in `backfill`."""
        self._check(start, end)
        report, cursor = TickReport(), start - start % SECOND
        until = min(end, await self._market_data.now())
        until -= until % SECOND
        while cursor < until:
            try:
                found = await fetch_page(self._market_data, instrument, tick_type, cursor, until, page)
            except TruetickError as error:
                _note(error, f"what came before is stored: {report.received} ticks")
                raise
            await asyncio.to_thread(self._db.append_ticks, found.ticks)
            report.add(found)
            cursor = found.until
            if on_progress:
                on_progress(min(1.0, (cursor - start) / (until - start)))
        return report

    def _check(self, start: int, end: int) -> None:
        if start > end:
            raise BadRequest(f"the range begins at {iso(start)} and ends before, at {iso(end)}; swap them")
        source = self._market_data.source.name
        if source != self._db.source:
            raise WrongSource(self._db.folder, self._db.source, source)

    def _plan(
        self, series: BarSeries, request: BarRequest, refresh: bool, report: BackfillReport
    ) -> list[Range]:
        """The ranges to ask for, oldest first, none longer than one request may span."""
        holes = [(request.start, request.end)]
        if not refresh:
            answered = self._db.answered(series, request.start, request.end)
            holes = missing(answered, request.start, request.end)
            report.skipped = len(missing(holes, request.start, request.end))
        span = self._market_data.max_span(request.size)
        return [
            (first, min(first + span, end))
            for hole, end in holes
            for first in range(self._overlap(series, request.size, hole), end, span)
        ]

    def _overlap(self, series: BarSeries, size: BarSize, hole: int) -> int:
        """Where to begin so that the last bars stored before `hole` are answered again."""
        stored = self._stored(series, hole - max(4 * DAY, 4 * _OVERLAP * size.nanoseconds), hole)
        return min([*sorted(stored)[-_OVERLAP:], hole])

    async def _chunk(
        self, instrument: Instrument, series: BarSeries, request: BarRequest, report: BackfillReport
    ) -> None:
        try:
            answer = await self._market_data.bars(instrument, request)
        except NoData:
            answer = []
        now = await self._market_data.now()
        bars, faults = clean_bars(answer, instrument, request, now)
        report.split = await asyncio.to_thread(self._compare, series, request, bars) or report.split
        stored = await asyncio.to_thread(self._db.upsert_bars, bars)
        running = [bar.time for bar in bars if not bar.final]
        # A range is answered for good once its last bar has ended and settled.
        until = min([request.end, now - request.size.nanoseconds - MINUTE, *running])
        if request.start < until and report.split is None:
            await asyncio.to_thread(self._db.mark_answered, series, request.start, until)
        report.received += len(answer)
        report.faults += faults
        report.chunks += 1
        report.empty_chunks += not answer
        report.add(bars, stored)

    def _compare(self, series: BarSeries, request: BarRequest, bars: Sequence[Bar]) -> float | None:
        """New price / stored price where that is a constant other than one; the ledger then begins anew."""
        if series.what != "TRADES" or not bars:
            return None
        stored = self._stored(series, request.start, request.end)
        ratio = constant_ratio(
            [(bar.close, stored[bar.time]) for bar in bars if bar.final and bar.time in stored]
        )
        if ratio is not None:
            self._db.forget_answered(series)
        return ratio

    def _stored(self, series: BarSeries, start: int, end: int) -> dict[int, float]:
        """The closes by time of the bars that history answered before."""
        table = self._db.bars(
            series.contract_id, series.exchange, series.size, start, end, what=series.what, hours=series.hours
        )
        columns = (table[name].to_pylist() for name in ("final", "source", "close"))
        times = table["time"].cast("int64").to_pylist()
        rows = zip(times, *columns, strict=True)
        return {time: close for time, final, source, close in rows if final and source == "history"}


def constant_ratio(pairs: Sequence[tuple[float, float]]) -> float | None:
    """The ratio of (new, stored) prices if it is the same for all and clearly not one; `None` for too few.

    >>> constant_ratio([(25.0, 100.0), (25.5, 102.0), (26.0, 104.0)])
    0.25
    >>> constant_ratio([(100.0, 100.0), (25.5, 102.0), (26.0, 104.0)])
    """
    ratios = [new / old for new, old in pairs if old]
    if len(ratios) < 3:
        return None
    middle = median(ratios)
    constant = all(abs(ratio / middle - 1) < _CONSTANT_WITHIN for ratio in ratios) if middle > 0 else False
    return middle if constant and abs(middle - 1) > _SPLIT_FROM else None


def _note(error: TruetickError, note: str) -> None:
    """Add to the one line that the error is, whatever its class."""
    error.args = (f"{error}; {note}", *error.args[1:])
