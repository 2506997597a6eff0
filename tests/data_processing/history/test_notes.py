from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_processing.history.notes import Notes
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from market.errors import NoPermission, PacingRefused, TruetickError
from tests.fakes import AAPL, SIM

SERIES = BarSeries(AAPL.contract_id, "SMART", "1m")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        yield db


@pytest.mark.parametrize(
    ("error", "state"), [(NoPermission("subscribe"), "gap"), (PacingRefused("too often"), "pending")]
)
def test_what_failed_is_noted_with_its_reason(db: TimeseriesDB, error: TruetickError, state: str) -> None:
    Notes(db, SERIES).failed([(0, 10), (20, 30)], error)
    found = [(each.start, each.end, each.state, each.reason) for each in db.spans()]
    assert found == [(0, 10, state, str(error)), (20, 30, state, str(error))]


def test_an_answer_removes_the_note_as_far_as_it_goes(db: TimeseriesDB) -> None:
    notes, other = Notes(db, SERIES), Notes(db, BarSeries(AAPL.contract_id, "SMART", "1D"))
    other.pending((0, 100), "to do")
    notes.pending((0, 100), "to do")
    notes.answered((20, 30))
    assert (notes.wanted(), other.wanted()) == ([(0, 20), (30, 100)], [(0, 100)])
    notes.answered((0, 100))
    assert notes.wanted() == []


RANGES = st.tuples(st.integers(0, 20), st.integers(1, 10)).map(lambda each: (each[0], sum(each)))


@given(st.lists(st.tuples(st.sampled_from(("pending", "failed", "answered")), RANGES), max_size=8))
def test_each_moment_has_the_last_word_about_it(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, tuple[int, int]]]
) -> None:
    model = dict[int, str]()
    with TimeseriesDB.open(tmp_path_factory.mktemp("notes"), SIM, write=True) as db:
        notes = Notes(db, SERIES)
        for step, hole in steps:
            if step == "answered":
                notes.answered(hole)
            elif step == "pending":
                notes.pending(hole, "to do")
            else:
                notes.failed([hole], NoPermission("subscribe"))
            model |= dict.fromkeys(range(*hole), {"failed": "gap"}.get(step, step))
        found = [(time, each.state) for each in db.spans() for time in range(each.start, each.end or 0)]
    assert sorted(found) == sorted((time, word) for time, word in model.items() if word != "answered")
