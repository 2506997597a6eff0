"""What was asked for and did not come: a stretch in the store's ledger, with the reason.

A stretch is *pending* when asking again may help, a *gap* where the account lacks the permission. The next
backfill of the series asks for what is pending, whatever range it is told; an answer removes the note.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from data_processing.accounting import BACKFILL, stream_of
from data_processing.coverage import Range, without
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from data_storage.ledger import Span, SpanState
from market.errors import NoPermission, TruetickError


class Notes:
    """The notes of one series of bars."""

    def __init__(self, db: TimeseriesDB, series: BarSeries) -> None:
        self._db = db
        # They stand apart from the stretches of a stream of the same bars.
        self._stream = replace(stream_of(series), source=BACKFILL)

    def wanted(self) -> list[Range]:
        """The stretches to be asked for again."""
        own = (each for each in self._db.spans() if each.stream == self._stream)
        return [(each.start, each.end) for each in own if each.state == "pending" and each.end is not None]

    def pending(self, hole: Range, reason: str) -> None:
        """Note that a range is to be asked for."""
        self._replace(hole, "pending", reason)

    def failed(self, holes: Iterable[Range], error: TruetickError) -> None:
        """Note what was not had, and why."""
        state: SpanState = "gap" if isinstance(error, NoPermission) else "pending"
        for hole in holes:
            self._replace(hole, state, str(error))

    def answered(self, answer: Range) -> None:
        """Nothing in this range is missing any longer."""
        self._replace(answer)

    def _replace(self, hole: Range, state: SpanState | None = None, reason: str = "") -> None:
        touched = [each for each in self._db.spans() if each.stream == self._stream and each.overlaps(*hole)]
        kept = [
            replace(each, start=start, end=end)
            for each in touched
            if each.end is not None
            for start, end in without([(each.start, each.end)], hole)
        ]
        kept += [Span(self._stream, *hole, state, reason)] if state else []
        if kept or touched:
            self._db.put_spans(kept, [each.key for each in touched])
