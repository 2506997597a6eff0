"""What is there and what is missing of everything that was wanted or stored, and why.

Bars are held against the hours in which their contract traded (`data_processing.accounting`); of ticks, books
and market-data lines the ledger alone can tell.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from data_processing.accounting import Stretch, Verdict, account, extents, known_spans, over, stream_of
from data_processing.sessions import Timetable
from data_processing.stretches import belongs
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from data_storage.ledger import Span, Stream

_THERE: tuple[Verdict, ...] = ("have", "filled", "empty")
_MISSING: tuple[Verdict, ...] = ("pending", "gap", "hole")


class Audit(msgspec.Struct, frozen=True):
    """One stream: its `stretches` in order, and how many bars lie `outside` of the hours it should trade.

    Of bars the stretches leave out nothing; of all else nobody wanted what they leave out.
    """

    stream: Stream
    stretches: Sequence[Stretch]
    outside: int = 0

    @property
    def lengths(self) -> Mapping[Verdict, int]:
        """How long each verdict holds, in nanoseconds."""
        found = dict[Verdict, int]()
        for each in self.stretches:
            found[each.verdict] = found.get(each.verdict, 0) + each.end - each.start
        return found

    @property
    def missing(self) -> Sequence[Stretch]:
        """What is not there, oldest first."""
        return [each for each in self.stretches if each.verdict in _MISSING]

    @property
    def holes(self) -> Sequence[Stretch]:
        """What is not there without a reason."""
        return [each for each in self.stretches if each.verdict == "hole"]

    @property
    def share(self) -> float:
        """How much of the time in which there should be something is there, or known to be empty."""
        return share([self])


def share(audits: Sequence[Audit]) -> float:
    """The `share` of several streams together; 1 where nothing should be there."""
    lengths = [each.lengths for each in audits]
    there, missing = (
        sum(each.get(state, 0) for each in lengths for state in states) for states in (_THERE, _MISSING)
    )
    return there / (there + missing) if there + missing else 1.0


def unfinished(db: TimeseriesDB) -> list[Span]:
    """Every gap, what waits to be filled in, and what nobody watches any more although nobody ended it."""
    return [each for each in known_spans(db) if each.state in ("pending", "gap")]


def audit(db: TimeseriesDB, now: int, start: int | None = None, end: int | None = None) -> Iterator[Audit]:
    """Every stream, by contract: as far as anything speaks of it, or of [start, end) where those are given.

    A stretch that is still to end counts up to `now`. What is closed says why.
    """
    bars = extents(db, now)
    others = [each for each in known_spans(db) if not any(belongs(each, series) for series in bars)]
    streams = {stream_of(series): series for series in bars}
    for stream in sorted({*streams, *(each.stream for each in others)}):
        if stream not in streams:
            yield _of_ledger(stream, others, (start or 0, now if end is None else min(now, end)))
            continue
        series = streams[stream]
        first, last = bars[series]
        last = last if end is None else min(end, over(series, now))
        yield _of_bars(db, series, first if start is None else start, last)


def _of_bars(db: TimeseriesDB, series: BarSeries, start: int, end: int) -> Audit:
    timetable = Timetable.of(db, series.contract_id, series.exchange)
    found = account(db, series, start, end, timetable)
    stretches = [_explained(each, series, timetable) for each in found.stretches]
    return Audit(stream_of(series), stretches, len(found.outside))


def _explained(stretch: Stretch, series: BarSeries, timetable: Timetable) -> Stretch:
    if stretch.verdict != "closed":
        return stretch
    why = timetable.why_closed(series.hours, stretch.start, stretch.end)
    return msgspec.structs.replace(stretch, reason=why)


def _of_ledger(stream: Stream, spans: Sequence[Span], bounds: tuple[int, int]) -> Audit:
    start, until = bounds
    own = sorted((each for each in spans if each.stream == stream), key=lambda span: span.start)
    found = [
        Stretch(
            max(start, each.start),
            until if each.end is None else min(until, each.end),
            each.state,
            each.reason,
        )
        for each in own
    ]
    return Audit(stream, [each for each in found if each.start < each.end])
