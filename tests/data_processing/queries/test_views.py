"""Whatever lies in the log and whatever in files, SQL sees what the store's own methods give."""

import tempfile
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from data_processing.queries.sql import query
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import FOREVER
from market.events import Trade
from market.times import DAY, SECOND
from tests.fakes import SIM, T0, bar, trade

US = pa.timestamp("us", tz="UTC")
IDS = st.sampled_from([1, 2])
BARS = st.tuples(st.just("bars"), IDS, st.integers(-3_000, 3_000), st.integers(1, 9), st.integers(0, 9))
TICKS = st.tuples(st.just("ticks"), IDS, st.integers(0, 3), st.integers(0, 5), st.sampled_from([0, 1, 2]))
OTHERS = st.sampled_from([("compact",), ("reopen",), ("cut",)])


def ticks(contract_id: int, day: int, second: int, how: int) -> list[Trade]:
    source = "history" if how else "tbt"
    seconds = [day * 86_400 + second, day * 86_400 + second, day * 86_400 + second + 1]
    return [trade(each, contract_id=contract_id, source=source, received=T0 + how) for each in seconds]


def compare(db: TimeseriesDB) -> None:
    for name, table in (("bars_1m", stored_bars(db)), ("ticks_last", stored_ticks(db))):
        if table.num_rows:
            names = ", ".join(f'"{each}"' for each in table.column_names)
            key = "contract_id, time" if name == "bars_1m" else "contract_id, time, ordinal"
            with query(db, f"SELECT {names} FROM {name} ORDER BY {key}") as answer:
                found = answer.read_all()
            assert found.to_pylist() == shown(table).to_pylist()


def stored_bars(db: TimeseriesDB) -> pa.Table:
    return with_ids({n: db.bars(n, "SMART", "1m", *FOREVER) for n in (1, 2)})


def stored_ticks(db: TimeseriesDB) -> pa.Table:
    return with_ids({n: db.ticks(n, "SMART", "Last", *FOREVER) for n in (1, 2)})


def with_ids(tables: dict[int, pa.Table]) -> pa.Table:
    return pa.concat_tables(
        table.add_column(0, "contract_id", pa.repeat(pa.scalar(n), table.num_rows))
        for n, table in tables.items()
    )


def shown(table: pa.Table) -> pa.Table:
    """Times to the microsecond, as SQL gives them."""
    fields = [pa.field(f.name, US if pa.types.is_timestamp(f.type) else f.type) for f in table.schema]
    return table.cast(pa.schema(fields), safe=False)


@settings(max_examples=15)
@given(st.lists(st.one_of(BARS, TICKS, OTHERS), min_size=1, max_size=12))
def test_sql_sees_what_the_store_gives(steps: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        db = TimeseriesDB.open(Path(folder), SIM, write=True, sync="off")
        for step in steps:
            match step:
                case ("bars", int(n), int(minute), int(close), int(known)):
                    db.upsert_bars([bar(minute, float(close), contract_id=n, received=T0 + known * SECOND)])
                case ("ticks", int(n), int(day), int(second), int(how)):
                    (db.fill_ticks if how == 2 else db.append_ticks)(ticks(n, day, second, how))
                case ("compact",):
                    db.compact()
                case ("cut",):
                    db.cut()
                case _:
                    db.close()
                    db = TimeseriesDB.open(Path(folder), SIM, write=True, sync="off")
        with TimeseriesDB.open(Path(folder), SIM) as reader:
            compare(reader)
        compare(db)
        db.close()


def test_a_bar_that_was_revised_before_and_after_a_compaction_is_there_once() -> None:
    with tempfile.TemporaryDirectory() as folder, TimeseriesDB.open(Path(folder), SIM, write=True) as db:
        for known in (1, 2):
            db.upsert_bars([bar(0, float(known), received=T0 + known * DAY), bar(1)])
        db.compact()
        with query(db, "SELECT close, version FROM bars_1m ORDER BY time") as answer:
            assert answer.read_all().to_pydict() == {"close": [2.0, 10.0], "version": [1, 0]}
        db.upsert_bars([bar(0, 3.0, received=T0 + 3 * DAY)])
        with query(db, "SELECT close, version FROM bars_1m ORDER BY time") as answer:
            assert answer.read_all().to_pydict() == {"close": [3.0, 10.0], "version": [2, 0]}


def test_a_later_tick_in_the_log_makes_the_second_in_a_file_whole() -> None:
    with tempfile.TemporaryDirectory() as folder, TimeseriesDB.open(Path(folder), SIM, write=True) as db:
        db.append_ticks([trade(0), trade(5)])
        db.compact()
        db.append_ticks([trade(9)])
        with query(db, "SELECT whole FROM ticks_last ORDER BY time") as answer:
            assert answer.read_all()["whole"].to_pylist() == [False, True, False]
