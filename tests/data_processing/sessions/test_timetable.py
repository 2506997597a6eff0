from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given
from msgspec.structs import replace

from data_processing.sessions import Timetable, remember
from data_processing.sessions.rules import Daily
from data_processing.sessions.venues import rule_of
from data_processing.timeseries_db import TimeseriesDB
from data_storage.evidence import Evidence, Session, Telling
from market.times import DAY, MINUTE, parse
from tests.fakes import AAPL, SIM

MONDAY, HOUR = parse("2026-01-05"), 60 * MINUTE
TOLD = replace(
    AAPL,
    time_zone="America/New_York",
    trading_hours="20260105:0400-20260105:2000;20260106:CLOSED;20260107:0400-20260107:1300",
    liquid_hours="20260105:0930-20260105:1600;20260106:CLOSED;20260107:0930-20260107:1300",
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        yield db


def of(db: TimeseriesDB) -> Timetable:
    return Timetable.of(db, AAPL.contract_id, "SMART")


def test_what_the_broker_told_comes_before_the_calendar(db: TimeseriesDB) -> None:
    db.put_instruments([TOLD])
    days = [session.day for session in of(db).sessions("rth", MONDAY, MONDAY + 5 * DAY)]
    assert days == [date(2026, 1, day) for day in (5, 7, 8, 9)]
    wednesday = MONDAY + 2 * DAY
    assert of(db).open("rth", wednesday, wednesday + DAY) == [
        (wednesday + 14 * HOUR + 30 * MINUTE, wednesday + 18 * HOUR)
    ]


def test_what_was_told_is_remembered_when_the_broker_speaks_of_later_days(db: TimeseriesDB) -> None:
    remember(db, TOLD, MONDAY)
    db.put_instruments([replace(TOLD, trading_hours="20260302:CLOSED", liquid_hours="20260302:CLOSED")])
    assert of(db).open("all", MONDAY + DAY + 6 * HOUR, MONDAY + 2 * DAY) == []
    assert of(db).open("all", parse("2026-03-02T06:00"), parse("2026-03-02T16:00")) == []


def test_telling_the_same_again_writes_nothing(db: TimeseriesDB) -> None:
    remember(db, TOLD, MONDAY)
    before = Evidence(db.folder).tellings(AAPL.contract_id, "SMART", "all")
    remember(db, TOLD, MONDAY + HOUR)
    assert Evidence(db.folder).tellings(AAPL.contract_id, "SMART", "all") == before


def test_of_a_contract_that_the_store_does_not_know_nothing_is_known(db: TimeseriesDB) -> None:
    assert of(db).unknown("all", 0, DAY) == [(0, DAY)]
    assert of(db).sessions("all", 0, DAY) == []


def test_after_its_expiry_a_contract_is_closed(db: TimeseriesDB) -> None:
    future = replace(AAPL, sec_type="FUT", exchange="CME", expiry="20260105", time_zone="America/Chicago")
    db.put_instruments([future])
    table = Timetable.of(db, AAPL.contract_id, "CME")
    end = parse("2026-01-06T06:00")
    assert table.open("all", end, end + 9 * DAY) == table.unknown("rth", end, end + 9 * DAY) == []
    assert table.why_closed("all", end, end + DAY) == "expired"
    assert table.open("all", MONDAY, MONDAY + DAY)


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("2024-01-11T21:00", "2024-01-12T14:30", "between sessions"),
        ("2024-01-05T21:00", "2024-01-08T14:30", "weekend"),
        ("2024-01-12T21:00", "2024-01-16T14:30", "holiday: 2024-01-15"),
    ],
)
def test_it_says_why_it_is_closed(start: str, end: str, why: str) -> None:
    table = Timetable(rule_of(AAPL, "ib"))
    assert table.why_closed("rth", parse(start), parse(end)) == why


def test_before_and_after_the_calendar_nobody_knows() -> None:
    table = Timetable(rule_of(AAPL, "ib"))
    early, late = parse("1999-12-30"), parse("2041-01-02")
    assert table.unknown("rth", early, early + DAY) == [(early, early + DAY)]
    assert table.unknown("rth", late, late + DAY) == [(late, late + DAY)]
    assert table.open("rth", late, late + DAY) == []


SPANS = st.lists(st.tuples(st.integers(0, 99), st.integers(1, 40)), max_size=4)


def telling(asked: int, start: int, length: int, spans: Sequence[tuple[int, int]]) -> Telling:
    inside = [(a, min(a + n, start + length)) for a, n in spans if start <= a < start + length]
    sessions = [Session(a, b, date(1970, 1, 1)) for a, b in inside]
    return Telling(start, start + length, asked, tuple(sorted(sessions)))


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 99), SPANS), max_size=5))
def test_of_two_tellings_the_later_one_holds(told: list[tuple[int, int, list[tuple[int, int]]]]) -> None:
    tellings = [telling(n, *each) for n, each in enumerate(told)]
    table = Timetable(None, {"all": tellings})
    open_, unknown = table.open("all", 0, 200), table.unknown("all", 0, 200)
    for time in range(200):
        spoken = [each for each in tellings if each.start <= time < each.end]
        assert any(a <= time < b for a, b in unknown) == (not spoken)
        expected = bool(spoken) and any(s.start <= time < s.end for s in spoken[-1].sessions)
        assert any(a <= time < b for a, b in open_) == expected


@given(st.integers(0, 20_000), st.integers(1, 100), st.integers(0, 9 * DAY))
def test_asking_in_two_steps_gives_the_same_as_in_one(day: int, days: int, cut: int) -> None:
    table = Timetable(Daily("America/New_York", -405, 1020))
    start, end = day * DAY, (day + days) * DAY
    middle = min(start + cut, end)
    halves = table.open("all", start, middle) + table.open("all", middle, end)
    assert sum(b - a for a, b in halves) == sum(b - a for a, b in table.open("all", start, end))
