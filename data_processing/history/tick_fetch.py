"""Ask for historical ticks page by page, by whole seconds; every page stands in the ledger once it is stored.

IB's ticks have no id and identical ones are legal, so a page ends with a second, and the next one begins with
the second after it: whatever is asked for again brings the same seconds.
"""

import asyncio
from collections.abc import Sequence

from data_processing.coverage import Range
from data_processing.history.bar_fetch import Progress
from data_processing.history.reports import TickReport
from data_processing.tick_pages import fetch_page
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import TickSeries
from market.broker import MarketData
from market.errors import TruetickError
from market.instrument import Instrument
from market.times import SECOND

_SETTLED = 20 * SECOND
"""How long a second must be over before history is believed to have all of it."""


class TickFetch:
    """The ticks of one series; `report` is filled after each page of `count` ticks or more."""

    def __init__(
        self,
        market_data: MarketData,
        db: TimeseriesDB,
        instrument: Instrument,
        series: TickSeries,
        count: int,
        report: TickReport,
    ) -> None:
        self._market_data = market_data
        self._db = db
        self._instrument = instrument
        self._series = series
        self._count = count
        self._report = report

    async def run(self, holes: Sequence[Range], progress: Progress) -> None:
        """Store the ticks of the holes, which begin and end with whole seconds."""
        done, total = 0, sum(end - start for start, end in holes)
        for start, end in holes:
            cursor = start
            while cursor < end:
                until = await self._page(cursor, end)
                done += until - cursor
                progress(done / total)
                cursor = until

    async def _page(self, start: int, end: int) -> int:
        try:
            page = await fetch_page(
                self._market_data, self._instrument, self._series.kind, start, end, self._count
            )
            settled = await self._market_data.now() - _SETTLED
        except TruetickError as error:
            note = f"what came before is stored: {self._report.received} ticks"
            error.args = (f"{error}; {note}", *error.args[1:])
            raise
        await asyncio.to_thread(self._db.append_ticks, page.ticks)
        until = min(page.until, settled - settled % SECOND)
        if start < until:
            await asyncio.to_thread(self._db.mark_answered, self._series, start, until)
        self._report.add(page)
        return page.until
