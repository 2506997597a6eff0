"""What is missing of a series although it traded: what to ask history for."""

from collections.abc import Sequence

from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from data_storage.ledger import Span


def holes(db: TimeseriesDB, series: BarSeries, start: int, end: int) -> Sequence[Span]:
    """What history should be asked for of the bars of `series` that start in [`start`, `end`), oldest first.

    Each is a stretch of whole bars, ``pending`` with its reason: the market was open, or nobody knows that it
    was closed; no bar is stored, and history was never asked, or gave more than is stored. What history has
    confirmed to be empty and what is a gap with its reason is none. `end` should not lie beyond the last bar
    that is over.
    """
    raise NotImplementedError


def note_answer(db: TimeseriesDB, series: BarSeries, start: int, end: int, rows: int) -> None:
    """Remember that history was asked for [`start`, `end`), has told all of it, and gave `rows` bars.

    Whoever calls `db.mark_answered` calls this beside it: a bar that goes later is then missed.
    """
    raise NotImplementedError
