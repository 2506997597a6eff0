from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from data_processing.accounting import NOBODY_KNOWS, PROVISIONAL, UNASKED
from data_processing.holes import holes, note_answer
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from data_storage.ledger import Span, Stream
from market.events import Bar
from market.times import MINUTE, parse, to_datetime
from tests.fakes import AAPL, SIM, T0, bar

MINUTES = BarSeries(AAPL.contract_id, "SMART", "1m")
STREAM = Stream(AAPL.contract_id, "SMART", "1m", "", "TRADES", "all")
NIGHT = parse("2026-01-06T01:00")  # the end of the extended hours of T0's day
Minutes = Sequence[tuple[int, int, str]]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.put_instruments([AAPL])
        yield db


def missing(db: TimeseriesDB, last: int = 10, series: BarSeries = MINUTES) -> Minutes:
    """The holes up to the minute `last`, in minutes from `T0`."""
    found = holes(db, series, T0, T0 + last * MINUTE)
    return [
        ((each.start - T0) // MINUTE, (each.end or 0) // MINUTE - T0 // MINUTE, each.reason) for each in found
    ]


def bars(*minutes: int) -> list[Bar]:
    return [bar(minute) for minute in minutes]


def test_what_nobody_asked_for_is_a_hole_inside_a_day_too(db: TimeseriesDB) -> None:
    db.upsert_bars(bars(0, 1, 2, 5, 6))
    assert missing(db) == [(3, 5, UNASKED), (7, 10, UNASKED)]


def test_what_history_has_confirmed_to_be_empty_is_none(db: TimeseriesDB) -> None:
    db.upsert_bars(bars(0, 9))
    db.mark_answered(MINUTES, T0 + MINUTE, T0 + 6 * MINUTE)
    assert missing(db) == [(6, 9, UNASKED)]


def test_no_hole_is_where_the_market_was_closed(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(time=NIGHT - MINUTE), bar(time=NIGHT + 8 * 60 * MINUTE)])
    assert holes(db, MINUTES, NIGHT - MINUTE, NIGHT + 8 * 60 * MINUTE) == []


def test_a_bar_that_goes_after_history_gave_it_is_missed(db: TimeseriesDB) -> None:
    db.upsert_bars(bars(0, 1, 3))
    db.mark_answered(MINUTES, T0, T0 + 4 * MINUTE)
    note_answer(db, MINUTES, T0, T0 + 4 * MINUTE, [T0 + n * MINUTE for n in (0, 1, 3, 99)])
    assert missing(db, 4) == []
    note_answer(db, MINUTES, T0, T0 + 4 * MINUTE, [T0 + n * MINUTE for n in range(4)])
    ((first, last, reason),) = missing(db, 4)
    assert (first, last, reason[:19]) == (2, 3, "history gave 4 bars")


def test_an_answer_is_counted_whole_however_little_of_it_is_asked_about(db: TimeseriesDB) -> None:
    db.upsert_bars(bars(0, 2, 3, 12))
    db.mark_answered(MINUTES, T0 - 5 * MINUTE, T0 + 20 * MINUTE)
    note_answer(db, MINUTES, T0 - 5 * MINUTE, T0 + 20 * MINUTE, [T0 + n * MINUTE for n in (0, 2, 3, 12)])
    assert missing(db, 3) == []


def test_what_was_pruned_is_not_missed(db: TimeseriesDB) -> None:
    db.upsert_bars(bars(0, 1))
    db.mark_answered(MINUTES, T0, T0 + 4 * MINUTE)
    note_answer(db, MINUTES, T0, T0 + 4 * MINUTE, [T0, T0 + MINUTE])
    db.delete(MINUTES)
    assert [reason for _, _, reason in missing(db)] == [UNASKED]


def test_a_provisional_bar_is_no_bar(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(0), bar(1, final=False, source="ticks"), bar(2)])
    assert missing(db, 3) == [(1, 2, PROVISIONAL)]


@pytest.mark.parametrize(("state", "hole"), [("have", []), ("gap", []), ("pending", [(1, 3, "cut")])])
def test_the_ledger_explains_what_is_not_there(db: TimeseriesDB, state: str, hole: Minutes) -> None:
    db.upsert_bars(bars(0, 3))
    db.put_spans([Span(STREAM, T0 + MINUTE, T0 + 3 * MINUTE, state, "cut")])  # type: ignore[arg-type]  # parametrised
    assert missing(db, 4) == hole


def test_what_was_pending_and_is_answered_now_is_none(db: TimeseriesDB) -> None:
    db.put_spans([Span(STREAM, T0, T0 + 3 * MINUTE, "pending", "cut")])
    db.mark_answered(MINUTES, T0, T0 + 3 * MINUTE)
    assert missing(db, 3) == []


def test_where_nobody_knows_the_hours_nothing_is_taken_for_closed(db: TimeseriesDB) -> None:
    unknown = replace(AAPL, contract_id=7, exchange="NOWHERE")
    db.put_instruments([unknown])
    series = BarSeries(7, "NOWHERE", "1m")
    db.upsert_bars([bar(0, contract_id=7, exchange="NOWHERE")])
    assert missing(db, 3, series) == [(1, 3, NOBODY_KNOWS)]


def days(*dates: str, size: str = "1D") -> list[Bar]:
    return [bar(time=parse(f"2026-01-{date}"), size=size) for date in dates]


def told(db: TimeseriesDB, size: str, start: str, end: str) -> list[str]:
    """The holes as days of January, the last one not included."""
    found = holes(db, BarSeries(AAPL.contract_id, "SMART", size), parse(start), parse(end))
    ends = [(each.start, each.end or 0) for each in found]
    return [f"{to_datetime(first):%d}-{to_datetime(last):%d}" for first, last in ends]


def test_days_are_missed_by_their_trading_date(db: TimeseriesDB) -> None:
    db.upsert_bars(days("15", "16", "21", "22"))
    # 19 January is a holiday, 17 and 18 a weekend.
    assert told(db, "1D", "2026-01-15", "2026-01-24") == ["20-21", "23-24"]


def test_a_week_is_there_whichever_of_its_days_it_is_dated_by(db: TimeseriesDB) -> None:
    db.upsert_bars(days("05", "23", size="1W"))
    assert told(db, "1W", "2026-01-05", "2026-01-28") == ["12-17"]


def test_a_month_that_is_not_over_is_not_missed(db: TimeseriesDB) -> None:
    db.upsert_bars(days("30", size="1M"))
    assert told(db, "1M", "2026-01-01", "2026-02-20") == []
