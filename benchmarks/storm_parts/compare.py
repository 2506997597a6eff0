"""The store against the truth: reads both, and gives a verdict for each lossless stream that was wanted."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.storm_parts.rows import Fact, Hole, Verdict, by_seconds, exactly, within
from benchmarks.storm_parts.wants import FIVE_SECONDS, KEPT, TICKS, names
from data_processing.stretches import belongs
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import FOREVER, BarSeries, TickSeries
from market.bar_size import BarSize
from market.events import TickType
from market.instrument import Instrument
from market.source import Feed, Source
from market.times import SECOND
from simulator.truth import Truth

VALUES = ("open", "high", "low", "close", "volume", "average", "count")


class Window(msgspec.Struct, frozen=True):
    """What is compared: [start, end), whole minutes within which everything was wanted."""

    start: int
    end: int


def verdicts(truth: Truth, data: Path, source: Source, feed: Feed, window: Window) -> dict[str, Verdict]:
    """A verdict for each stream by a name like ``AAPL Last`` or ``TSLA 5s TRADES``."""
    with TimeseriesDB.open(data, source) as db:
        side = _Side(truth, db, feed, window)
        contracts = names(list(db.instruments()))
        found = {f"{name} {kind}": side.ticks(contracts[name], kind) for name, kind in TICKS.items()}
        small = [(name, "5s", what) for name, what in FIVE_SECONDS.items()]
        for name, size, what in (*small, *((name, "1m", "TRADES") for name in KEPT)):
            found[f"{name} {size} {what}"] = side.bars(contracts[name], size, what)
    return found


class _Side:
    """Both sides of a comparison."""

    def __init__(self, truth: Truth, db: TimeseriesDB, feed: Feed, window: Window) -> None:
        self._tables = {name: truth.table(name) for name in ("trades", "quotes", "bars")}
        self._db = db
        self._feed = feed
        self._window = window
        self._spans = db.spans()

    def ticks(self, contract: Instrument, kind: TickType) -> Verdict:
        window = self._window
        route = contract.contract_id, contract.exchange
        truth = within(self._tick_facts(contract.contract_id, kind), window.start, window.end)
        stored = list(_stored_ticks(self._db.ticks(*route, kind, window.start, window.end), kind))
        holes = self._holes(TickSeries(*route, kind))
        if self._feed == "tws":
            return by_seconds(truth, stored, holes)
        return exactly(truth, stored, holes, SECOND)

    def bars(self, contract: Instrument, size: str, what: str) -> Verdict:
        window = self._window
        table = self._rows("bars", contract.contract_id)
        chosen = table.filter(pc.and_(pc.equal(table["size"], size), pc.equal(table["what"], what)))
        truth = within(_bar_facts(chosen, "start"), window.start, window.end)
        route = contract.contract_id, contract.exchange
        kept = self._db.bars(*route, size, window.start, window.end, what=what)
        stored = list(_bar_facts(kept.filter(kept["final"]), "time"))
        series = BarSeries(*route, size, what)
        return exactly(truth, stored, self._holes(series), BarSize.parse(size).nanoseconds)

    def _tick_facts(self, number: int, kind: TickType) -> Iterable[Fact]:
        if kind in ("Last", "AllLast"):
            return _trades(self._rows("trades", number), every=kind == "AllLast")
        return _quotes(self._rows("quotes", number), middle=kind == "MidPoint")

    def _rows(self, name: str, number: int) -> Any:
        table = self._tables[name]
        return table.filter(pc.equal(table["contract_id"], number))

    def _holes(self, series: TickSeries | BarSeries) -> list[Hole]:
        gaps = [each for each in self._spans if each.state == "gap" and belongs(each, series)]
        return [Hole(each.start, FOREVER[1] if each.end is None else each.end, each.reason) for each in gaps]


def _columns(table: Any, *wanted: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(_plain(table[name]).to_pylist() for name in wanted), strict=True)


def _plain(column: Any) -> Any:
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column


def _trades(table: Any, *, every: bool) -> Iterator[Fact]:
    for time, price, size, last, servable in _columns(table, "time", "price", "size", "last", "servable"):
        if every or last:
            yield Fact(time, (price, size), servable)


def _quotes(table: Any, *, middle: bool) -> Iterator[Fact]:
    fields = ("bid", "ask", "bid_size", "ask_size")
    rows = list(_columns(table, "time", "servable", *fields))
    said = [(row[0], round((row[2] + row[3]) / 2, 10) if middle else row[2:], row[1]) for row in rows]
    for before, (time, value, servable) in pairwise([(0, None, True), *said]):
        yield Fact(time, value, servable, optional=value == before[1])


def _stored_ticks(table: Any, kind: TickType) -> Iterator[Fact]:
    fields: Mapping[str, tuple[str, ...]] = {
        "BidAsk": ("bid", "ask", "bid_size", "ask_size"),
        "MidPoint": ("price",),
    }
    for time, *values in _columns(table, "time", *fields.get(kind, ("price", "size"))):
        yield Fact(time, values[0] if kind == "MidPoint" else tuple(values))


def _bar_facts(table: Any, start: str) -> Iterator[Fact]:
    verdict = ("complete", "servable") if start == "start" else ()
    for time, *row in _columns(table, start, *VALUES, *verdict):
        values = tuple(None if value in (None, -1) else round(value, 8) for value in row[: len(VALUES)])
        if start == "time" or row[-2]:
            yield Fact(time, values, row[-1] if verdict else True)
