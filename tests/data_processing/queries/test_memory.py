"""A question needs memory for its answer and a piece of what it asks, not for all that is stored."""

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from data_processing.queries.resample import resample
from data_processing.queries.sql import query
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import TickSeries
from data_storage.tables import TIME
from market.times import DAY, SECOND
from tests.fakes import AAPL, SIM, T0

DAYS, ROWS = 12, 60_000
SERIES = TickSeries(AAPL.contract_id, "SMART", "Last")
SPAN = (T0 - DAY, T0 + DAYS * DAY)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeseriesDB]:
    """Days of ticks; as a table each takes several MB."""
    with TimeseriesDB.open(tmp_path_factory.mktemp("data"), SIM, write=True) as db:
        for day in range(DAYS):
            times = T0 - T0 % DAY + day * DAY + np.arange(ROWS) * SECOND
            columns = {
                "contract_id": np.full(ROWS, SERIES.contract_id),
                "exchange": pa.repeat(SERIES.exchange, ROWS),
                "time": pa.array(times).cast(TIME),
                "price": np.arange(ROWS) % 97 / 100,
                "size": np.ones(ROWS),
            }
            db.load_ticks("Last", pa.table(columns))
        yield db


@pytest.fixture
def day_of_ticks(db: TimeseriesDB) -> int:
    """How many bytes a day of ticks is in memory."""
    return int(db.ticks(SERIES.contract_id, SERIES.exchange, "Last", T0, T0 + DAY).nbytes)


def highest(batches: Iterator[pa.RecordBatch]) -> tuple[int, int]:
    """The rows, and the most memory of numpy and Arrow that was held at the end of a batch or within one."""
    before, rows, arrow = pa.total_allocated_bytes(), 0, 0
    tracemalloc.start()
    for batch in batches:
        rows += batch.num_rows
        arrow = max(arrow, pa.total_allocated_bytes() - before)
    _, python = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return rows, arrow + python


def test_bars_are_made_with_a_day_of_ticks_in_memory(db: TimeseriesDB, day_of_ticks: int) -> None:
    rows, most = highest(iter(resample(db, SERIES, "1m", *SPAN)))
    assert rows == DAYS * ROWS // 60
    assert most < 4 * day_of_ticks < DAYS * day_of_ticks / 2


def test_a_long_answer_of_sql_is_held_in_pieces(db: TimeseriesDB, day_of_ticks: int) -> None:
    with query(db, "SELECT * FROM ticks_last") as answer:
        rows, most = highest(iter(answer))
    assert rows == DAYS * ROWS
    assert most < day_of_ticks
