"""SQL over a store by DuckDB: read-only, shut off from all other files, bounded in memory.

The views are those of `data_processing.queries.views`. Times are shown to the microsecond, which SQL's
functions of time take; the store's nanoseconds are in its own answers. Whatever changes, copies or opens
anything is refused twice: before it runs, by the kind of the statement, and by DuckDB, which may read the
store's files and nothing else.
"""

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa

from data_processing.queries.views import Part, View, names, verify, view
from data_processing.timeseries_db import TimeseriesDB
from data_storage.tables import TIME, WHOLE
from market.errors import BadRequest

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")

MEMORY = 2 * 1024**3
ROWS = 10_000
_SAME = "f.contract_id = s.contract_id AND f.exchange = s.exchange"
_OPTIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}


@contextmanager
def query(
    db: TimeseriesDB, sql: str, *, memory: int = MEMORY, check: bool = False
) -> Iterator[pa.RecordBatchReader]:
    """The answer to one SELECT (or EXPLAIN, DESCRIBE, SUMMARIZE, SHOW TABLES), in batches of `ROWS` rows.

    DuckDB compares no checksums, so that a page which a disk has changed may give wrong values: with `check`
    all files of the tables asked for are read and compared first. Raise `DamagedFile` for one that is bad.
    What does not fit into `memory` bytes goes to the disk meanwhile. Raise `BadRequest` with DuckDB's words
    for a statement that is wrong or changes something, or that needs more memory all the same.
    """
    import duckdb

    with (
        db.frozen(),
        _in_words(db, sql),
        # What does not fit into memory goes with the query.
        tempfile.TemporaryDirectory(prefix="truetick-sql-") as spill,
        duckdb.connect(":memory:", config=_OPTIONS) as base,
    ):
        _check(base.extract_statements(sql))
        wanted = _wanted(db, sql)
        if check:
            verify(db, wanted)
        _prepare(base, wanted, spill, memory)
        answer = base.sql(sql)
        if answer is None:
            raise BadRequest("the statement gives no rows; write a SELECT")
        with ThreadPoolExecutor(1) as worker:
            reader = _waited(base, worker, lambda: answer.to_arrow_reader(ROWS))
            yield pa.RecordBatchReader.from_batches(reader.schema, _batches(base, worker, reader))


def _batches(
    base: "duckdb.DuckDBPyConnection", worker: Executor, reader: pa.RecordBatchReader
) -> Iterator[pa.RecordBatch]:
    while (batch := _waited(base, worker, lambda: next(reader, None))) is not None:
        yield batch


def _waited(base: "duckdb.DuckDBPyConnection", worker: Executor, work: Callable[[], T]) -> T:
    """Let another thread work, so that Ctrl-C is heard: DuckDB and Arrow look at no signals while they do."""
    done = worker.submit(work)
    try:
        return done.result()
    except KeyboardInterrupt:
        base.interrupt()
        raise


def _check(statements: "Sequence[duckdb.Statement]") -> None:
    import duckdb

    if len(statements) != 1:
        raise BadRequest(f"there are {len(statements)} statements; give one SELECT at a time")
    allowed = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
    if statements[0].type not in allowed:
        kind = statements[0].type.name
        raise BadRequest(f"{kind} is not allowed, a store is only read here; write a SELECT")


def _wanted(db: TimeseriesDB, sql: str) -> list[View]:
    """The views that are named; all where none is."""
    known, words = names(db), {word.lower() for word in re.findall(r"\w+", sql)}
    return [view(db, name) for name in [name for name in known if name in words] or known]


def _prepare(base: "duckdb.DuckDBPyConnection", wanted: Sequence[View], spill: str, memory: int) -> None:
    files = [str(path) for each in wanted for part in each.parts for path in part.files]
    base.execute("SET TimeZone = 'UTC'")
    base.execute(f"SET memory_limit = '{memory // 1024}KiB'")
    base.execute(f"SET temp_directory = {_quoted(spill)}")
    base.execute(f"SET allowed_paths = [{', '.join(map(_quoted, files))}]")
    base.execute("CREATE SCHEMA held")
    for each in wanted:
        pieces = [_select(base, each, number) for number in range(len(each.parts))]
        base.execute(f'CREATE VIEW "{each.name}" AS {" UNION ALL ".join(pieces)}')
    base.execute("SET enable_external_access = false")
    base.execute("SET lock_configuration = true")


def _select(base: "duckdb.DuckDBPyConnection", of: View, number: int) -> str:
    part, name = of.parts[number], f"{of.name}_{number}"
    columns = ", ".join(_column(field, part) for field in of.schema)
    if part.rows is not None:
        return f"SELECT {columns} FROM {_held(base, name, part.rows)}"  # noqa: S608  # names of ours
    files = f"read_parquet([{', '.join(_quoted(str(path)) for path in part.files)}])"
    but = list[str]()
    if part.stale is not None:
        these = (
            f"FROM {_held(base, name, part.stale)} s WHERE {_SAME} AND f.time >= s.start AND f.time < s.end"
        )
        but.append(f"NOT EXISTS ({these})")
    if part.versioned:
        later = "s.version > 0 AND s.version = f.version + 1 AND f.time = s.time"
        these = f"FROM {files} s WHERE {_SAME} AND {later}"
        but.append(f"NOT EXISTS ({these})")
    where = f" WHERE {' AND '.join(but)}" if but else ""
    return f"SELECT {columns} FROM {files} f{where}"  # noqa: S608  # names of ours, quoted paths


def _held(base: "duckdb.DuckDBPyConnection", name: str, rows: pa.Table) -> str:
    """Keep rows in memory, in a schema of their own: SHOW TABLES tells of ours only."""
    base.register("arrow_rows", rows)
    base.execute(f'CREATE TABLE held."{name}" AS FROM arrow_rows')
    base.unregister("arrow_rows")
    return f'held."{name}"'


def _column(field: pa.Field, part: Part) -> str:
    if field.name in part.given:
        return f'{_quoted(part.given[field.name])} AS "{field.name}"'
    if field.name == "whole" and part.files:
        return f"seen >= {WHOLE} AS whole"
    return f'"{field.name}"::TIMESTAMPTZ AS "{field.name}"' if field.type == TIME else f'"{field.name}"'


@contextmanager
def _in_words(db: TimeseriesDB, sql: str) -> Iterator[None]:
    """Turn what DuckDB says into one line."""
    import duckdb

    mistakes = (duckdb.ProgrammingError, duckdb.DataError, duckdb.OutOfMemoryException)
    try:
        yield
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except (duckdb.Error, pa.ArrowException) as error:
        if not isinstance(error, mistakes) or isinstance(error, duckdb.InvalidInputException):
            # DuckDB does not always say which file it cannot read.
            verify(db, _wanted(db, sql))
        raise BadRequest(f"{_line(error)} (tables: {', '.join(names(db))})") from error


def _line(error: Exception) -> str:
    """The first line, without the picture of the place that follows it."""
    return " ".join(str(error).split("\n\n")[0].split())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
