"""What is missing of everything that was wanted or stored, hole by hole, each with its reason."""

from collections.abc import Sequence

import msgspec
import pyarrow as pa

from data_processing.coverage import Range, missing
from data_processing.stretches import belongs
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import FOREVER, BarSeries
from data_storage.ledger import Span, SpanState, Stream
from data_storage.lock import is_held
from market.bar_size import BarSize

ABANDONED = "whoever watched it ended without saying so; the next run takes it up"
UNASKED = "history was never asked for it: backfill"


class Audit(msgspec.Struct, frozen=True):
    """One stream: how long each state holds, in nanoseconds, and what is missing, oldest first.

    A stretch that is still to end counts up to `now`. `unasked` are ranges between stored bars that no answer
    of history covers; whether the market was closed then, nobody knows.
    """

    stream: Stream
    lengths: dict[SpanState, int]
    missing: Sequence[Span]
    unasked: Sequence[Range] = ()

    @property
    def complete(self) -> bool:
        """Whether everything is there or known not to exist."""
        return not (self.missing or self.unasked)


def holes(db: TimeseriesDB) -> list[Span]:
    """Every gap, what waits to be filled in, and what nobody watches any more although nobody ended it."""
    spans = db.spans()
    found = [each for each in spans if each.state in ("pending", "gap")]
    if is_held(db.folder):
        return found
    left = [each for each in spans if each.state == "have" and each.end is None]
    return found + [
        Span(each.stream, max(each.start, db.alive or 0), None, "pending", ABANDONED) for each in left
    ]


def audit(db: TimeseriesDB, now: int) -> list[Audit]:
    """Every stream that was watched, then every series of bars that was not."""
    spans = db.spans()
    series = [each for each in db.series() if isinstance(each, BarSeries)]
    missed = holes(db)
    streams = dict.fromkeys(span.stream for span in spans)
    watched = [_stream(db, stream, spans, missed, series, now) for stream in streams]
    others = [each for each in series if not any(belongs(span, each) for span in spans)]
    return watched + [Audit(_as_stream(each), {}, [], _unasked(db, each, [])) for each in others]


def _stream(
    db: TimeseriesDB,
    stream: Stream,
    spans: Sequence[Span],
    missed: Sequence[Span],
    series: Sequence[BarSeries],
    now: int,
) -> Audit:
    own = [each for each in spans if each.stream == stream]
    mine = [each for each in missed if each.stream == stream]
    until = next((each.start for each in mine if each.reason == ABANDONED), now)
    lengths = dict[SpanState, int]()
    for span in own:
        end = max(span.start, until) if span.end is None else span.end
        lengths[span.state] = lengths.get(span.state, 0) + end - span.start
    bars = next((each for each in series if own and belongs(own[0], each)), None)
    return Audit(stream, lengths, mine, _unasked(db, bars, own) if bars else [])


def _unasked(db: TimeseriesDB, series: BarSeries, spans: Sequence[Span]) -> list[Range]:
    """Between the first and the last bar: neither a bar, nor an answer, nor a word in the ledger."""
    table = db.bars(
        series.contract_id, series.exchange, series.size, *FOREVER, what=series.what, hours=series.hours
    )
    times = table["time"].cast(pa.int64()).to_pylist()
    length = BarSize.parse(series.size).nanoseconds
    told = [(each.start, FOREVER[1] if each.end is None else each.end) for each in spans]
    known = [*((time, time + length) for time in times), *db.answered(series), *told]
    return missing(known, times[0], times[-1]) if times else []


def _as_stream(series: BarSeries) -> Stream:
    return Stream(series.contract_id, series.exchange, series.size, "", series.what, series.hours)
