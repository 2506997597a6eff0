from collections.abc import Iterator
from pathlib import Path

import pytest

from data_processing.audit import ABANDONED, audit, holes
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from data_storage.ledger import Span, Stream
from market.times import MINUTE, SECOND
from tests.fakes import AAPL, SIM, T0, bar

LAST = Stream(AAPL.contract_id, "SMART", "Last", "tbt")
MINUTES = Stream(AAPL.contract_id, "SMART", "1m", "", "TRADES", "all")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        yield db


def test_it_says_how_long_each_state_held_and_names_what_is_missing(db: TimeseriesDB) -> None:
    gap = Span(LAST, T0 + 4 * SECOND, T0 + 6 * SECOND, "gap", "cut; no permission")
    spans = [Span(LAST, T0, T0 + 4 * SECOND, "have"), gap, Span(LAST, T0 + 6 * SECOND, None, "have")]
    db.put_spans(spans)
    (found,) = audit(db, T0 + 9 * SECOND)
    assert found.lengths == {"have": 7 * SECOND, "gap": 2 * SECOND}
    assert (found.missing, found.complete) == ([gap], False)


def test_bars_that_nobody_asked_for_are_named(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(minute) for minute in (0, 1, 4, 5, 9)])
    db.mark_answered(BarSeries(AAPL.contract_id, "SMART", "1m"), T0 + 6 * MINUTE, T0 + 9 * MINUTE)
    (found,) = audit(db, T0)
    assert (found.stream, found.unasked) == (MINUTES, [(T0 + 2 * MINUTE, T0 + 4 * MINUTE)])


def test_what_the_ledger_tells_of_bars_is_not_told_twice(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(minute) for minute in (0, 5)])
    db.put_spans([Span(MINUTES, T0 + MINUTE, T0 + 5 * MINUTE, "pending", "cut")])
    (found,) = audit(db, T0)
    assert (len(found.missing), found.unasked) == (1, [])


def test_what_is_all_there_is_complete(db: TimeseriesDB) -> None:
    db.put_spans([Span(LAST, T0, T0 + 5, "have"), Span(LAST, T0 + 5, T0 + 9, "filled", "cut")])
    assert [each.complete for each in audit(db, T0)] == [True]


def test_what_nobody_watches_any_more_is_told_once_its_writer_is_gone(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as writer:
        writer.put_spans([Span(LAST, T0, None, "have")])
        writer.note_alive(T0 + 5 * SECOND)
        assert holes(TimeseriesDB.open(tmp_path, SIM)) == []
    left = TimeseriesDB.open(tmp_path, SIM)
    (hole,), (found,) = holes(left), audit(left, T0 + 99 * SECOND)
    assert (found.lengths, found.complete) == ({"have": 5 * SECOND}, False)
    assert (hole.start, hole.end, hole.reason) == (T0 + 5 * SECOND, None, ABANDONED)
