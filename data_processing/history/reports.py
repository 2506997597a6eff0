"""What a fetch of history did, in numbers."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from data_processing.bar_forms import UpsertReport
from data_processing.tick_pages import Page
from market.events import Bar


class BackfillReport(msgspec.Struct, kw_only=True):
    """What a backfill did; `faults` counts bars left out or put right, by reason.

    `received` counts the bars of all answers; `new`, `confirmed`, `revised` and `unchanged` are those of
    `UpsertReport`. `empty_chunks` counts the honest empty answers, `skipped` the ranges that the ledger knew.
    `split` is new price / stored price where an overlap showed a constant ratio, else `None`: all that was
    stored is then asked for anew, now or, where `left` says so, by the next backfill of the series; what was
    known before is kept as earlier versions.
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
    left: bool = False

    def add(self, received: int, bars: Sequence[Bar], stored: UpsertReport) -> None:
        """Count one answer of `received` bars, of which `bars` were fit to store."""
        self.received += received
        self.chunks += 1
        self.empty_chunks += not received
        self.new += stored.new
        self.confirmed += stored.confirmed
        self.revised += stored.revised
        self.unchanged += stored.unchanged
        if bars:
            self.first = bars[0].time if self.first is None else min(self.first, bars[0].time)
            self.last = bars[-1].time if self.last is None else max(self.last, bars[-1].time)


class TickReport(msgspec.Struct, kw_only=True):
    """What a fetch of ticks did: `ignored` ones lay out of range or in a second still running.

    `skipped` counts the ranges that the ledger knew.
    """

    received: int = 0
    ignored: int = 0
    pages: int = 0
    empty_pages: int = 0
    skipped: int = 0
    first: int | None = None
    last: int | None = None

    def add(self, page: Page) -> None:
        """Count one answer."""
        self.pages += 1
        self.empty_pages += not page.ticks
        self.ignored += page.ignored
        self.received += len(page.ticks)
        if page.ticks:
            times = [tick.time for tick in page.ticks]
            self.first = min(times) if self.first is None else min(self.first, *times)
            self.last = max(times) if self.last is None else max(self.last, *times)
