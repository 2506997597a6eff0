"""The tables of an export: their columns, and how rows reach a file without being held all at once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Row = Sequence[object]
_GROUP = 65_536

_VERDICT = {"servable": pa.bool_(), "rule": pa.dictionary(pa.int32(), pa.string())}
_QUOTE = {"bid": pa.float64(), "ask": pa.float64(), "bid_size": pa.float64(), "ask_size": pa.float64()}
_TEXT = pa.string()

COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "subscriptions": {
        "client_id": pa.int64(),
        "request_id": pa.int64(),
        "kind": _TEXT,
        "contract_id": pa.int64(),
        "symbol": _TEXT,
        "exchange": _TEXT,
        "what": _TEXT,
        "size": _TEXT,
        "hours": _TEXT,
        "begin": pa.int64(),
        "end": pa.int64(),
        "messages": pa.int64(),
    },
    "trades": {
        "contract_id": pa.int64(),
        "time": pa.int64(),
        "price": pa.float64(),
        "size": pa.float64(),
        "venue": _TEXT,
        "conditions": _TEXT,
        "past_limit": pa.bool_(),
        "unreported": pa.bool_(),
        "last": pa.bool_(),
        **_VERDICT,
    },
    "quotes": {"contract_id": pa.int64(), "time": pa.int64(), **_QUOTE, **_VERDICT},
    "lines": {
        "contract_id": pa.int64(),
        "time": pa.int64(),
        **_QUOTE,
        "last": pa.float64(),
        "last_size": pa.float64(),
        "volume": pa.float64(),
        **_VERDICT,
    },
    "bars": {
        "contract_id": pa.int64(),
        "size": _TEXT,
        "what": _TEXT,
        "hours": _TEXT,
        "start": pa.int64(),
        **{name: pa.float64() for name in ("open", "high", "low", "close", "volume", "average")},
        "count": pa.int64(),
        "complete": pa.bool_(),
        **_VERDICT,
    },
    "orders": {
        "time": pa.int64(),
        "event": _TEXT,
        "client_id": pa.int64(),
        "order_id": pa.int64(),
        "perm_id": pa.int64(),
        "contract_id": pa.int64(),
        "status": _TEXT,
        "filled": _TEXT,
        "remaining": _TEXT,
        "average_price": _TEXT,
        "exec_id": _TEXT,
        "price": _TEXT,
        "quantity": _TEXT,
        "commission": _TEXT,
        "code": pa.int64(),
        "text": _TEXT,
        **_VERDICT,
    },
    "requests": {
        "time": pa.int64(),
        "client_id": pa.int64(),
        "message": pa.int64(),
        "request_id": pa.int64(),
        "contract_id": pa.int64(),
        "exchange": _TEXT,
        "what": _TEXT,
        "size": _TEXT,
        "terms": _TEXT,
        "code": pa.int64(),
        "text": _TEXT,
    },
    "incidents": {"time": pa.int64(), "fault": _TEXT, "phase": _TEXT, "arguments": _TEXT},
}


class Sheet:
    """Rows on their way into a file."""

    def __init__(self, writer: Any, schema: Any) -> None:
        self._writer = writer
        self._schema = schema
        self._rows: list[Row] = []
        self.count = 0

    def add(self, row: Row) -> None:
        """One more row, its values in the order of the columns."""
        self._rows.append(row)
        self.count += 1
        if len(self._rows) >= _GROUP:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if self._rows:
            columns = zip(*self._rows, strict=True)
            arrays = [
                pa.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)
            ]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
            self._rows.clear()


@contextmanager
def sheet(path: Path, name: str) -> Iterator[Sheet]:
    """The table `name` as a new file."""
    schema = pa.schema(list(COLUMNS[name].items()))
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        made = Sheet(writer, schema)
        yield made
        made.flush()
