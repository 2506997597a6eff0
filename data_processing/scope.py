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
from data_storage.ledger import Span
from data_storage.lock import is_held
from market.bar_size import BarSize
from market.times import MINUTE

ABANDONED = "whoever watched it ended without saying so; the next run takes it up"


def extents(db: TimeseriesDB, now: int, spans: Sequence[Span]) -> dict[BarSeries, Range]:
    """Of each series of bars the range of which files, answers or `spans` speak, as far as it is over."""
    evidence, found = Evidence(db.folder), dict[BarSeries, Range]()
    stored = {info.series: (info.first, info.last) for info in db.inventory()}
    for series in sorted({*stored, *evidence.answered_series()}, key=lambda each: each.folder):
        if isinstance(series, BarSeries):
            told = [range_of(each) for each in spans if belongs(each, series)]
            given = [(each.start, each.end) for each in evidence.answers(series)]
            bars = covered(series, np.array(stored.get(series, ()), np.int64))
            known = [*bars, *db.answered(series), *given, *told]
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


def range_of(span: Span) -> Range:
    return span.start, EVER[1] if span.end is None else span.end
