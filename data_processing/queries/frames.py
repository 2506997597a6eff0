"""Answers as frames of pandas or Polars."""

from typing import TYPE_CHECKING

import pyarrow as pa

from market.errors import SetupError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


def pandas_frame(answer: pa.Table | pa.RecordBatchReader) -> "pd.DataFrame":
    """A frame with a UTC index `time` in nanoseconds, whatever pandas takes for its default unit."""
    frame: pd.DataFrame = _table(answer).to_pandas().set_index("time")
    return frame


def polars_frame(answer: pa.Table | pa.RecordBatchReader) -> "pl.DataFrame":
    """A frame over the same memory; raise `SetupError` where Polars is not installed."""
    try:
        import polars as pl
    except ImportError:
        raise SetupError("Polars is not installed; type: .venv/bin/python -m pip install polars") from None
    frame = pl.from_arrow(_table(answer))
    assert isinstance(frame, pl.DataFrame)
    return frame


def _table(answer: pa.Table | pa.RecordBatchReader) -> pa.Table:
    return answer if isinstance(answer, pa.Table) else answer.read_all()
