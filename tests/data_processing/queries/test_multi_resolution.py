from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_processing.queries.bar_grid import Sessions
from data_processing.queries.multi_resolution import StoredHistory, finest, history
from data_processing.timeseries_db import TimeseriesDB
from market.errors import BadRequest
from market.times import DAY, MINUTE, parse
from tests.fakes import AAPL, SIM, T0, bar

LONG = (T0 - 9 * DAY, T0 + 9 * DAY)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        yield db


def minutes_told(spans: list[tuple[int, int]]) -> list[int]:
    return [minute for start, end in spans for minute in range(start, end)]


MINUTES = st.sets(st.integers(0, 59))


@given(MINUTES, st.integers(0, 60), st.permutations([5, 2, 1]).map(sorted))
def test_no_minute_is_told_twice_and_none_that_traded_is_lost(
    traded: set[int], begun: int, sizes: list[int]
) -> None:
    # The finer a size, the later it begins; a bar exists where something traded.
    starts = [
        sorted({m // size * size for m in traded if m >= n * begun // 2})
        for n, size in enumerate(reversed(sizes))
    ]
    spans = [
        (np.array(each, np.int64), np.array(each, np.int64) + size)
        for size, each in zip(reversed(sizes), starts, strict=True)
    ]
    kept = [
        (int(a), int(b))
        for (start, end), which in zip(spans, finest(spans), strict=True)
        for a, b in zip(start[which], end[which], strict=True)
    ]
    told = minutes_told(kept)
    assert len(told) == len(set(told))
    assert traded <= set(told)


def test_each_size_has_its_frame(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(0, size="5m"), bar(0), bar(1)])
    found = history(db, AAPL, ("1m", "5m", "2m"), *LONG)
    assert {size: len(frame) for size, frame in found.frames.items()} == {"5m": 1, "2m": 0, "1m": 2}
    assert list(found.frames["1m"].columns)[:4] == ["open", "high", "low", "close"]


def test_stitched_the_finer_take_over_at_a_border(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(minute, size="5m") for minute in range(0, 30, 5)])
    db.upsert_bars([bar(minute) for minute in range(13, 30)])
    stitched = history(db, AAPL, ("5m", "1m"), *LONG).stitched()
    # The bar at 10 is told in part by the finer ones, so it stays whole.
    assert stitched["bar_size"].tolist() == ["5m"] * 3 + ["1m"] * 15
    assert stitched["volume"].sum() == 18 * 100
    assert stitched.index.is_monotonic_increasing


def test_a_hole_of_the_finer_is_filled_by_the_coarser(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(minute, size="5m") for minute in range(0, 20, 5)])
    db.upsert_bars([bar(minute) for minute in (*range(5), *range(10, 20))])
    stitched = history(db, AAPL, ("5m", "1m"), *LONG).stitched()
    assert stitched["bar_size"].tolist() == ["1m"] * 5 + ["5m"] + ["1m"] * 10


def test_days_are_stitched_by_their_sessions(db: TimeseriesDB) -> None:
    friday, monday = parse("2026-01-02"), parse("2026-01-05")
    db.upsert_bars([bar(time=friday, size="1D"), bar(time=monday, size="1D"), bar(0), bar(1)])
    found = history(db, AAPL, ("1D", "1m"), *LONG)
    sessions = Sessions(
        [(each + T0 - monday, each + T0 - monday + 390 * MINUTE, each) for each in (friday, monday)]
    )
    # Monday's minutes begin at the opening but do not last, and there is nothing coarser after it.
    assert found.stitched(sessions)["bar_size"].tolist() == ["1D", "1m", "1m"]
    with pytest.raises(BadRequest, match="without sessions"):
        found.stitched()


def test_the_last_fetch_goes_to_a_csv_file(db: TimeseriesDB, tmp_path: Path) -> None:
    stock = StoredHistory(db, AAPL, tmp_path / "csv")
    with pytest.raises(BadRequest, match="fetch first"):
        stock.last_fetch_to_csv()
    db.upsert_bars([bar(0), bar(1, volume=None)])
    stock.fetch(["1m"], *LONG)
    path = stock.last_fetch_to_csv()
    assert path == tmp_path / "csv" / "AAPL.csv"
    assert path.read_text().splitlines() == [
        "time,open,high,low,close,volume,average,count,final,bar_size",
        "2026-01-05T14:30:00Z,10.0,11.0,9.0,10.0,100.0,10.0,5,true,1m",
        "2026-01-05T14:31:00Z,10.0,11.0,9.0,10.0,,10.0,5,true,1m",
    ]
