from collections.abc import Iterator
from pathlib import Path

import pytest

from data_processing.accounting import ABANDONED, UNASKED, Stretch
from data_processing.audit import Audit, audit, share, unfinished
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from data_storage.ledger import Span, Stream
from market.times import DAY, MINUTE, SECOND, parse
from tests.fakes import AAPL, SIM, T0, bar

LAST = Stream(AAPL.contract_id, "SMART", "Last", "tbt")
LINE = Stream(AAPL.contract_id, "SMART", "Last", "l1")
MINUTES = Stream(AAPL.contract_id, "SMART", "1m", "", "TRADES", "all")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.put_instruments([AAPL])
        yield db


def test_it_says_how_long_each_state_held_and_names_what_is_missing(db: TimeseriesDB) -> None:
    gap = Span(LAST, T0 + 4 * SECOND, T0 + 6 * SECOND, "gap", "cut; no permission")
    spans = [Span(LAST, T0, T0 + 4 * SECOND, "have"), gap, Span(LAST, T0 + 6 * SECOND, None, "have")]
    db.put_spans(spans)
    (found,) = audit(db, T0 + 9 * SECOND)
    assert found.lengths == {"have": 7 * SECOND, "gap": 2 * SECOND}
    assert found.missing == [Stretch(T0 + 4 * SECOND, T0 + 6 * SECOND, "gap", "cut; no permission")]
    assert (found.holes, found.share) == ([], 7 / 9)


def test_bars_that_nobody_asked_for_are_a_hole_without_a_reason(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(minute) for minute in (0, 1, 4, 5, 9)])
    db.mark_answered(BarSeries(AAPL.contract_id, "SMART", "1m"), T0 + 6 * MINUTE, T0 + 9 * MINUTE)
    (found,) = audit(db, T0 + DAY)
    assert (found.stream, found.holes) == (
        MINUTES,
        [Stretch(T0 + 2 * MINUTE, T0 + 4 * MINUTE, "hole", UNASKED)],
    )
    assert found.lengths == {"have": 5 * MINUTE, "empty": 3 * MINUTE, "hole": 2 * MINUTE}


def test_what_the_ledger_tells_of_bars_is_not_told_twice(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(minute) for minute in (0, 5)])
    db.put_spans([Span(MINUTES, T0 + MINUTE, T0 + 5 * MINUTE, "pending", "cut")])
    (found,) = audit(db, T0 + DAY)
    assert [each.reason for each in found.missing] == ["cut"]


def test_a_night_and_a_weekend_are_closed_and_say_so(db: TimeseriesDB) -> None:
    friday, monday = parse("2026-01-09T20:59"), parse("2026-01-12T14:30")
    db.upsert_bars([bar(time=friday, hours="rth"), bar(time=monday, hours="rth")])
    (found,) = audit(db, monday + DAY)
    assert [(each.verdict, each.reason) for each in found.stretches] == [
        ("have", ""),
        ("closed", "weekend"),
        ("have", ""),
    ]
    assert found.share == 1


def test_a_range_that_is_asked_about_reaches_beyond_what_is_stored(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(minute) for minute in range(4)])
    now = T0 + 9 * MINUTE
    (found,) = audit(db, now, T0 - 2 * MINUTE, T0 + DAY)
    assert [(each.start, each.end) for each in found.holes] == [
        (T0 - 2 * MINUTE, T0),
        (T0 + 4 * MINUTE, now - 2 * MINUTE),
    ]


def test_sampled_ticks_and_whole_ones_are_streams_of_their_own(db: TimeseriesDB) -> None:
    db.put_spans([Span(LAST, T0, T0 + 5, "have"), Span(LINE, T0, T0 + 5, "gap", "state")])
    assert {each.stream: each.share for each in audit(db, T0 + 9)} == {LAST: 1.0, LINE: 0.0}


def test_shares_of_streams_are_weighed_by_their_time() -> None:
    whole = Audit(LAST, [Stretch(0, 30, "have"), Stretch(30, 90, "closed")])
    half = Audit(MINUTES, [Stretch(0, 5, "empty"), Stretch(5, 10, "hole")])
    assert (share([whole, half]), share([])) == (35 / 40, 1.0)


def test_what_nobody_watches_any_more_is_told_once_its_writer_is_gone(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as writer:
        writer.put_spans([Span(LAST, T0, None, "have")])
        writer.note_alive(T0 + 5 * SECOND)
        assert unfinished(TimeseriesDB.open(tmp_path, SIM)) == []
    left = TimeseriesDB.open(tmp_path, SIM)
    (hole,), (found,) = unfinished(left), audit(left, T0 + 99 * SECOND)
    assert found.lengths == {"have": 5 * SECOND, "pending": 94 * SECOND}
    assert (hole.start, hole.end, hole.reason) == (T0 + 5 * SECOND, None, ABANDONED)
