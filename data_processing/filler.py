"""One request's worth of filling in: of a hole in a stream, the part that history answers at once."""

import asyncio
from collections import Counter

from msgspec.structs import replace

from data_processing.coverage import missing
from data_processing.historical_data import HistoricalData
from data_processing.pauses import Check, missed
from data_processing.stream_units import TICK_TYPES, StreamUnits
from data_processing.tick_pages import fetch_page
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from data_storage.ledger import Span, Stream
from market.bar_size import BarSize
from market.broker import MarketData
from market.instrument import Instrument
from market.times import MINUTE, SECOND

SETTLED = 20 * SECOND
"""How long a second must be over before history is believed to have all of it; clocks may be wrong by most
of that."""


class Filler:
    """Asks `market_data` and stores in `db`; every error is passed on, and what came before it is stored."""

    def __init__(self, market_data: MarketData, db: TimeseriesDB, units: StreamUnits) -> None:
        self._market_data = market_data
        self._db = db
        self._units = units
        self._history = HistoricalData(market_data, db)

    async def fill(self, hole: Span) -> tuple[Span, int]:
        """The hole after one request, and when there is more to ask for (0: at once).

        It is ``filled`` or ``empty`` once history has answered all of it.
        """
        instrument = await self._instrument(hole.stream)
        if hole.stream.kind in TICK_TYPES:
            return await self._ticks(instrument, hole)
        return await self._bars(instrument, hole)

    async def compare(self, check: Check) -> list[tuple[int, int]]:
        """Compare with history what came live: bars are stored as history has them, of ticks the answer is in
        which stretches of whole seconds, both ends included, history has more of them."""
        instrument, stream = await self._instrument(check.stream), check.stream
        if stream.kind in TICK_TYPES:
            return await self._missed(instrument, check)
        size, hours = BarSize.parse(stream.kind), stream.hours or "all"
        await self._history.backfill(instrument, size, check.start, check.end, what=stream.what, hours=hours)
        return []

    async def _missed(self, instrument: Instrument, check: Check) -> list[tuple[int, int]]:
        kind, start, until = TICK_TYPES[check.stream.kind], check.start - check.start % SECOND, check.end + 1
        table = await asyncio.to_thread(
            self._db.ticks, instrument.contract_id, instrument.exchange, kind, start, until
        )
        told = Counter[int]()
        while start < until:
            page = await fetch_page(self._market_data, instrument, kind, start, until)
            told.update(tick.time // SECOND for tick in page.ticks)
            start = page.until
        first, last = check.start // SECOND, check.end // SECOND
        stored = Counter(time // SECOND for time in table["time"].cast("int64").to_pylist())
        return [(a * SECOND, b * SECOND) for a, b in missed(stored, told, first, last)]

    async def _ticks(self, instrument: Instrument, hole: Span) -> tuple[Span, int]:
        assert hole.end is not None
        now = await self._market_data.now()
        start, until = max(hole.start, hole.done), min(hole.end, now - SETTLED)
        until -= until % SECOND
        if start >= until:
            return hole, hole.end + SETTLED
        page = await fetch_page(self._market_data, instrument, TICK_TYPES[hole.stream.kind], start, until)
        await asyncio.to_thread(self._db.fill_ticks, page.ticks)
        return _answered(replace(hole, done=page.until, rows=hole.rows + len(page.ticks))), 0

    async def _bars(self, instrument: Instrument, hole: Span) -> tuple[Span, int]:
        assert hole.end is not None
        stream, size = hole.stream, BarSize.parse(hole.stream.kind)
        hours = stream.hours or "all"
        start = max(hole.start, hole.done)
        done = await self._history.backfill(
            instrument, size, start, hole.end, what=stream.what, hours=hours, alone=True
        )
        series = BarSeries(stream.contract_id, stream.exchange, size.name, stream.what, hours)
        answered = await asyncio.to_thread(self._db.answered, series, start, hole.end)
        left = missing(answered, start, hole.end)
        until = left[0][0] if left else hole.end
        # The last bar counts as answered once it has ended and settled.
        again = left[-1][1] + size.nanoseconds + MINUTE if left else 0
        return _answered(replace(hole, done=until, rows=hole.rows + done.received)), again

    async def _instrument(self, stream: Stream) -> Instrument:
        known = self._units.instrument(stream)
        return known or await self._market_data.resolve(f"{stream.contract_id}@{stream.exchange}")


def _answered(hole: Span) -> Span:
    if hole.end is None or hole.done < hole.end:
        return hole
    return replace(hole, state="filled" if hole.rows else "empty")
