"""Arrow schemas of bars and ticks, and events as tables.

`time` and the times we knew a thing (`known_at` of a bar, `received` of a tick) are UTC nanoseconds. A
missing price or size is null.
"""

from collections.abc import Callable, Sequence
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


def values_of(kind: TickType) -> list[str]:
    """The columns that say what happened, as opposed to when and how we know."""
    return [name for name in TICKS[kind].names if name not in BOOKKEEPING]


def kind_of(tick: Tick) -> TickType:
    """The stream that carries such a tick."""
    if isinstance(tick, Trade):
        return tick.tick_type
    return "BidAsk" if isinstance(tick, Quote) else "MidPoint"


def bars_table(bars: Sequence[Bar]) -> pa.Table:
    """One row per bar, in the order given, each its own first version."""
    special: dict[str, Callable[[Bar], Any]] = {"known_at": lambda bar: bar.received, "version": lambda _: 0}
    return _table(bars, BARS, special)


def ticks_table(
    ticks: Sequence[Trade | Quote | Midpoint],
    kind: TickType,
    recording: int,
    ordinals: Sequence[int],
    seen: Sequence[int],
) -> pa.Table:
    """One row per tick, in the order given."""
    columns = {"ordinal": ordinals, "seen": seen}
    special: dict[str, Callable[[Tick], Any]] = {
        "recording": lambda _: recording,
        "disputed": lambda _: False,
    }
    return _table(ticks, TICKS[kind], special, columns)


def _table(
    events: Sequence[Any],  # bars or ticks: the schema names the fields to read
    schema: pa.Schema,
    special: dict[str, Callable[[Any], Any]],
    columns: dict[str, Sequence[int]] | None = None,
) -> pa.Table:
    def column(field: pa.Field) -> pa.Array:
        if columns and field.name in columns:
            return pa.array(columns[field.name], field.type)
        read = special.get(field.name)
        values = [read(e) for e in events] if read else [getattr(e, field.name) for e in events]
        return (
            pa.array(values, pa.int64()).cast(field.type)
            if field.type == TIME
            else pa.array(values, field.type)
        )

    return pa.Table.from_arrays([column(field) for field in schema], schema=schema)
