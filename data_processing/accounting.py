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

from data_processing.coverage import Range, union
from data_processing.ranges import EVER, intersect, subtract
from data_processing.sessions import Timetable
from data_processing.stretches import belongs
from data_processing.timeseries_db import TimeseriesDB
from data_storage.evidence import Answer, Evidence
from data_storage.layout import BarSeries
from data_storage.ledger import Span, Stream
from data_storage.lock import is_held
from market.bar_size import BarSize
from market.times import DAY, MINUTE, iso, trading_date

Verdict = Literal["have", "filled", "empty", "closed", "pending", "gap", "hole"]
PROVISIONAL = "a provisional bar is all there is"
ABANDONED = "whoever watched it ended without saying so; the next run takes it up"
UNASKED = "history was never asked for it"
NOBODY_KNOWS = "history was never asked for it, and nobody knows whether the market was open"
Times = npt.NDArray[np.int64]


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


def account(db: TimeseriesDB, series: BarSeries, start: int, end: int, timetable: Timetable) -> Account:
    """Give every moment of [start, end) its verdict; of a week or month that is not over, none."""
    end = _whole_units(series, end)
    if start >= end:
        return Account(series, start, start, (), ())
    facts = _facts(db, series, start, end)
    have = intersect(_ranges(series, facts.times[facts.final]), [(start, end)])
    traded = _traded(series, timetable, start, end)
    perhaps = union([*traded, *timetable.unknown(series.hours, start, end)])
    found = [*_marked(have, "have"), *_marked(subtract([(start, end)], [*have, *perhaps]), "closed")]
    left = subtract(perhaps, have)
    for ranges, verdict, reason in _verdicts(series, facts, traded):
        found += _marked(intersect(left, ranges), verdict, reason)
        left = subtract(left, ranges)
    times = facts.times[(facts.times >= start) & (facts.times < end)]
    outside = times[~_inside(series, times, perhaps)]
    return Account(series, start, end, _joined(found), outside.tolist())


def extents(db: TimeseriesDB, now: int) -> dict[BarSeries, Range]:
    """Of each series of bars the range of which files, answers or the ledger speak, as far as it is over."""
    found, spans = dict[BarSeries, Range](), known_spans(db)
    for info in db.inventory():
        if isinstance(series := info.series, BarSeries):
            told = [_range(each) for each in spans if belongs(each, series)]
            known = [*_ranges(series, np.array([info.first, info.last])), *db.answered(series), *told]
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
            found.append(msgspec.structs.replace(each, end=last))
    return found


def stream_of(series: BarSeries) -> Stream:
    """What the ledger calls a series."""
    return Stream(series.contract_id, series.exchange, series.size, "", series.what, series.hours)


def _facts(db: TimeseriesDB, series: BarSeries, start: int, end: int) -> _Facts:
    answers = Evidence(db.folder).answers(stream_of(series))
    answers = [each for each in answers if each.start < end and start < each.end]
    # A bar may have begun before, and the bars of an answer are counted over all of it.
    first = min([_before(series, start), *(each.start for each in answers)])
    last = max([end, *(each.end for each in answers)])
    route = series.contract_id, series.exchange, series.size
    table = db.bars(*route, first, last, what=series.what, hours=series.hours)
    times = table["time"].cast(pa.int64()).to_numpy()
    spans = [each for each in known_spans(db) if belongs(each, series)]
    return _Facts(times, table["final"].to_numpy(), answers, db.answered(series, first, last), spans)


_Verdicts = Iterator[tuple[Sequence[Range], Verdict, str]]


def _verdicts(series: BarSeries, facts: _Facts, traded: Sequence[Range]) -> _Verdicts:
    """What is said of times without a final bar, in the order in which it is believed."""
    yield from _lost(facts)
    yield _ranges(series, facts.times[~facts.final]), "pending", PROVISIONAL
    quiet = [_range(each) for each in facts.spans if each.state in ("have", "filled", "empty")]
    yield [*facts.answered, *quiet], "empty", ""
    for each in facts.spans:
        if each.state == "pending" or each.state == "gap":
            yield [_range(each)], each.state, each.reason
    yield traded, "hole", UNASKED
    yield [EVER], "hole", NOBODY_KNOWS


def _lost(facts: _Facts) -> _Verdicts:
    """Answers of which less is stored than they gave; what was pruned or damaged is not asked about."""
    for each in facts.answers:
        first, last = np.searchsorted(facts.times, [each.start, each.end])
        whole = intersect(facts.answered, [(each.start, each.end)]) == [(each.start, each.end)]
        if whole and last - first < each.rows:
            reason = f"history gave {each.rows} bars from {iso(each.start)} on, {last - first} are stored"
            yield [(each.start, each.end)], "hole", reason


def _range(span: Span) -> Range:
    return span.start, EVER[1] if span.end is None else span.end


def _ranges(series: BarSeries, times: Times) -> list[Range]:
    """What bars that begin at `times` cover; bars that follow each other make one range."""
    if not BarSize.parse(series.size).intraday:
        return union(_unit(series.size, time) for time in times.tolist())
    ends = times + BarSize.parse(series.size).nanoseconds
    edge = np.flatnonzero(times[1:] > ends[:-1]) + 1
    starts = times[np.concatenate(([0], edge))] if len(times) else times
    lasts = ends[np.concatenate((edge - 1, [-1]))] if len(times) else ends
    return list(zip(starts.tolist(), lasts.tolist(), strict=True))


def _traded(series: BarSeries, timetable: Timetable, start: int, end: int) -> list[Range]:
    """When bars of the series are to be expected: open hours, or the dates that were traded on."""
    if BarSize.parse(series.size).intraday:
        return timetable.open(series.hours, start, end)
    sessions = timetable.sessions(series.hours, start - DAY, end + DAY)
    days = {trading_date(each.day) for each in sessions}
    return intersect([(day, day + DAY) for day in days], [(start, end)])


def _inside(series: BarSeries, times: Times, traded: Sequence[Range]) -> npt.NDArray[np.bool_]:
    """Which of the bars overlap the time in which it traded; longer ones always do."""
    if not BarSize.parse(series.size).intraday:
        return np.ones(len(times), bool)
    ranges = np.array(union(traded), np.int64).reshape(-1, 2)
    place = np.searchsorted(ranges[:, 1], times, "right")
    starts = np.append(ranges[:, 0], EVER[1])
    inside: npt.NDArray[np.bool_] = starts[place] < times + BarSize.parse(series.size).nanoseconds
    return inside


def _before(series: BarSeries, start: int) -> int:
    """From where on a bar may cover `start`."""
    size = BarSize.parse(series.size)
    return start - size.nanoseconds if size.intraday else _unit(series.size, start)[0]


def _whole_units(series: BarSeries, end: int) -> int:
    """`end`, or the start of the week or month that it lies in."""
    return end if series.size not in ("1W", "1M") else _unit(series.size, end)[0]


def _unit(size: str, time: int) -> Range:
    """The day, week or month of a bar that is known by its date."""
    unit = size[-1]
    # Weeks as numpy counts them begin on Thursdays, as 1970 did.
    shift = np.timedelta64(3, "D") if unit == "W" else np.timedelta64(0, "D")
    number = (np.datetime64(time, "ns").astype("datetime64[D]") + shift).astype(f"datetime64[{unit}]")
    start, end = (each.astype("datetime64[D]") - shift for each in (number, number + 1))
    return _nanoseconds(start), _nanoseconds(end)


def _nanoseconds(day: np.datetime64) -> int:
    return int(day.astype(np.int64)) * DAY


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
