"""The bar after the last one of a day is the first of the next session."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ai.meta import Meta
from ai.upcoming import next_bar, upcoming
from data_processing.timeseries_db import TimeseriesDB
from market.bar_size import BarSize
from market.times import from_datetime
from tests.fakes import AAPL, SIM

META = Meta(symbol="AAPL", size="1m", contract_id=AAPL.contract_id, exchange="SMART", hours="rth")


def utc(*when: int) -> int:
    return from_datetime(datetime(*when, tzinfo=UTC))  # type: ignore[misc, arg-type]  # year to minute


@pytest.mark.parametrize(
    ("size", "last", "following"),
    [
        ("1m", utc(2026, 1, 16, 20, 58), utc(2026, 1, 16, 20, 59)),
        # A weekend, and Martin Luther King's day.
        ("1m", utc(2026, 1, 16, 20, 59), utc(2026, 1, 20, 14, 30)),
        ("1h", utc(2026, 1, 16, 20, 0), utc(2026, 1, 20, 14, 30)),
        # Clocks change on the Sunday between.
        ("5m", utc(2026, 3, 6, 20, 55), utc(2026, 3, 9, 13, 30)),
        ("1D", utc(2026, 1, 16), utc(2026, 1, 20)),
    ],
)
def test_over_nights_and_holidays_it_is_the_next_opening(
    tmp_path: Path, size: str, last: int, following: int
) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.put_instruments([AAPL])
        sessions = upcoming(db, META, utc(2026, 1, 9))
    assert next_bar(last, BarSize.parse(size), sessions) == following


def test_where_nobody_knows_the_hours_nothing_pauses(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        unknown = upcoming(db, msgspec.structs.replace(META, contract_id=9), utc(2026, 1, 9))
    assert unknown.shape == (3, 0)
    assert next_bar(utc(2026, 1, 16, 20, 59), BarSize.parse("1m"), unknown) == utc(2026, 1, 16, 21, 0)


def test_beyond_the_year_that_is_known_nothing_pauses() -> None:
    sessions = np.array([[utc(2026, 1, 16, 14, 30)], [utc(2026, 1, 16, 21, 0)], [utc(2026, 1, 16)]])
    assert next_bar(utc(2026, 2, 2, 20, 59), BarSize.parse("1m"), sessions) == utc(2026, 2, 2, 21, 0)
