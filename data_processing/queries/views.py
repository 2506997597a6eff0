"""The tables that SQL sees of a store.

`ticks_last`, `ticks_alllast`, `ticks_bidask`, `ticks_midpoint`; `bars_1m` and so on, one for each size that
is stored (a month is `bars_1month`), the latest version of each bar; `instruments`, and `spans`, the ledger
of what was wanted. Rows carry `contract_id` and `exchange`, those of bars `what` and `hours` too.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from data_processing.contracts import coded
from data_processing.settling import ints
from data_processing.timeseries_db import TimeseriesDB
from data_storage import row_groups
from data_storage.errors import DamagedFile
from data_storage.layout import BarSeries, Series, TickSeries, series_in
from data_storage.manifest import StoreFile
from data_storage.tables import BARS, TIME, stored_schema
from market.times import DAY, SECOND

_IDS = [("contract_id", pa.int64()), ("exchange", pa.string())]
INSTRUMENTS = pa.schema(
    [
        *_IDS,
        *(
            (name, pa.string())
            for name in ("symbol", "local_symbol", "sec_type", "currency", "name", "expiry")
        ),
        *((name, pa.float64()) for name in ("strike", "multiplier", "min_tick")),
        *((name, pa.string()) for name in ("right", "primary_exchange", "trading_class", "time_zone")),
    ]
)
SPANS = pa.schema(
    [
        *_IDS,
        *((name, pa.string()) for name in ("kind", "source", "what", "hours")),
        ("start", TIME),
        ("end", TIME),
        ("state", pa.string()),
        ("reason", pa.string()),
        ("rows", pa.int64()),
    ]
)


class Part(msgspec.Struct, frozen=True):
    """Rows of a view: in `files`, or in memory as `rows`; `given` are columns that have one value there.

    Of files those rows are left out that lie in one of `stale` (a contract and [start, end) of time), and,
    where they are `versioned`, all but the latest versions.
    """

    files: Sequence[Path] = ()
    rows: pa.Table | None = None
    given: Mapping[str, str] = {}
    stale: pa.Table | None = None
    versioned: bool = False


class View(msgspec.Struct, frozen=True):
    """A table of these columns and where its rows are."""

    name: str
    schema: pa.Schema
    parts: Sequence[Part]


def view_of(section: str) -> str:
    """The name of the table that a section of the store is part of.

    >>> view_of("ticks/BidAsk"), view_of("bars/1m/TRADES/all"), view_of("bars/1month/TRADES/all")
    ('ticks_bidask', 'bars_1m', 'bars_1month')
    """
    # SQL ignores case and would take a month for a minute; the folders' names know that.
    return "_".join(section.split("/")[:2]).lower()


def names(db: TimeseriesDB) -> list[str]:
    """The names of all tables of `db`."""
    return [*sorted({view_of(each) for each in db.sections()}), *_SMALL]


def view(db: TimeseriesDB, name: str) -> View:
    """The table of that name, which is one of `names`; raise `DamagedFile` for a file that is gone."""
    if name in _SMALL:
        return _SMALL[name](db)
    # What is settled in files is read there; what the log changes is settled here, in memory.
    sections = [each for each in db.sections() if view_of(each) == name]
    parts = [part for section in sections for part in _parts_of(db, section)]
    return View(name, _schema(sections[0]), parts)


def verify(db: TimeseriesDB, tables: Sequence[View]) -> None:
    """Read all files of these tables; raise `DamagedFile`, naming it, for the first that cannot be read."""
    for path in [path for each in tables for part in each.parts for path in part.files]:
        row_groups.footer(path, db.source, path.parent.relative_to(db.folder).as_posix())
        row_groups.verify(path)


def _schema(section: str) -> pa.Schema:
    stored = stored_schema(section)
    if section.startswith("bars/"):
        return pa.schema([*_IDS, ("what", pa.string()), ("hours", pa.string()), *BARS])
    shown = (pa.field("whole", pa.bool_()) if each.name == "seen" else each for each in stored)
    return pa.schema([each for each in shown if each.name != "recording"])


def _parts_of(db: TimeseriesDB, section: str) -> Iterator[Part]:
    look, of = db.look(section), series_in(section, 0, "-")
    for path in (db.folder / file.path for file in look.files):
        if not path.exists():
            raise DamagedFile(f"{path} is missing; restore it or fetch that time again")
    given = {"what": of.what, "hours": of.hours} if isinstance(of, BarSeries) else {}
    changed = [each for tail in look.tail for each in _changed(tail, section)]
    if isinstance(of, TickSeries):
        changed = [_widened(db, each, look.files) for each in changed]
    if changed:
        yield Part(rows=pa.concat_tables([_rows(db, each) for each in changed]), given=given)
    kinds = defaultdict[tuple[bool, bool], list[Path]](list)
    for file in look.files:
        touched = any(each.start <= file.last and file.first < each.end for each in changed)
        kinds[touched, _versioned(db, file)].append(db.folder / file.path)
    for (touched, versioned), files in kinds.items():
        yield Part(files=files, given=given, stale=_stale(changed) if touched else None, versioned=versioned)


class _Changed(NamedTuple):
    """Of [start, end) of a series the log has something to say."""

    series: Series
    start: int
    end: int


def _changed(tail: pa.Table, section: str) -> Iterator[_Changed]:
    """Where the log's rows lie, by contract and UTC day: history may lie years from what streams."""
    times, (codes, routes) = ints(tail, "time"), coded(tail)
    days = times // DAY
    for code, route in enumerate(routes):
        mine = codes == code
        for day in np.unique(days[mine]).tolist():
            found = times[mine & (days == day)]
            yield _Changed(series_in(section, *route), int(found.min()), int(found.max()) + 1)


def _widened(db: TimeseriesDB, changed: _Changed, files: Sequence[StoreFile]) -> _Changed:
    """Seconds are replaced whole; and a later tick tells that the second before it was over."""
    series, start, end = changed
    for file in files:
        if file.span[0] <= start < file.span[1]:
            entry = db.footer(file).of.get((series.contract_id, series.exchange))
            start = min(start, entry.last) if entry else start
    return _Changed(series, start - start % SECOND, -(-end // SECOND) * SECOND)


def _stale(changed: Sequence[_Changed]) -> pa.Table:
    columns = {
        "contract_id": pa.array([each.series.contract_id for each in changed], pa.int64()),
        "exchange": pa.array([each.series.exchange for each in changed], pa.string()),
    }
    for name in ("start", "end"):
        columns[name] = pa.array([getattr(each, name) for each in changed], pa.int64()).cast(TIME)
    return pa.table(columns)


def _rows(db: TimeseriesDB, changed: _Changed) -> pa.Table:
    series, start, end = changed
    route = series.contract_id, series.exchange
    if isinstance(series, BarSeries):
        rows = db.bars(*route, series.size, start, end, what=series.what, hours=series.hours)
    else:
        rows = db.ticks(*route, series.kind, start, end)
    ids = [pa.repeat(pa.scalar(value), rows.num_rows) for value in route]
    return pa.table([*ids, *rows.columns], names=["contract_id", "exchange", *rows.column_names])


def _versioned(db: TimeseriesDB, file: StoreFile) -> bool:
    """Whether a file holds earlier versions of bars."""
    return file.section.startswith("bars/") and any(each.revised for each in db.footer(file).entries)


def _instruments(db: TimeseriesDB) -> View:
    return _small("instruments", INSTRUMENTS, [msgspec.to_builtins(each) for each in db.instruments()])


def _spans(db: TimeseriesDB) -> View:
    rows = [msgspec.to_builtins(each.stream) | msgspec.structs.asdict(each) for each in db.spans()]
    return _small("spans", SPANS, rows)


def _small(name: str, schema: pa.Schema, rows: Sequence[Mapping[str, object]]) -> View:
    """A table that always fits into memory."""
    plain = pa.schema([(f.name, pa.int64() if f.type == TIME else f.type) for f in schema])
    return View(name, schema, [Part(rows=pa.Table.from_pylist(list(rows), schema=plain).cast(schema))])


_SMALL: dict[str, Callable[[TimeseriesDB], View]] = {"instruments": _instruments, "spans": _spans}
