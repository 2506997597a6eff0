"""Arrow schemas of bars and ticks, and events as tables.

`time` and the times we knew a thing (`known_at` of a bar, `received` of a tick) are UTC nanoseconds. A
missing price or size is null. Rows lie in the log and in the files with the contract they belong to
(`stored_schema`); readers of one series get them without.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import pyarrow as pa

from market.events import Bar, Midpoint, Quote, Tick, TickType, Trade

TIME = pa.timestamp("ns", tz="UTC")

BARS = pa.schema(
    [
        ("time", TIME),
        *((name, pa.float64()) for name in ("open", "high", "low", "close", "volume", "average")),
        ("count", pa.int64()),
        ("final", pa.bool_()),
        ("source", pa.string()),
        ("data_type", pa.int8()),
        ("version", pa.int32()),
        ("known_at", TIME),
    ]
)

# How much of its second a tick's recording saw, see `data_processing.tick_merge`.
PARTIAL, OPEN, WHOLE, FILLED = 0, 1, 2, 3

_KEY = [
    ("time", TIME),
    ("ordinal", pa.int32()),
    ("data_type", pa.int8()),
    ("source", pa.string()),
    ("seen", pa.int8()),
    ("disputed", pa.bool_()),
    ("recording", pa.int64()),
    ("received", TIME),
]
_TRADE = [
    ("price", pa.float64()),
    ("size", pa.float64()),
    ("venue", pa.string()),
    ("conditions", pa.string()),
    ("past_limit", pa.bool_()),
    ("unreported", pa.bool_()),
]
_QUOTE = [
    *((name, pa.float64()) for name in ("bid", "ask", "bid_size", "ask_size")),
    ("bid_past_low", pa.bool_()),
    ("ask_past_high", pa.bool_()),
]
TICKS: dict[TickType, pa.Schema] = {
    "Last": pa.schema(_KEY + _TRADE),
    "AllLast": pa.schema(_KEY + _TRADE),
    "BidAsk": pa.schema(_KEY + _QUOTE),
    "MidPoint": pa.schema([*_KEY, ("price", pa.float64())]),
}
BOOKKEEPING = tuple(name for name, _ in _KEY)
IDS = ("contract_id", "exchange")
_ID_FIELDS = [pa.field("contract_id", pa.int64()), pa.field("exchange", pa.string())]


def with_ids(schema: pa.Schema) -> pa.Schema:
    """The schema of rows that say which contract they belong to."""
    return pa.schema([*_ID_FIELDS, *schema])


_STORED_TICKS = {f"ticks/{kind}": with_ids(schema) for kind, schema in TICKS.items()}
_STORED_BARS = with_ids(BARS)


def stored_schema(section: str) -> pa.Schema:
    """The columns of the files and of the log in a section of the store."""
    return _STORED_BARS if section.startswith("bars/") else _STORED_TICKS[section]


def values_of(kind: TickType) -> list[str]:
    """The columns that say what happened, as opposed to when and how we know."""
    return [name for name in TICKS[kind].names if name not in BOOKKEEPING]


def kind_of(tick: Tick) -> TickType:
    """The stream that carries such a tick."""
    if isinstance(tick, Trade):
        return tick.tick_type
    return "BidAsk" if isinstance(tick, Quote) else "MidPoint"


def bars_table(bars: Sequence[Bar], schema: pa.Schema = BARS) -> pa.Table:
    """One row per bar, in the order given, each its own first version."""
    count = len(bars)
    columns = {"version": pa.array([0] * count, pa.int32())}
    return _table(bars, schema, columns, {"known_at": "received"})


def ticks_table(
    ticks: Sequence[Trade | Quote | Midpoint],
    kind: TickType,
    recording: int | Sequence[int],
    ordinals: Sequence[int],
    seen: Sequence[int],
    *,
    ids: bool = False,
) -> pa.Table:
    """One row per tick, in the order given, with `ids` as it is stored."""
    count = len(ticks)
    columns = {
        "ordinal": pa.array(ordinals, pa.int32()),
        "seen": pa.array(seen, pa.int8()),
        "disputed": pa.array([False] * count, pa.bool_()),
        "recording": pa.array([recording] * count if isinstance(recording, int) else recording, pa.int64()),
    }
    return _table(ticks, with_ids(TICKS[kind]) if ids else TICKS[kind], columns, {})


def _table(
    events: Sequence[Any],  # bars or ticks: the schema names the fields to read
    schema: pa.Schema,
    columns: dict[str, pa.Array],
    renamed: dict[str, str],
) -> pa.Table:
    read = [field for field in schema if field.name not in columns]
    fields = [renamed.get(field.name, field.name) for field in read]
    # One pass over the events in C, then one over the columns.
    values = zip(*map(attrgetter(*fields), events), strict=True) if events else ([] for _ in fields)
    made = {field.name: _array(column, field.type) for field, column in zip(read, values, strict=True)}
    made |= columns
    return pa.Table.from_arrays([made[name] for name in schema.names], schema=schema)


def _array(values: Any, kind: pa.DataType) -> pa.Array:  # a tuple of whatever the field holds
    # Arrow would take integers for another unit of time.
    return pa.array(values, pa.int64()).cast(kind) if kind == TIME else pa.array(values, kind)
