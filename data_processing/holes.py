"""What is missing of a series although it traded: what to ask history for."""

from collections.abc import Callable, Iterable

from data_processing.accounting import account, stream_of
from data_processing.scope import extents, known_spans
from data_processing.sessions import Schedules, Timetable, learn
from data_processing.timeseries_db import TimeseriesDB
from data_storage.evidence import Answer, Evidence
from data_storage.layout import BarSeries
from data_storage.ledger import Span
from market.errors import RequestFailed


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


def all_holes(db: TimeseriesDB, now: int) -> dict[BarSeries, list[Span]]:
    """The `holes` of every series of bars that has any, as far as anything speaks of it."""
    known = extents(db, now, known_spans(db))
    found = {series: holes(db, series, start, end) for series, (start, end) in known.items()}
    return {series: missing for series, missing in found.items() if missing}


async def ask_hours(broker: Schedules, db: TimeseriesDB, now: int, tell: Callable[[str], None]) -> None:
    """Ask for the sessions of all that is stored of bars, as far as nobody told of them yet.

    `tell` gets a line for each contract of which the broker does not say; its calendar holds then.
    """
    bounds = dict[tuple[int, str], list[int]]()
    for series, edges in extents(db, now, known_spans(db)).items():
        bounds.setdefault((series.contract_id, series.exchange), []).extend(edges)
    for instrument in db.instruments():
        route = instrument.contract_id, instrument.exchange
        if route not in bounds:
            continue
        if untold := Timetable.of(db, *route).untold("all", min(bounds[route]), max(bounds[route])):
            try:
                await learn(broker, db, instrument, untold[0][0], untold[-1][1])
            except RequestFailed as error:
                tell(f"{instrument.ticker}: its hours are taken from calendars: {error}")


def note_answer(db: TimeseriesDB, series: BarSeries, start: int, end: int, times: Iterable[int]) -> None:
    """Remember that history has told all of [`start`, `end`), and gave bars that start at `times`.

    Whoever calls `db.mark_answered` calls this beside it: a bar that goes later is then missed.
    """
    rows = len({time for time in times if start <= time < end})
    Evidence(db.folder).put_answer(stream_of(series), Answer(start, end, rows))
