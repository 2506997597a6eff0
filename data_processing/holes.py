"""What is missing of a series although it traded: what to ask history for."""

from collections.abc import Iterable

from data_processing.accounting import account, stream_of
from data_processing.sessions import Timetable
from data_processing.timeseries_db import TimeseriesDB
from data_storage.evidence import Answer, Evidence
from data_storage.layout import BarSeries
from data_storage.ledger import Span


def holes(db: TimeseriesDB, series: BarSeries, start: int, end: int) -> list[Span]:
    """What history should be asked for of the bars of `series` that start in [`start`, `end`), oldest first.

    Each is ``pending`` with its reason, see `data_processing.accounting`: the market was open, or nobody
    knows that it was closed; no final bar is stored, and history was never asked, or gave more than is
    stored. (So it may lie in what `db.answered` covers: ask with `refresh`.) What history has confirmed to be
    empty and what is a gap with its reason is none. `end` should not lie beyond the last bar that is over.
    """
    timetable = Timetable.of(db, series.contract_id, series.exchange)
    found = account(db, series, start, end, timetable).stretches
    stream, missing = stream_of(series), [each for each in found if each.verdict in ("hole", "pending")]
    return [Span(stream, each.start, each.end, "pending", each.reason) for each in missing]


def note_answer(db: TimeseriesDB, series: BarSeries, start: int, end: int, times: Iterable[int]) -> None:
    """Remember that history has told all of [`start`, `end`), and gave bars that start at `times`.

    Whoever calls `db.mark_answered` calls this beside it: a bar that goes later is then missed.
    """
    rows = len({time for time in times if start <= time < end})
    Evidence(db.folder).put_answer(stream_of(series), Answer(start, end, rows))
