"""The tables that SQL sees of a store.

`ticks_last`, `ticks_alllast`, `ticks_bidask`, `ticks_midpoint`; `bars_1m` and so on, one for each size that
is stored (a month is `bars_1month`), the latest version of each bar; `instruments`, and `spans`, the ledger
of what was wanted. Rows carry `contract_id` and `exchange`, those of bars `what` and `hours` too.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa

from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import FOREVER, BarSeries, Series, TickSeries
from data_storage.tables import BARS, TICKS, TIME

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
    """Rows of a view: in `files`, or in memory as `rows`; `given` are columns that have one value there."""

    files: Sequence[Path] = ()
    rows: pa.Table | None = None
    given: Mapping[str, str] = {}


class View(msgspec.Struct, frozen=True):
    """A table of these columns and where its rows are."""

    name: str
    schema: pa.Schema
    parts: Sequence[Part]


def view_of(series: Series) -> str:
    """The name of the table that a series is part of.

    >>> view_of(TickSeries(1, "SMART", "BidAsk")), view_of(BarSeries(1, "SMART", "1M"))
    ('ticks_bidask', 'bars_1month')
    """
    if isinstance(series, TickSeries):
        return f"ticks_{series.kind.lower()}"
    # SQL ignores case and would take a month for a minute.
    return "bars_1month" if series.size == "1M" else f"bars_{series.size.lower()}"


def names(db: TimeseriesDB) -> list[str]:
    """The names of all tables of `db`."""
    return [*sorted({view_of(each) for each in db.series()}), *_SMALL]


def view(db: TimeseriesDB, name: str) -> View:
    """The table of that name, which is one of `names`."""
    if name in _SMALL:
        return _SMALL[name](db)
    found = [each for each in db.series() if view_of(each) == name]
    return View(name, _schema(found[0]), _parts(db, found))


def _schema(series: Series) -> pa.Schema:
    if isinstance(series, BarSeries):
        return pa.schema([*_IDS, ("what", pa.string()), ("hours", pa.string()), *BARS])
    stored = [field for field in TICKS[series.kind] if field.name != "recording"]
    return pa.schema([*_IDS, *(pa.field("whole", pa.bool_()) if f.name == "seen" else f for f in stored)])


def _parts(db: TimeseriesDB, found: Sequence[Series]) -> list[Part]:
    return [Part(rows=_rows(db, series), given=_given(series)) for series in found]


def _given(series: Series) -> dict[str, str]:
    return {"what": series.what, "hours": series.hours} if isinstance(series, BarSeries) else {}


def _rows(db: TimeseriesDB, series: Series) -> pa.Table:
    if isinstance(series, BarSeries):
        route = series.contract_id, series.exchange, series.size
        rows = db.bars(*route, *FOREVER, what=series.what, hours=series.hours)
    else:
        rows = db.ticks(series.contract_id, series.exchange, series.kind, *FOREVER)
    ids = [pa.repeat(pa.scalar(value), rows.num_rows) for value in (series.contract_id, series.exchange)]
    return pa.table([*ids, *rows.columns], names=["contract_id", "exchange", *rows.column_names])


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
