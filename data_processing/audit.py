"""What is missing of everything that was wanted or stored, hole by hole, each with its reason."""

from collections.abc import Sequence

import msgspec
import pyarrow as pa

from data_processing.coverage import Range, missing
from data_processing.stretches import belongs
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import FOREVER, BarSeries
from data_storage.ledger import Span, SpanState, Stream
from market.bar_size import BarSize

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


def audit(db: TimeseriesDB, now: int) -> list[Audit]:
    """Every stream that was watched, then every series of bars that was not."""
    spans = db.spans()
    series = [each for each in db.series() if isinstance(each, BarSeries)]
    watched = [_stream(db, stream, spans, series, now) for stream in dict.fromkeys(s.stream for s in spans)]
    others = [each for each in series if not any(belongs(span, each) for span in spans)]
    return watched + [Audit(_as_stream(each), {}, [], _unasked(db, each, [])) for each in others]


def _stream(
    db: TimeseriesDB, stream: Stream, spans: Sequence[Span], series: Sequence[BarSeries], now: int
) -> Audit:
    own = [each for each in spans if each.stream == stream]
    lengths = dict[SpanState, int]()
    for span in own:
        end = max(span.start, now) if span.end is None else span.end
        lengths[span.state] = lengths.get(span.state, 0) + end - span.start
    bars = next((each for each in series if own and belongs(own[0], each)), None)
    holes = [each for each in own if each.state in ("pending", "gap")]
    return Audit(stream, lengths, holes, _unasked(db, bars, own) if bars else [])


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
