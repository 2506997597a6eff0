"""`data sql "SELECT ..."`: SQL over what is stored; without a query it says which tables there are."""

import argparse
import csv
import io
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from cli.console import emit, say
from market import times
from market.errors import BadRequest, SetupError

if TYPE_CHECKING:
    import pyarrow as pa

    from data_processing.timeseries_db import TimeseriesDB

SHOWN = 40
_AT_ONCE = 1_000
TABLES = "SELECT table_name AS \"table\", string_agg(column_name, ', ' ORDER BY ordinal_position) AS columns \
FROM information_schema.columns WHERE table_schema = 'main' GROUP BY ALL ORDER BY ALL"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `data sql` takes."""
    parser.add_argument("query", nargs="?", default=TABLES, help="one SELECT (which tables there are)")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--csv", action="store_true", help="all rows as CSV")
    kind.add_argument("--json", action="store_true", help="all rows, a JSON object each")
    kind.add_argument("--to", type=Path, metavar="FILE", help="all rows to FILE.csv or FILE.parquet")
    parser.add_argument(
        "--check", action="store_true", help="first read all files of these tables and compare checksums"
    )
    parser.add_argument(
        "--rows", type=int, default=SHOWN, help=f"so many rows are shown as a table ({SHOWN})"
    )


def sql(db: "TimeseriesDB", args: argparse.Namespace) -> None:
    """Run the query and write its rows as they come: memory holds a piece of a long answer."""
    from data_processing.queries.sql import query

    if args.rows < 1:
        raise BadRequest(f"--rows {args.rows}: the number of rows must be above 0")
    if args.to and args.to.suffix.lower() not in (".csv", ".parquet"):
        raise BadRequest(f"{args.to}: write to a name that ends in .csv or .parquet")
    with query(db, args.query, check=args.check) as answer:
        if args.json:
            for row in _rows(answer):
                line = msgspec.json.encode(dict(zip(answer.schema.names, row, strict=True)))
                sys.stdout.buffer.write(line + b"\n")
        elif args.csv:
            for text, _ in _csv(answer):
                sys.stdout.write(text)
        elif args.to:
            _to_file(answer, args.to)
        else:
            _show(answer, args.rows)
    sys.stdout.flush()


def _rows(answer: "pa.RecordBatchReader") -> Iterator[Sequence[Any]]:
    """The rows with times as ISO texts; other values are as Arrow gives them."""
    for batch in answer:
        columns = (column.to_pylist() for column in batch.columns)
        yield from ([_plain(value) for value in row] for row in zip(*columns, strict=True))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return times.iso(times.from_datetime(value))
    return value


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    return repr(value) if isinstance(value, float) else str(value)


def _csv(answer: "pa.RecordBatchReader") -> Iterator[tuple[str, int]]:
    """The header, then some rows at a time, with their number."""
    yield _lines([answer.schema.names]), 0
    rows = _rows(answer)
    while some := list(islice(rows, _AT_ONCE)):
        yield _lines([[_text(value) for value in row] for row in some]), len(some)


def _lines(rows: Sequence[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def _to_file(answer: "pa.RecordBatchReader", path: Path) -> None:
    from data_storage.atomic import replacing

    try:
        with replacing(path) as file:
            if path.suffix.lower() == ".csv":
                count = 0
                for text, rows in _csv(answer):
                    file.write(text.encode())
                    count += rows
            else:
                count = _to_parquet(answer, file)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}; choose another place") from error
    say(f"{count} rows to {path}")


def _to_parquet(answer: "pa.RecordBatchReader", file: Any) -> int:  # a file as Arrow takes it
    import pyarrow.parquet as pq

    count = 0
    with pq.ParquetWriter(file, answer.schema, compression="zstd") as writer:
        for batch in answer:
            writer.write_batch(batch)
            count += batch.num_rows
    return count


def _show(answer: "pa.RecordBatchReader", most: int) -> None:
    rows = list(islice(_rows(answer), most + 1))
    shown = [list(answer.schema.names), *([_text(value) for value in row] for row in rows[:most])]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    number = [_is_number(field.type) for field in answer.schema]
    for row in shown:
        cells = (f"{text:{'>' if n else '<'}{w}}" for text, n, w in zip(row, number, widths, strict=True))
        emit("  ".join(cells).rstrip().encode())
    if len(rows) > most:
        say(f"only the first {most} rows; see more with --rows, all with --csv, --json or --to FILE")


def _is_number(kind: "pa.DataType") -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_decimal(kind))
