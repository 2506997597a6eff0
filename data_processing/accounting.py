"""What became of every moment of a series of bars: each has one verdict, and a reason where it needs one.

==========  ================================================================================================
verdict     what
==========  ================================================================================================
have        a final bar is stored
filled      of ticks only: history gave them later
closed      the market was closed, see `data_processing.sessions`
empty       history was asked and has nothing, or the stream ran and nothing traded
pending     to be filled in: the ledger says so, or a provisional bar is all there is
gap         not to be had, and the ledger says why
hole        nobody can say why there is nothing: history was never asked, or gave more than is stored
==========  ================================================================================================

Intraday bars cover the time from their start to their end, longer ones the trading dates of their day, week
or month.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_processing.bar_ranges import Times, covered, inside, reach, whole
from data_processing.coverage import Range, union
from data_processing.ranges import EVER, intersect, subtract
from data_processing.scope import known_spans, range_of
from data_processing.sessions import Timetable
from data_processing.stretches import belongs
from data_processing.timeseries_db import TimeseriesDB
from data_storage.evidence import Answer, Evidence
from data_storage.layout import BarSeries
from data_storage.ledger import Span, Stream
from market.bar_size import BarSize
from market.times import DAY, iso, trading_date

Verdict = Literal["have", "filled", "empty", "closed", "pending", "gap", "hole"]
PROVISIONAL = "a provisional bar is all there is"
BACKFILL = "history"
"""The source of the ledger's stretches that a backfill wrote, as opposed to a stream of the same bars."""
UNASKED = "history was never asked for it"
_BARS_AT_ONCE = 100_000
NOBODY_KNOWS = "history was never asked for it, and nobody knows whether the market was open"


class Stretch(msgspec.Struct, frozen=True):
    """[`start`, `end`) in UTC nanoseconds, all of one verdict and reason."""

    start: int
    end: int
    verdict: Verdict
    reason: str = ""


class Account(msgspec.Struct, frozen=True):
    """A series from `start` to `end`: disjoint `stretches` in order that leave out nothing.

    `outside` are the times of stored bars of hours in which the market should have been closed: the sign of a
    wrong calendar, or of bars stamped at their end.
    """

    series: BarSeries
    start: int
    end: int
    stretches: Sequence[Stretch]
    outside: Sequence[int]


class _Facts(msgspec.Struct, frozen=True):
    """What is stored and known of a series around the range in question."""

    times: Times
    final: npt.NDArray[np.bool_]
    answers: Sequence[Answer]
    answered: Sequence[Range]
    spans: Sequence[Span]


def account(
    db: TimeseriesDB,
    series: BarSeries,
    start: int,
    end: int,
    timetable: Timetable,
    spans: Sequence[Span] | None = None,
) -> Account:
    """Give every moment of [start, end) its verdict; of a week or month that is not over, none.

    `spans` are the ledger's stretches where the caller has them (`known_spans`). What is held in memory at
    once does not grow with the range, but for the answer.
    """
    end = whole(series, end)
    own = [each for each in (known_spans(db) if spans is None else spans) if belongs(each, series)]
    pieces = [_piece(db, series, *bounds, timetable, own) for bounds in _windows(series, start, end)]
    stretches = _joined([each for found, _ in pieces for each in found])
    return Account(series, start, max(start, end), stretches, [time for _, times in pieces for time in times])


def _piece(
    db: TimeseriesDB, series: BarSeries, start: int, end: int, timetable: Timetable, spans: Sequence[Span]
) -> tuple[list[Stretch], list[int]]:
    """The stretches of [start, end), and what is stored out of hours."""
    facts = _facts(db, series, start, end, spans)
    have = intersect(covered(series, facts.times[facts.final]), [(start, end)])
    have = subtract(have, map(range_of, _undone(spans)))
    traded = _traded(series, timetable, start, end)
    perhaps = union([*traded, *timetable.unknown(series.hours, start, end)])
    found = [*_marked(have, "have"), *_marked(subtract([(start, end)], [*have, *perhaps]), "closed")]
    left = subtract(perhaps, have)
    for ranges, verdict, reason in _verdicts(series, facts, traded):
        found += _marked(intersect(left, ranges), verdict, reason)
        left = subtract(left, ranges)
    times = facts.times[(facts.times >= start) & (facts.times < end)]
    return found, times[~inside(series, times, perhaps)].tolist()


def stream_of(series: BarSeries) -> Stream:
    """What the ledger calls a series."""
    return Stream(series.contract_id, series.exchange, series.size, "", series.what, series.hours)


def _windows(series: BarSeries, start: int, end: int) -> Iterator[Range]:
    """[start, end) in pieces that hold some 100,000 bars at most; all of what is longer than a day."""
    size = BarSize.parse(series.size)
    step = _BARS_AT_ONCE * size.nanoseconds if size.intraday else max(1, end - start)
    for first in range(start, end, step):
        yield first, min(first + step, end)


def _facts(db: TimeseriesDB, series: BarSeries, start: int, end: int, spans: Sequence[Span]) -> _Facts:
    answers = Evidence(db.folder).answers(stream_of(series))
    answers = [each for each in answers if each.start < end and start < each.end]
    # A bar may have begun before, and the bars of an answer are counted over all of it.
    first = min([reach(series, start), *(each.start for each in answers)])
    last = max([end, *(each.end for each in answers)])
    route = series.contract_id, series.exchange, series.size
    table = db.bars(*route, first, last, what=series.what, hours=series.hours)
    times = table["time"].cast(pa.int64()).to_numpy()
    return _Facts(times, table["final"].to_numpy(), answers, db.answered(series, first, last), spans)


_Verdicts = Iterator[tuple[Sequence[Range], Verdict, str]]


def _verdicts(series: BarSeries, facts: _Facts, traded: Sequence[Range]) -> _Verdicts:
    """What is said of times without a final bar, in the order in which it is believed."""
    for each in _undone(facts.spans):
        yield [range_of(each)], "pending", each.reason
    yield from _lost(facts)
    yield covered(series, facts.times[~facts.final]), "pending", PROVISIONAL
    quiet = [range_of(each) for each in facts.spans if each.state in ("have", "filled", "empty")]
    yield [*facts.answered, *quiet], "empty", ""
    for each in facts.spans:
        if each.state == "pending" or each.state == "gap":
            yield [range_of(each)], each.state, each.reason
    yield traded, "hole", UNASKED
    yield [EVER], "hole", NOBODY_KNOWS


def _undone(spans: Sequence[Span]) -> list[Span]:
    """What a backfill still has to ask for. It counts before what is stored: after a split that is wrong."""
    return [each for each in spans if each.state == "pending" and each.stream.source == BACKFILL]


def _lost(facts: _Facts) -> _Verdicts:
    """Answers of which less is stored than they gave; what was pruned or damaged is not asked about."""
    for each in facts.answers:
        first, last = np.searchsorted(facts.times, [each.start, each.end])
        kept = intersect(facts.answered, [(each.start, each.end)]) == [(each.start, each.end)]
        if kept and last - first < each.rows:
            reason = f"history gave {each.rows} bars from {iso(each.start)} on, {last - first} are stored"
            yield [(each.start, each.end)], "hole", reason


def _traded(series: BarSeries, timetable: Timetable, start: int, end: int) -> list[Range]:
    """When bars of the series are to be expected: open hours, or the dates that were traded on."""
    if BarSize.parse(series.size).intraday:
        return timetable.open(series.hours, start, end)
    sessions = timetable.sessions(series.hours, start - DAY, end + DAY)
    days = {trading_date(each.day) for each in sessions}
    return intersect([(day, day + DAY) for day in days], [(start, end)])


def _marked(ranges: Sequence[Range], verdict: Verdict, reason: str = "") -> list[Stretch]:
    return [Stretch(start, end, verdict, reason) for start, end in ranges]


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """In order; neighbours of one verdict and reason that touch become one."""
    found = list[Stretch]()
    for each in sorted(stretches, key=lambda stretch: stretch.start):
        if found and (found[-1].end, found[-1].verdict, found[-1].reason) == (
            each.start,
            each.verdict,
            each.reason,
        ):
            found[-1] = msgspec.structs.replace(found[-1], end=each.end)
        else:
            found.append(each)
    return found
