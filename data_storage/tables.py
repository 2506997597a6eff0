"""Arrow schemas of bars and ticks, and events as tables.

`time` and the times we knew a thing (`known_at` of a bar, `received` of a tick) are UTC nanoseconds. A
missing price or size is null. Rows lie in the log and in the files with the contract they belong to
(`stored_schema`); readers of one series get them without.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from operator import attrgetter, itemgetter
from typing import Annotated, Any

import msgspec
import pyarrow as pa

from data_storage.log.frames import Rows
from market.errors import BadRequest
from market.events import Bar, Quote, Tick, TickType, Trade

TIME = pa.timestamp("ns", tz="UTC")
WORDS = pa.dictionary(pa.int32(), pa.string())

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
# No row is without these.
ALWAYS = (*IDS, "time", "ordinal", "data_type", "seen", "disputed", "recording", "version")
_ID_FIELDS = [pa.field("contract_id", pa.int64()), pa.field("exchange", pa.string())]


def with_ids(schema: pa.Schema) -> pa.Schema:
    """The schema of rows that say which contract they belong to."""
    return pa.schema([*_ID_FIELDS, *schema])


_STORED_TICKS = {f"ticks/{kind}": with_ids(schema) for kind, schema in TICKS.items()}
_STORED_BARS = with_ids(BARS)


def tick_schema(kind: TickType) -> pa.Schema:
    """The columns of ticks of a kind; raise `BadRequest` for one that does not exist."""
    if kind not in TICKS:
        raise BadRequest(f"there are no ticks of the kind {kind!r}; choose one of {', '.join(TICKS)}")
    return TICKS[kind]


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


class _Form:
    """How events become rows of a schema: from their own fields, `renamed` in it, and from `more` columns."""

    def __init__(self, schema: pa.Schema, renamed: Mapping[str, str], *more: str) -> None:
        read = [name for name in schema.names if name not in more]
        self._schema = schema
        self._fields = attrgetter(*(renamed.get(name, name) for name in read))
        self._event = pa.struct([schema.field(name) for name in read])
        self._always = [name for name in ALWAYS if name in read]
        self._in_order = itemgetter(*map([*read, *more].index, schema.names))
        self._types = list[tuple[tuple(map(_python_type, schema))]]  # type: ignore[misc]

    def table(self, events: Sequence[Any]) -> pa.Table:
        """One row per event, in the order given, without the other columns.

        Raise `BadRequest` for an event without one of `ALWAYS`: the log would take it, no file could.
        """
        # All columns in one call: a call for each costs more than a few events' values do.
        rows = pa.array(list(map(self._fields, events)), self._event)
        batch = pa.RecordBatch.from_struct_array(rows)
        for name in self._always:
            if batch[name].null_count:
                raise BadRequest(f"an event has no {name}, which no stored row may be without")
        return pa.Table.from_batches([batch])

    def rows(self, events: Sequence[Any], *more: Iterable[object]) -> Rows | None:
        """One row per event, as plain values; `more` are those of the other columns.

        `None` where a value is not of its column's type: Arrow may know what to do with it.
        """
        rows = zip(events, *more, strict=False)
        values = [self._in_order((*self._fields(event), *rest)) for event, *rest in rows]
        try:
            return Rows(self._schema, msgspec.convert(values, self._types))
        except msgspec.ValidationError:
            return None


def _python_type(field: pa.Field) -> Any:
    """The values that a column holds, for a check of what nobody has looked at yet."""
    if pa.types.is_integer(field.type) or pa.types.is_timestamp(field.type):
        most = 2 ** (field.type.bit_width - 1)
        kind: Any = Annotated[int, msgspec.Meta(ge=-most, le=most - 1)]
    elif pa.types.is_floating(field.type):
        kind = float
    else:
        kind = str if pa.types.is_string(field.type) else bool
    return kind if field.name in ALWAYS else kind | None


_TICK_FORMS = {
    kind: _Form(stored_schema(f"ticks/{kind}"), {}, "ordinal", "seen", "disputed", "recording")
    for kind in TICKS
}


@lru_cache
def _bar_form(schema: pa.Schema) -> _Form:
    return _Form(schema, {"known_at": "received"}, "version")


def bars_table(bars: Sequence[Bar], schema: pa.Schema = BARS) -> pa.Table:
    """One row per bar, in the order given, each its own first version."""
    table = _bar_form(schema).table(bars)
    version = pa.repeat(pa.scalar(0, pa.int32()), len(bars))
    return pa.Table.from_arrays(
        [version if name == "version" else table[name] for name in schema.names], schema=schema
    )


def ticks_table(ticks: Sequence[Tick], kind: TickType) -> pa.Table:
    """One row per tick, in the order given, with what it says itself: its place is still to be given."""
    return _TICK_FORMS[kind].table(ticks)


def tick_rows(
    ticks: Sequence[Tick],
    kind: TickType,
    recordings: Sequence[int],
    ordinals: Sequence[int],
    seen: Sequence[int],
) -> Rows | None:
    """One row per tick, as it is stored; `None` where a value is not of its column's type."""
    return _TICK_FORMS[kind].rows(ticks, ordinals, seen, repeat(False), recordings)
