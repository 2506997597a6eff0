"""Rows of the store as the events that they were."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from market.events import Bar, DataType, Midpoint, Quote, Tick, TickType, Trade
from market.instrument import Instrument

Row = dict[str, Any]
_Place = tuple[int, str, int, int]


def ticks_of(table: pa.Table, instrument: Instrument, kind: TickType) -> Iterator[Tick]:
    """The ticks of a table as `TimeseriesDB.ticks` gives it."""
    make = _TICKS[kind]
    for row in _plain(table, "received"):
        place = instrument.contract_id, instrument.exchange, row["time"], row["received"]
        yield make(place, row, kind)


def bars_of(table: pa.Table, instrument: Instrument, like: dict[str, Any]) -> Iterator[Bar]:
    """The bars of a table as `TimeseriesDB.bars` gives it; `like` has their `size`, `what` and `hours`."""
    names = ("open", "high", "low", "close", "volume", "average", "count", "final", "source", "time")
    of = {"contract_id": instrument.contract_id, "exchange": instrument.exchange, **like}
    for row in _plain(table, "known_at"):
        values = {name: row[name] for name in names}
        yield Bar(received=row["known_at"], data_type=DataType(row["data_type"]), **of, **values)


def _plain(table: pa.Table, known: str) -> Iterator[Row]:
    for name in ("time", known):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, table[name].cast(pa.int64()))
    for batch in table.to_batches():
        yield from batch.to_pylist()


def _trade(place: _Place, row: Row, kind: TickType) -> Tick:
    assert kind in ("Last", "AllLast")
    names = ("price", "size", "venue", "conditions", "past_limit", "unreported", "source")
    return Trade(*place, **_values(row, names), tick_type=kind, data_type=DataType(row["data_type"]))


def _quote(place: _Place, row: Row, kind: TickType) -> Tick:
    names = ("bid", "ask", "bid_size", "ask_size", "bid_past_low", "ask_past_high", "source")
    return Quote(*place, **_values(row, names), data_type=DataType(row["data_type"]))


def _midpoint(place: _Place, row: Row, kind: TickType) -> Tick:
    return Midpoint(*place, row["price"], row["source"], DataType(row["data_type"]))


def _values(row: Row, names: tuple[str, ...]) -> Row:
    return {name: row[name] for name in names}


_TICKS: dict[TickType, Callable[[_Place, Row, TickType], Tick]] = {
    "Last": _trade,
    "AllLast": _trade,
    "BidAsk": _quote,
    "MidPoint": _midpoint,
}
