"""Tables as pages and as text: tables in, bytes out."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, Literal, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

ISO = "%Y-%m-%dT%H:%M:%SZ"


class Page(NamedTuple):
    """Some rows; `next` is the time of the first one that is not among them, UTC nanoseconds."""

    table: pa.Table
    next: int | None


def page_of(batches: Iterable[pa.RecordBatch], limit: int) -> Page:
    """The first `limit` rows, less those of a time that would be cut apart; more where one time has more."""
    taken, rows = list[pa.RecordBatch](), 0
    for batch in batches:
        taken.append(batch)
        rows += batch.num_rows
        if rows > limit and batch["time"][-1] != _time_at(taken, limit):
            break
    if not taken:
        return Page(pa.table({"time": pa.array([], pa.timestamp("ns", "UTC"))}), None)
    table = pa.Table.from_batches(taken)
    if rows <= limit:
        return Page(table, None)
    times = table["time"].cast(pa.int64()).to_numpy()
    cut = int(times.searchsorted(times[limit]))
    if cut == 0:
        cut = int(times.searchsorted(times[limit], side="right"))
    return Page(table.slice(0, cut), int(times[cut]) if cut < rows else None)


def _time_at(batches: Iterable[pa.RecordBatch], row: int) -> Any:
    for batch in batches:
        if row < batch.num_rows:
            return batch["time"][row]
        row -= batch.num_rows
    return None


def written(
    table: pa.Table, form: Literal["json", "csv", "arrow"], about: Mapping[str, Any]
) -> tuple[bytes, str]:
    """The bytes and their media type; in texts, times are ISO 8601 in UTC. `about` goes with JSON."""
    if form == "arrow":
        return _arrow(table), "application/vnd.apache.arrow.stream"
    table = _readable(table)
    if form == "csv":
        out = BytesIO()
        pyarrow.csv.write_csv(table, out, pyarrow.csv.WriteOptions(quoting_style="needed"))
        return out.getvalue(), "text/csv; charset=utf-8"
    return msgspec.json.encode({**about, "rows": table.to_pylist()}), "application/json"


def _arrow(table: pa.Table) -> bytes:
    out = BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def _readable(table: pa.Table) -> pa.Table:
    for at, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            column = table[field.name]
            seconds = column.cast(pa.timestamp("s", "UTC"), safe=False)
            whole = pc.all(pc.equal(seconds.cast(column.type), column)).as_py() is not False
            exact = seconds if whole else column
            table = table.set_column(at, field.name, pc.strftime(exact, ISO))
        elif pa.types.is_dictionary(field.type):
            table = table.set_column(at, field.name, table[field.name].cast(field.type.value_type))
    return table
