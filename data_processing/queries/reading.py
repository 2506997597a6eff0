"""The rows of one series in batches."""

from collections.abc import Iterator

import pyarrow as pa

from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries, TickSeries

ROWS = 65_536


def tick_batches(db: TimeseriesDB, series: TickSeries, start: int, end: int) -> Iterator[pa.RecordBatch]:
    """The ticks of [start, end) as `TimeseriesDB.ticks` gives them."""
    ticks = db.ticks(series.contract_id, series.exchange, series.kind, start, end)
    yield from ticks.to_batches(ROWS)


def bar_batches(db: TimeseriesDB, series: BarSeries, start: int, end: int) -> Iterator[pa.RecordBatch]:
    """The bars that start in [start, end) as `TimeseriesDB.bars` gives them."""
    route = series.contract_id, series.exchange, series.size
    yield from db.bars(*route, start, end, what=series.what, hours=series.hours).to_batches(ROWS)
