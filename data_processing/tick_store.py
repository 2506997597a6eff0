"""Ticks in the log and in files: appended in the order they came, read back settled."""

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from data_processing.contracts import Ints, coded
from data_processing.given_tables import Given, given_events, given_ticks
from data_processing.recordings import Recordings, place_live
from data_processing.settling import between, empty, numbered
from data_processing.shelf import Look, Shelf
from data_processing.tick_merge import fold
from data_storage.columns import column, encoded, ints, numbers
from data_storage.layout import TickSeries
from data_storage.log.frames import Rows
from data_storage.tables import FILLED, OPEN, WHOLE, kind_of, tick_rows, tick_schema
from market.errors import BadRequest
from market.events import Tick, TickType
from market.times import DAY, SECOND

Append = Callable[[Sequence[tuple[str, pa.Table | Rows]]], None]
# More rows are quicker in columns.
_FEW = 64


class TickStore:
    """The ticks of a shelf; `append` adds tables to the log, all of them or none."""

    def __init__(self, shelf: Shelf, recordings: Recordings, append: Append) -> None:
        self._shelf = shelf
        self._recordings = recordings
        self._append = append

    def append(self, ticks: Sequence[Tick], *, filling: bool = False) -> None:
        """Store ticks in the order given, all of them or none.

        Historical ones that are `filling` a hole take the place of whatever was seen of their seconds.
        """
        kinds = defaultdict[tuple[TickType, bool], list[Tick]](list)
        for tick in ticks:
            if tick.source == "l1":
                raise BadRequest(
                    "ticks from a market-data line are samples and are not stored; leave them out"
                )
            kinds[kind_of(tick), tick.source == "history"].append(tick)
        tables = [
            (
                f"ticks/{kind}",
                self._answer(group, kind, FILLED if filling else WHOLE) if old else self._live(group, kind),
            )
            for (kind, old), group in kinds.items()
        ]
        self._append(tables)

    def append_table(self, kind: TickType, table: pa.Table, now: int) -> None:
        """As `append`, for ticks of one source as a table; see `TimeseriesDB.append_tick_table`."""
        given, history = given_ticks(kind, table, now)
        if given.rows.num_rows:
            placed = self._one_answer(given).numbered() if history else self._as_they_came(given, kind)
            self._append([(f"ticks/{kind}", placed.complete())])

    def whole(self, kind: TickType, table: pa.Table, now: int) -> Given:
        """A table of whole seconds for a bulk load: one answer, which saw all it tells of. Not numbered."""
        return self._one_answer(given_ticks(kind, table, now, default="history")[0])

    def read(
        self,
        series: TickSeries,
        start: int,
        end: int,
        columns: Sequence[str] | None = None,
        *,
        words: bool = False,
    ) -> pa.Table:
        """The ticks of [start, end), settled; see `data_processing.tick_merge`. `time` is among `columns`.

        `words` come as numbers into dictionaries.
        """
        names = columns or tick_schema(series.kind).names
        return self._shelf.steady(lambda: self._read(series, start, end, names, words))

    def _read(
        self, series: TickSeries, start: int, end: int, columns: Sequence[str], words: bool
    ) -> pa.Table:
        look = self._shelf.look(series.section, (series.contract_id, series.exchange))
        changed = self._changed(series, look, start, end, columns)
        files = [file for file in look.files if file.first < end and start <= file.last]
        settled = [file for file in files if not changed or file.span[0] // DAY not in changed]
        parts = list[pa.Table]()
        # What is settled is read together, as far as no changed day lies between.
        for day in sorted(changed):
            before = [file for file in settled if file.span[0] < day * DAY]
            parts += self._shelf.read(before, series, start, end, columns, encoded=words)
            parts.append(encoded(changed[day]) if words else changed[day])
            settled = settled[len(before) :]
        parts += self._shelf.read(settled, series, start, end, columns, encoded=words)
        if not parts:
            none = empty(series.section).select(columns)
            return encoded(none) if words else none
        rows = parts[0] if len(parts) == 1 else pa.concat_tables(parts)
        return rows.unify_dictionaries() if words else rows

    def _changed(
        self, series: TickSeries, look: Look, start: int, end: int, columns: Sequence[str]
    ) -> dict[int, pa.Table]:
        """The days of which the log has something."""
        if not look.tail:
            return {}
        fresh = pa.concat_tables([part.select(tick_schema(series.kind).names) for part in look.tail])
        days = ints(fresh, "time") // DAY
        told = (day for day in np.unique(days).tolist() if _in(day, start, end))
        found = {day: self._day(series, look, fresh, days, day).select(columns) for day in told}
        return {day: between(rows, start, end) for day, rows in found.items()}

    def _day(
        self,
        series: TickSeries,
        look: Look,
        fresh: pa.Table,
        days: Ints,
        day: int,
    ) -> pa.Table:
        """A day of which the log has something: only the seconds that may change are folded."""
        rows = fresh.filter(column(days == day)) if (days != day).any() else fresh
        span = day * DAY, (day + 1) * DAY
        names = tick_schema(series.kind).names
        files = [file for file in look.files if file.span == span]
        parts = self._shelf.read(files, series, *span, names)
        if not parts:
            return numbered(fold([rows], series.kind))
        stored = pa.concat_tables(parts)
        first = min(_first_open(stored), int(np.searchsorted(ints(stored, "time"), _first_second(rows))))
        changed = fold([stored.slice(first), rows], series.kind)
        return pa.concat_tables([stored.slice(0, first), numbered(changed)])

    def _answer(self, ticks: Sequence[Tick], kind: TickType, seen: int) -> pa.Table:
        """Historical ticks: a recording of their own, which saw all it tells of."""
        return self._one_answer(given_events(ticks, kind), seen).numbered().complete()

    def _live(self, ticks: Sequence[Tick], kind: TickType) -> pa.Table | Rows:
        few = self._few(ticks, kind) if len(ticks) <= _FEW else None
        return few or self._as_they_came(given_events(ticks, kind), kind).complete()

    def _few(self, ticks: Sequence[Tick], kind: TickType) -> Rows | None:
        recordings = [
            self._recordings.of(TickSeries(each.contract_id, each.exchange, kind)) for each in ticks
        ]
        ordinal, seen = zip(
            *(each.place(tick.time) for each, tick in zip(recordings, ticks, strict=True)), strict=True
        )
        return tick_rows(ticks, kind, [each.number for each in recordings], ordinal, seen)

    def _one_answer(self, given: Given, seen: int = WHOLE) -> Given:
        """Of one answer, which saw all of its seconds."""
        constants = {**given.constants, "seen": seen, "recording": self._recordings.number()}
        return given._replace(constants=constants)

    def _as_they_came(self, given: Given, kind: TickType) -> Given:
        codes, routes = coded(given.rows)
        recordings = [self._recordings.of(TickSeries(*route, kind)) for route in routes]
        ordinal, seen, recording = place_live(recordings, codes, ints(given.rows, "time") // SECOND)
        return given.with_columns(ordinal=ordinal, seen=seen, recording=recording)


def _in(day: int, start: int, end: int) -> bool:
    return day * DAY < end and start < (day + 1) * DAY


def _first_second(rows: pa.Table) -> int:
    first = int(ints(rows, "time").min())
    return first - first % SECOND


def _first_open(stored: pa.Table) -> int:
    """The first row that a later second of its recording makes whole."""
    found = np.flatnonzero(numbers(stored["seen"]) == OPEN)
    if not len(found):
        return int(stored.num_rows)
    times = ints(stored, "time")
    return int(np.searchsorted(times, int(times[found[0]]) // SECOND * SECOND))
