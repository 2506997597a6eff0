"""How stretches of the ledger, series of files and gaps belong together."""

from data_storage.layout import FOREVER, BarSeries, Series
from data_storage.ledger import Span, Stream
from market.events import Gap


def belongs(span: Span, series: Series) -> bool:
    """Whether a stretch speaks of what the series holds; one that names no `what` speaks of all."""
    stream = span.stream
    kind = series.size if isinstance(series, BarSeries) else series.kind
    if (stream.contract_id, stream.exchange, stream.kind) != (series.contract_id, series.exchange, kind):
        return False
    if not isinstance(series, BarSeries):
        return stream.source != "l1"
    return stream.what in ("", series.what) and stream.hours in ("", series.hours)


def span_of(gap: Gap) -> Span:
    """A gap as the ledger has it."""
    return Span(Stream(gap.contract_id, gap.exchange, gap.kind), gap.time, gap.end, "gap", gap.reason)


def gap_of(span: Span) -> Gap:
    """A stretch as the event that tells of it; one that goes on ends with time itself."""
    stream, end = span.stream, FOREVER[1] if span.end is None else span.end
    return Gap(stream.contract_id, stream.exchange, span.start, span.start, end, stream.kind, span.reason)
