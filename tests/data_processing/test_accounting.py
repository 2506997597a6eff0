from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from data_processing.accounting import ABANDONED, account, extents, known_spans
from data_processing.holes import note_answer
from data_processing.sessions import Timetable
from data_processing.sessions.rules import Daily
from data_processing.timeseries_db import TimeseriesDB
from data_storage.evidence import Session, Telling
from data_storage.layout import BarSeries
from data_storage.ledger import Span, Stream
from market.bar_size import BAR_SIZES, BarSize
from market.times import DAY, MINUTE, parse, to_datetime
from tests.fakes import AAPL, SIM, T0, bar

MINUTES = BarSeries(AAPL.contract_id, "SMART", "1m")
STREAM = Stream(AAPL.contract_id, "SMART", "1m", "", "TRADES", "all")
LENGTH = 40
PIECE = st.tuples(st.integers(0, LENGTH), st.integers(1, 12))
STATES = st.sampled_from(["have", "filled", "empty", "pending", "gap"])


def at(minute: int) -> int:
    return T0 + minute * MINUTE


def timetable(told: tuple[int, int], sessions: list[tuple[int, int]]) -> Timetable:
    start, end = at(told[0]), at(told[0] + told[1])
    clipped = [(max(start, at(a)), min(end, at(a + n))) for a, n in sessions]
    made = tuple(sorted(Session(a, b, to_datetime(a).date()) for a, b in clipped if a < b))
    return Timetable(None, {"all": [Telling(start, end, 0, made)]})


def verdict(
    minute: int,
    bars: dict[int, bool],
    pieces: tuple[list[tuple[int, int]], ...],
    spans: list[tuple[int, int, str]],
    told: tuple[int, int],
) -> str:
    """What one minute is, worked out by itself."""

    def within(ranges: list[tuple[int, int]]) -> bool:
        return any(a <= minute < a + n for a, n in ranges)

    answers, sessions = pieces
    known = within([told])
    if bars.get(minute):
        return "have"
    if known and not within(sessions):
        return "closed"
    if minute in bars:
        return "pending"
    mine = [state for a, n, state in spans if a <= minute < a + n]
    if within(answers) or any(state in ("have", "filled", "empty") for state in mine):
        return "empty"
    return mine[0] if mine else "hole"


def disjoint(spans: list[tuple[tuple[int, int], str]]) -> list[tuple[int, int, str]]:
    found, last = list[tuple[int, int, str]](), 0
    for (start, length), state in sorted(spans):
        if start >= last:
            found.append((start, length, state))
            last = start + length
    return found


@settings(max_examples=60)
@given(
    bars=st.dictionaries(st.integers(0, LENGTH), st.booleans(), max_size=20),
    answers=st.lists(PIECE, max_size=4),
    sessions=st.lists(PIECE, max_size=4),
    spans=st.lists(st.tuples(PIECE, STATES), max_size=4),
    told=PIECE,
)
def test_every_minute_has_the_verdict_that_it_has_by_itself(
    bars: dict[int, bool],
    answers: list[tuple[int, int]],
    sessions: list[tuple[int, int]],
    spans: list[tuple[tuple[int, int], str]],
    told: tuple[int, int],
) -> None:
    stretches = disjoint(spans)
    with TemporaryDirectory() as folder, TimeseriesDB.open(Path(folder), SIM, write=True) as db:
        db.upsert_bars(
            [bar(n, final=final, source="history" if final else "ticks") for n, final in bars.items()]
        )
        for start, length in answers:
            db.mark_answered(MINUTES, at(start), at(start + length))
        db.put_spans([Span(STREAM, at(a), at(a + n), state, "why") for a, n, state in stretches])  # type: ignore[arg-type]  # drawn from the states
        found = account(db, MINUTES, T0, at(LENGTH), timetable(told, sessions)).stretches
    assert (found[0].start, found[-1].end) == (T0, at(LENGTH))
    assert all(one.end == other.start for one, other in pairwise(found))
    for minute in range(LENGTH):
        (mine,) = [each.verdict for each in found if each.start <= at(minute) < each.end]
        assert mine == verdict(minute, bars, (answers, sessions), stretches, told)


@settings(max_examples=60)
@given(
    gave=st.sets(st.integers(0, LENGTH - 1), min_size=1),
    gone=st.sets(st.integers(0, LENGTH - 1), max_size=6),
    bounds=st.tuples(st.integers(0, LENGTH - 1), st.integers(1, LENGTH)),
)
def test_every_bar_that_is_taken_away_is_missed(
    gave: set[int], gone: set[int], bounds: tuple[int, int]
) -> None:
    start, end = bounds[0], min(LENGTH, bounds[0] + bounds[1])
    with TemporaryDirectory() as folder, TimeseriesDB.open(Path(folder), SIM, write=True) as db:
        db.upsert_bars([bar(n) for n in gave - gone])
        db.mark_answered(MINUTES, T0, at(LENGTH))
        note_answer(db, MINUTES, T0, at(LENGTH), [at(n) for n in gave])
        found = account(db, MINUTES, at(start), at(end), timetable((0, LENGTH), [(0, LENGTH)])).stretches
    holes = {
        n
        for n in range(start, end)
        for each in found
        if each.verdict == "hole"
        if each.start <= at(n) < each.end
    }
    assert gave & gone & set(range(start, end)) <= holes
    assert holes == (set(range(start, end)) - (gave - gone) if gave & gone else set())


@pytest.mark.parametrize("size", [each for each in BAR_SIZES if each.intraday], ids=str)
@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01", "2025-12-31", "1970-01-02"])
def test_a_day_of_bars_of_any_size_is_whole_on_whatever_day(tmp_path: Path, size: BarSize, day: str) -> None:
    """Days on which clocks change, and the ends of years."""
    start, length = parse(day), size.nanoseconds
    series = BarSeries(AAPL.contract_id, "SMART", str(size))
    times = range(start, start + DAY, max(length, 10 * MINUTE // length * length))
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.upsert_bars([bar(time=time, size=str(size)) for time in times])
        found = account(db, series, start, start + DAY, Timetable(Daily("UTC", 0, 1440, weekdays=7)))
    have = sum(each.end - each.start for each in found.stretches if each.verdict == "have")
    assert have == min(DAY, len(times) * length)
    assert found.outside == []


@pytest.mark.parametrize(("shift", "outside"), [(0, 0), (1, 1)])
def test_bars_that_are_stamped_at_their_end_lie_outside_of_the_session(
    tmp_path: Path, shift: int, outside: int
) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.upsert_bars([bar(minute + shift) for minute in range(10)])
        found = account(db, MINUTES, T0, at(20), timetable((0, 20), [(0, 10)]))
    assert found.outside == [at(10)][:outside]


def test_prices_below_zero_and_no_size_are_bars_like_others(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.upsert_bars([bar(0, open=-3.0, high=-1.0, low=-40.32, close=-37.63, volume=0.0, count=0)])
        (found,) = account(db, MINUTES, T0, at(1), Timetable(None)).stretches
    assert found.verdict == "have"


def test_a_series_is_accounted_for_as_far_as_anything_speaks_of_it(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.upsert_bars([bar(3), bar(5)])
        db.mark_answered(MINUTES, T0, at(2))
        db.put_spans([Span(STREAM, at(5), None, "have")])
        assert extents(db, at(60)) == {MINUTES: (T0, at(58))}
        db.put_spans([Span(STREAM, at(5), at(7), "have")])
        assert extents(db, at(60)) == {MINUTES: (T0, at(7))}


def test_what_a_writer_left_open_was_had_while_it_lived(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.put_spans([Span(STREAM, T0, None, "have")])
        db.note_alive(at(5))
        assert known_spans(db) == [Span(STREAM, T0, None, "have")]
    left = known_spans(TimeseriesDB.open(tmp_path, SIM))
    assert left == [Span(STREAM, at(5), None, "pending", ABANDONED), Span(STREAM, T0, at(5), "have")]
