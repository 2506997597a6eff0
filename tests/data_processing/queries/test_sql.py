from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from data_processing.queries.sql import query
from data_processing.timeseries_db import TimeseriesDB
from data_storage.errors import DamagedFile
from data_storage.ledger import Span, Stream
from market.errors import BadRequest
from market.times import MINUTE, SECOND
from tests.fakes import AAPL, SIM, T0, bar, quote, trade


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        db.put_instruments([AAPL])
        db.upsert_bars([bar(minute, close=float(minute)) for minute in range(5)])
        db.upsert_bars([bar(0, what="MIDPOINT"), bar(0, hours="rth"), bar(0, contract_id=9, exchange="IBIS")])
        db.upsert_bars([bar(0, size="1M"), bar(0, size="5m")])
        db.append_ticks([trade(second, 10.0 + second, 2.0) for second in range(3)])
        yield db


def rows(db: TimeseriesDB, sql: str) -> list[tuple[Any, ...]]:
    with query(db, sql) as answer:
        return [tuple(row.values()) for row in answer.read_all().to_pylist()]


def test_what_was_just_stored_is_found(db: TimeseriesDB) -> None:
    sql = "SELECT count(*), sum(size), max(price) FROM ticks_last"
    assert rows(db, sql) == [(3, 6.0, 12.0)]
    db.append_ticks([trade(9, 50.0, 1.0)])
    assert rows(db, sql) == [(4, 7.0, 50.0)]


def test_a_reader_sees_what_the_writer_does_meanwhile(db: TimeseriesDB) -> None:
    with TimeseriesDB.open(db.folder.parent, SIM) as reader:
        assert rows(reader, "SELECT count(*) FROM ticks_last") == [(3,)]
        db.append_ticks([trade(9)])
        assert rows(reader, "SELECT count(*) FROM ticks_last") == [(4,)]
        db.compact()
        db.append_ticks([trade(10)])
        assert rows(reader, "SELECT count(*), count(*) FILTER (whole) FROM ticks_last") == [(5, 3)]


def test_every_series_of_a_size_is_in_its_table(db: TimeseriesDB) -> None:
    sql = "SELECT contract_id, exchange, what, hours, count(*) FROM bars_1m GROUP BY ALL ORDER BY ALL"
    assert rows(db, sql) == [
        (9, "IBIS", "TRADES", "all", 1),
        (AAPL.contract_id, "SMART", "MIDPOINT", "all", 1),
        (AAPL.contract_id, "SMART", "TRADES", "all", 5),
        (AAPL.contract_id, "SMART", "TRADES", "rth", 1),
    ]


def test_a_month_is_not_taken_for_a_minute(db: TimeseriesDB) -> None:
    assert rows(db, "SELECT count(*) FROM bars_1month") == [(1,)]
    assert rows(db, "SELECT count(*) FROM BARS_1M") == [(8,)]


def test_only_the_latest_version_of_a_bar_counts(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(0, close=77.0, received=T0 + 2 * 86_400 * SECOND)])
    where = "contract_id = 265598 AND what = 'TRADES' AND hours = 'all'"
    assert rows(db, f"SELECT close FROM bars_1m WHERE {where} ORDER BY time LIMIT 2") == [(77.0,), (1.0,)]


def test_times_are_utc_and_take_sqls_functions(db: TimeseriesDB) -> None:
    sql = """
        SELECT time_bucket(INTERVAL 2 minutes, time) AS start, last(close ORDER BY time) FROM bars_1m
        JOIN instruments USING (contract_id, exchange)
        WHERE symbol = 'AAPL' AND what = 'TRADES' AND hours = 'all' AND time >= TIMESTAMPTZ '2026-01-05 14:32'
        GROUP BY ALL ORDER BY start
    """
    start = datetime(2026, 1, 5, 14, 32, tzinfo=UTC)
    assert rows(db, sql) == [(start, 3.0), (start.replace(minute=34), 4.0)]


def test_a_print_meets_the_quote_of_its_time_in_sql(db: TimeseriesDB) -> None:
    db.append_ticks([quote(-5, 1.0, 2.0), quote(2, 3.0, 4.0)])
    asof = "ticks_last t ASOF JOIN ticks_bidask q ON t.time > q.time"
    found = rows(db, f"SELECT t.price, q.bid FROM {asof} ORDER BY t.time")
    assert found == [(10.0, 1.0), (11.0, 1.0), (12.0, 1.0)]


def test_the_ledger_is_a_table(db: TimeseriesDB) -> None:
    stream = Stream(AAPL.contract_id, "SMART", "Last", "tbt")
    db.put_spans([Span(stream, T0, T0 + MINUTE, "gap", "no permission")])
    (found,) = rows(db, 'SELECT kind, state, reason, epoch("end" - start) FROM spans')
    assert found == ("Last", "gap", "no permission", 60.0)


@pytest.mark.parametrize("sql", ["SHOW TABLES", "SELECT view_name FROM duckdb_views() WHERE NOT internal"])
def test_the_tables_are_told(db: TimeseriesDB, sql: str) -> None:
    names = {row[0] for row in rows(db, sql)}
    assert names == {"bars_1m", "bars_1month", "bars_5m", "ticks_last", "instruments", "spans"}


@pytest.mark.parametrize(
    "sql",
    [
        "DROP VIEW bars_1m",
        "COPY bars_1m TO 'x.csv'",
        "SET memory_limit = '9GB'",
        "ATTACH 'x.db'",
        "INSTALL httpfs",
        "SELECT 1; SELECT 2",
        "",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM 'manifest.json'",
    ],
)
def test_whatever_is_no_question_to_the_store_is_refused(
    db: TimeseriesDB, sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadRequest), query(db, sql):
        pass
    assert sorted(tmp_path.rglob("*")) == before


def test_a_slip_is_told_in_one_line_with_the_tables_there_are(db: TimeseriesDB) -> None:
    words = r"bar_1m.*\(tables: bars_1m"
    with pytest.raises(BadRequest, match=words) as caught, query(db, "SELECT * FROM bar_1m"):
        pass
    assert "\n" not in str(caught.value)


def test_what_needs_too_much_memory_is_refused(db: TimeseriesDB) -> None:
    sql = "SELECT list(a.range) FROM range(4000000) a"
    with pytest.raises(BadRequest, match=r"[Mm]emory"), query(db, sql, memory=32 * 1024**2) as answer:
        answer.read_all()


def test_a_long_answer_comes_in_batches(db: TimeseriesDB) -> None:
    with query(db, "SELECT range AS n FROM range(100000)") as answer:
        sizes = [batch.num_rows for batch in answer]
    assert sum(sizes) == 100_000
    assert max(sizes) <= 10_000


def test_files_that_are_replaced_meanwhile_stay_until_they_are_read(db: TimeseriesDB) -> None:
    minutes = range(0, 40 * 1_440, 2)
    db.upsert_bars([bar(minute) for minute in minutes])
    db.compact()
    with query(db, "SELECT * FROM bars_1m") as answer:
        count = answer.read_next_batch().num_rows
        db.upsert_bars([bar(minute + 1) for minute in minutes])
        db.compact()
        count += sum(batch.num_rows for batch in answer)
    # What was there before, three of whose minutes came again, and nothing of what came meanwhile.
    assert count == 8 - 3 + len(minutes)


def test_a_damaged_file_is_named(db: TimeseriesDB) -> None:
    db.compact()
    path = next(db.folder / file.path for file in db.files() if file.section.startswith("bars/1m/TRADES/all"))
    group = pq.read_metadata(path).row_group(0)
    (close,) = (
        group.column(i) for i in range(group.num_columns) if group.column(i).path_in_schema == "close"
    )
    content = bytearray(path.read_bytes())
    first = close.dictionary_page_offset or close.data_page_offset
    content[first : first + close.total_compressed_size] = bytes(close.total_compressed_size)
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match=path.name), query(db, "SELECT sum(close) FROM bars_1m") as answer:
        answer.read_all()


def ticks_file(db: TimeseriesDB) -> Path:
    db.compact()
    return next(db.folder / file.path for file in db.files() if file.section == "ticks/Last")


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:900])])
def test_a_file_that_is_gone_or_cut_short_is_named(db: TimeseriesDB, harm: Callable[[Path], object]) -> None:
    path = ticks_file(db)
    harm(path)
    with pytest.raises(DamagedFile, match=path.name), query(db, "SELECT sum(price) FROM ticks_last"):
        pass


def test_a_changed_page_is_found_when_told_to_check(db: TimeseriesDB) -> None:
    path = ticks_file(db)
    content = bytearray(path.read_bytes())
    group = pq.read_metadata(path).row_group(0)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    price = columns["price"]
    content[(price.dictionary_page_offset or price.data_page_offset) + price.total_compressed_size - 1] ^= 1
    path.write_bytes(content)
    sql = "SELECT count(*) FROM ticks_last"
    assert rows(db, sql) == [(3,)]
    with pytest.raises(DamagedFile, match=path.name), query(db, sql, check=True):
        pass
