"""Ticks and bars as tables from outside, brought into the form in which they are stored, or refused."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_processing.contracts import Ints
from data_storage.columns import column
from data_storage.tables import IDS, TIME, WORDS, stored_schema, ticks_table
from market.errors import BadRequest
from market.events import BarSource, DataType, Tick, TickSource, TickType

# So many rows are short work, for which it pays to save calls.
_SHORT = 4_096
_PLACES = ("ordinal", "seen", "disputed", "recording", "whole")
_TICK_CONSTANTS: dict[str, object] = {
    "data_type": int(DataType.LIVE),
    "ordinal": 0,
    "seen": 0,
    "recording": 0,
    **dict.fromkeys(("disputed", "past_limit", "unreported", "bid_past_low", "ask_past_high"), False),
    **dict.fromkeys(("venue", "conditions"), ""),
}
_BAR_CONSTANTS: dict[str, object] = {
    "final": True,
    "source": "history",
    "data_type": int(DataType.LIVE),
    "version": 0,
}
_MISSING_IS_FINE = frozenset(
    {"size", "bid", "ask", "bid_size", "ask_size", "volume", "average", "count", "known_at"}
)
_TICK_SOURCES: Sequence[TickSource] = ("tbt", "history")
_BAR_SOURCES: Sequence[BarSource] = ("ticks", "rtbar", "live", "history")


class Given(NamedTuple):
    """Checked rows: the columns that vary, and the values that all rows have in the others.

    Words that came as numbers into a dictionary are still that.
    """

    rows: pa.Table
    constants: Mapping[str, object]
    schema: pa.Schema

    def with_columns(self, **columns: Ints) -> "Given":
        """With a value for each row in columns that had the same in all."""
        rows = self.rows
        for name, values in columns.items():
            width = self.schema.field(name).type.bit_width // 8
            rows = rows.append_column(name, column(values.astype(f"i{width}")))
        return self._replace(rows=rows)

    def numbered(self) -> "Given":
        """Ticks with their places in this order, unless they have some."""
        if "ordinal" not in self.schema.names or "ordinal" in self.rows.column_names:
            return self
        return self.with_columns(ordinal=np.arange(self.rows.num_rows))

    def complete(self) -> pa.Table:
        """The rows in the form in which they are stored."""
        found = dict(zip(self.rows.column_names, self.rows.columns, strict=True))
        columns = [
            _of_type(found[field.name], field.type)
            if field.name in found
            else self.constant(field.name, field.type, self.rows.num_rows)
            for field in self.schema
        ]
        return pa.Table.from_arrays(columns, schema=self.schema)

    def constant(self, name: str, kind: pa.DataType, count: int) -> pa.Array:
        """A column that all rows have the same in; words may be asked for as `WORDS`."""
        value = self.constants.get(name)
        # Of short columns the same ones are wanted again and again.
        if count > _SHORT:
            return _constant(value, kind, count)
        return _short_constant(value, kind).slice(0, count)


def _constant(value: object, kind: pa.DataType, count: int) -> pa.Array:
    if kind == WORDS:
        return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), pa.array([value], pa.string()))
    if kind == TIME:
        return column(np.full(count, value, np.int64)).cast(TIME)
    return pa.repeat(pa.scalar(value, kind), count)


@lru_cache(maxsize=64)
def _short_constant(value: object, kind: pa.DataType) -> pa.Array:
    return _constant(value, kind, _SHORT)


def given_events(ticks: Sequence[Tick], kind: TickType) -> Given:
    """Ticks of one source whose places are still to be given; raise `BadRequest` for incomplete ones."""
    return Given(ticks_table(ticks, kind), {"disputed": False}, stored_schema(f"ticks/{kind}"))


def given_ticks(
    kind: TickType, table: pa.Table, now: int, *, default: TickSource = "tbt"
) -> tuple[Given, bool]:
    """Ticks whose places are still to be given, and whether they are historical.

    Needed: `contract_id`, `exchange`, `time` and what the kind cannot do without; the rest has defaults:
    live data of source `default`, received `now`. Raise `BadRequest` for anything else.
    """
    constants = _TICK_CONSTANTS | {"source": default, "received": now}
    found = _checked(table, stored_schema(f"ticks/{kind}"), constants, ignored=_PLACES)
    sources = _sources(found)
    if len(sources) > 1 or not sources <= set(_TICK_SOURCES):
        raise BadRequest(
            f"ticks of source {', '.join(sorted(sources))}: give those of one source, tbt or history; "
            "samples of a market-data line are not stored"
        )
    return found, sources == {"history"}


def given_bars(table: pa.Table, now: int) -> Given:
    """Bars. Needed: `contract_id`, `exchange`, `time` and the four prices; the rest has defaults: final, live
    data of history, known since `now`. Raise `BadRequest` for anything else."""
    names = ["known_at" if name == "received" else name for name in table.column_names]
    constants = _BAR_CONSTANTS | {"known_at": now}
    found = _checked(table.rename_columns(names), stored_schema("bars/"), constants, ignored=("version",))
    if strange := _sources(found) - set(_BAR_SOURCES):
        raise BadRequest(f"bars of source {', '.join(sorted(strange))}; give {', '.join(_BAR_SOURCES)}")
    return found


def _checked(
    table: pa.Table, schema: pa.Schema, constants: Mapping[str, object], ignored: Sequence[str]
) -> Given:
    given = [name for name in table.column_names if name not in ignored]
    if strange := sorted(set(given) - set(schema.names)):
        raise BadRequest(f"the table has columns that are not stored: {', '.join(strange)}; leave them out")
    needed = [name for name in schema.names if name not in constants and name not in _MISSING_IS_FINE]
    if missing := sorted(set(needed) - set(given)):
        raise BadRequest(f"the table lacks {', '.join(missing)}; see data_storage.tables")
    rows, only = dict[str, pa.ChunkedArray](), dict[str, object]()
    for name in given:
        values, field = table[name], schema.field(name)
        if name not in IDS and (same := _only(values, field.type)) is not None:
            only[name] = same
            continue
        rows[name] = _cast(values, field)
        if rows[name].null_count and name not in _MISSING_IS_FINE:
            raise BadRequest(f"the table has rows without {name}; fill them in or leave them out")
    if "" in _words_of(rows["exchange"]):
        raise BadRequest("the table has rows without exchange; a contract id alone is no route")
    return Given(pa.table(rows), {**constants, **only}, schema)


def _sources(given: Given) -> set[str]:
    if "source" not in given.rows.column_names:
        return {str(given.constants["source"])}
    return set(pc.unique(given.rows["source"]).to_pylist())


def _words_of(values: pa.ChunkedArray) -> list[object]:
    """The words that occur."""
    if values.num_chunks == 1 and values.type == WORDS and len(values.chunk(0).dictionary) == 1:
        return list(values.chunk(0).dictionary.to_pylist())
    return list(pc.unique(values).to_pylist())


def _only(values: pa.ChunkedArray, kind: pa.DataType) -> object:
    """The value of the type `kind` that all rows have, where that is soon seen; else `None`."""
    if values.null_count or not len(values):
        return None
    if values.type == kind and pa.types.is_boolean(kind):
        true = sum(chunk.true_count for chunk in values.chunks)
        return bool(true) if true in (0, len(values)) else None
    if not (pa.types.is_dictionary(values.type) and values.type.value_type == kind):
        return None
    first = values.chunk(0).dictionary
    same = len(first) == 1 and all(chunk.dictionary.equals(first) for chunk in values.chunks[1:])
    return first[0].as_py() if same else None


def _of_type(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return values if values.type == kind else values.cast(kind)


def _cast(values: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if values.type == field.type:
        return values
    try:
        if pa.types.is_dictionary(values.type) and pa.types.is_string(field.type):
            # Numbers save sorting words, where there are many to sort.
            many = field.name in IDS or len(values) > _SHORT
            return values.cast(WORDS) if many and _is_plain(values) else values.cast(field.type)
        # Integers are nanoseconds already; times without a zone are UTC, as everywhere here.
        is_number = field.type == TIME and pa.types.is_integer(values.type)
        return values.cast(pa.int64()).cast(TIME) if is_number else values.cast(field.type)
    except pa.ArrowException as error:
        why = " ".join(str(error).split())[:120]
        raise BadRequest(
            f"column {field.name} is {values.type} and cannot become {field.type}: {why}"
        ) from error


def _is_plain(words: pa.ChunkedArray) -> bool:
    """Whether equal words have equal numbers, and each number a word."""
    first = words.chunk(0).dictionary if words.num_chunks else pa.array([])
    if first.null_count or len(first.unique()) < len(first):
        return False
    return all(chunk.dictionary.equals(first) for chunk in words.chunks[1:])
