"""Of what the store speaks at all: which series, from when to when, and what the ledger knows of them."""

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from data_processing.bar_ranges import covered
from data_processing.coverage import Range
from data_processing.ranges import EVER
from data_processing.stretches import belongs
from data_processing.timeseries_db import TimeseriesDB
from data_storage.evidence import Evidence
from data_storage.layout import BarSeries
from data_storage.ledger import Span, Stream
from data_storage.lock import is_held
from market.bar_size import BarSize
from market.times import MINUTE

ABANDONED = "whoever watched it ended without saying so; the next run takes it up"


def extents(db: TimeseriesDB, now: int, spans: Sequence[Span]) -> dict[BarSeries, Range]:
    """Of each series of bars the range of which files, answers or `spans` speak, as far as it is over."""
    stored = {info.series: (info.first, info.last) for info in db.inventory()}
    given = {_series(stream): () for stream in Evidence(db.folder).answered_streams()}
    found = dict[BarSeries, Range]()
    for series, edges in (given | stored).items():
        if isinstance(series, BarSeries):
            told = [range_of(each) for each in spans if belongs(each, series)]
            known = [*covered(series, np.array(edges, np.int64)), *db.answered(series), *told]
            if known:
                last = min(over(series, now), max(end for _, end in known))
                found[series] = min(start for start, _ in known), last
    return found


def over(series: BarSeries, now: int) -> int:
    """Up to when bars are over at `now`, and have settled."""
    return now - BarSize.parse(series.size).nanoseconds - MINUTE


def known_spans(db: TimeseriesDB) -> list[Span]:
    """The ledger's stretches; one that its writer left open without a word is had only while it lived."""
    found = list[Span]()
    held = is_held(db.folder)
    for each in db.spans():
        if held or each.end is not None or each.state != "have":
            found.append(each)
            continue
        last = max(each.start, db.alive or 0)
        found.append(Span(each.stream, last, None, "pending", ABANDONED))
        if each.start < last:
            found.append(replace(each, end=last))
    return found


def _series(stream: Stream) -> BarSeries:
    return BarSeries(stream.contract_id, stream.exchange, stream.kind, stream.what, stream.hours or "all")


def range_of(span: Span) -> Range:
    return span.start, EVER[1] if span.end is None else span.end
