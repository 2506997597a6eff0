"""Ticks and bars as tables from outside, brought into the form in which they are stored, or refused."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from data_storage.tables import BARS, TICKS, TIME, with_ids
from market.errors import BadRequest
from market.events import BarSource, DataType, TickSource, TickType

_OPTIONAL = {"past_limit": False, "unreported": False, "bid_past_low": False, "ask_past_high": False}
_TEXTS = ("venue", "conditions")
_MISSING_IS_FINE = frozenset(
    {"size", "bid", "ask", "bid_size", "ask_size", "volume", "average", "count", "known_at"}
)
_TICK_SOURCES: Sequence[TickSource] = ("tbt", "history")
_BAR_SOURCES: Sequence[BarSource] = ("ticks", "rtbar", "live", "history")


def stored_ticks(
    kind: TickType, table: pa.Table, now: int, *, default: TickSource = "tbt"
) -> tuple[pa.Table, bool]:
    """The columns of stored ticks, their places still to be given, and whether they are historical.

    Needed: `contract_id`, `exchange`, `time` and what the kind cannot do without; the rest has defaults:
    live data of source `default`, received `now`. Raise `BadRequest` for anything else.
    """
    constants: dict[str, object] = {
        "data_type": int(DataType.LIVE),
        "source": default,
        "received": now,
        "ordinal": 0,
        "seen": 0,
        "disputed": False,
        "recording": 0,
        **_OPTIONAL,
        **dict.fromkeys(_TEXTS, ""),
    }
    ignored = {"ordinal", "seen", "disputed", "recording", "whole"}
    table = table.select([name for name in table.column_names if name not in ignored])
    rows = _brought(table, with_ids(TICKS[kind]), constants)
    sources = pc.unique(rows["source"]).to_pylist()
    if len(sources) > 1 or not set(sources) <= set(_TICK_SOURCES):
        raise BadRequest(
            f"ticks of source {', '.join(map(str, sources))}: give those of one source, tbt or history; "
            "samples of a market-data line are not stored"
        )
    return rows, sources == ["history"]


def stored_bars(table: pa.Table, now: int) -> pa.Table:
    """The columns of stored bars. Needed: `contract_id`, `exchange`, `time` and the four prices; the rest has
    defaults: final, live data of history, known since `now`. Raise `BadRequest` for anything else."""
    constants: dict[str, object] = {
        "final": True,
        "source": "history",
        "data_type": int(DataType.LIVE),
        "version": 0,
        "known_at": now,
        **dict.fromkeys(("volume", "average", "count")),
    }
    renamed = table.rename_columns(
        ["known_at" if name == "received" else name for name in table.column_names]
    )
    rows = _brought(
        renamed.drop_columns([n for n in ("version",) if n in renamed.column_names]),
        with_ids(BARS),
        constants,
    )
    if strange := set(pc.unique(rows["source"]).to_pylist()) - set(_BAR_SOURCES):
        raise BadRequest(f"bars of source {', '.join(map(str, strange))}; give {', '.join(_BAR_SOURCES)}")
    return rows


def _brought(table: pa.Table, schema: pa.Schema, constants: Mapping[str, object]) -> pa.Table:
    if strange := sorted(set(table.column_names) - set(schema.names)):
        raise BadRequest(f"the table has columns that are not stored: {', '.join(strange)}; leave them out")
    if missing := sorted(
        {name for name in schema.names if name not in constants} - set(table.column_names) - _MISSING_IS_FINE
    ):
        raise BadRequest(f"the table lacks {', '.join(missing)}; see data_storage.tables")
    columns = [_column(table, field, constants) for field in schema]
    rows = pa.Table.from_arrays(columns, schema=schema)
    for name in schema.names:
        if name not in _MISSING_IS_FINE and rows[name].null_count:
            raise BadRequest(f"the table has rows without {name}; fill them in or leave them out")
    if rows.num_rows and pc.any(pc.equal(rows["exchange"], "")).as_py():
        raise BadRequest("the table has rows without exchange; a contract id alone is no route")
    return rows


def _column(table: pa.Table, field: pa.Field, constants: Mapping[str, object]) -> pa.ChunkedArray | pa.Array:
    if field.name not in table.column_names:
        value = constants.get(field.name)
        if field.type == TIME and value is not None:
            return pa.repeat(pa.scalar(value, pa.int64()), table.num_rows).cast(TIME)
        return pa.repeat(pa.scalar(value, field.type), table.num_rows)
    column = table[field.name]
    if column.type == field.type:
        return column
    try:
        # Integers are nanoseconds already; times without a zone are UTC, as everywhere here.
        is_number = field.type == TIME and pa.types.is_integer(column.type)
        return column.cast(pa.int64()).cast(TIME) if is_number else column.cast(field.type)
    except pa.ArrowException as error:
        why = " ".join(str(error).split())[:120]
        raise BadRequest(
            f"column {field.name} is {column.type} and cannot become {field.type}: {why}"
        ) from error
