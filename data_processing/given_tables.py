"""Ticks and bars as tables from outside, brought into the form in which they are stored, or refused."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_processing.contracts import Ints
from data_storage.tables import IDS, TIME, WORDS, stored_schema
from market.errors import BadRequest
from market.events import BarSource, DataType, TickSource, TickType

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
            rows = rows.append_column(name, pa.array(values).cast(self.schema.field(name).type))
        return self._replace(rows=rows)

    def numbered(self) -> "Given":
        """Ticks with their places in this order, unless they have some."""
        if "ordinal" not in self.schema.names or "ordinal" in self.rows.column_names:
            return self
        return self.with_columns(ordinal=np.arange(self.rows.num_rows))

    def complete(self) -> pa.Table:
        """The rows in the form in which they are stored."""
        columns = [
            self.rows[field.name].cast(field.type)
            if field.name in self.rows.column_names
            else self.constant(field.name, field.type, self.rows.num_rows)
            for field in self.schema
        ]
        return pa.Table.from_arrays(columns, names=self.schema.names)

    def constant(self, name: str, kind: pa.DataType, count: int) -> pa.Array:
        """A column that all rows have the same in; words may be asked for as `WORDS`."""
        value = self.constants.get(name)
        if kind == WORDS:
            return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), pa.array([value], pa.string()))
        if kind == TIME:
            return pa.array(np.full(count, value, np.int64)).cast(TIME)
        return pa.repeat(pa.scalar(value, kind), count)


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
    fields = [field for field in schema if field.name in given]
    rows = pa.table({field.name: _cast(table[field.name], field) for field in fields})
    for name in rows.column_names:
        if name not in _MISSING_IS_FINE and rows[name].null_count:
            raise BadRequest(f"the table has rows without {name}; fill them in or leave them out")
    if "" in pc.unique(rows["exchange"]).to_pylist():
        raise BadRequest("the table has rows without exchange; a contract id alone is no route")
    only = {n: found for n in rows.column_names if n not in IDS and (found := _only(rows[n])) is not None}
    return Given(rows.drop_columns(list(only)), {**constants, **only}, schema)


def _sources(given: Given) -> set[str]:
    if "source" not in given.rows.column_names:
        return {str(given.constants["source"])}
    return set(pc.unique(given.rows["source"]).to_pylist())


def _only(column: pa.ChunkedArray) -> object:
    """The value that all rows have, where that is soon seen; else `None`."""
    if column.null_count or not len(column):
        return None
    if pa.types.is_boolean(column.type):
        found = pc.any(column).as_py()
        return found if found == pc.all(column).as_py() else None
    words = column.chunk(0).dictionary if column.type == WORDS else []
    return words[0].as_py() if len(words) == 1 else None


def _cast(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if column.type == field.type:
        return column
    try:
        if pa.types.is_dictionary(column.type) and pa.types.is_string(field.type) and _is_plain(column):
            return column.cast(WORDS)
        # Integers are nanoseconds already; times without a zone are UTC, as everywhere here.
        is_number = field.type == TIME and pa.types.is_integer(column.type)
        return column.cast(pa.int64()).cast(TIME) if is_number else column.cast(field.type)
    except pa.ArrowException as error:
        why = " ".join(str(error).split())[:120]
        raise BadRequest(
            f"column {field.name} is {column.type} and cannot become {field.type}: {why}"
        ) from error


def _is_plain(words: pa.ChunkedArray) -> bool:
    """Whether equal words have equal numbers, and each number a word."""
    first = words.chunk(0).dictionary if words.num_chunks else pa.array([])
    if first.null_count or len(first.unique()) < len(first):
        return False
    return all(chunk.dictionary.equals(first) for chunk in words.chunks)
