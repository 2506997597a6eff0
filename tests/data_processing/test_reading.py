import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from data_processing.timeseries_db import TimeseriesDB
from data_storage import row_groups
from data_storage.tables import TIME, WORDS
from market.clock import DrivenClock
from market.errors import BadRequest
from market.times import DAY, MINUTE, SECOND
from tests.fakes import AAPL, SIM, T0, bar, trade

ID, LONG = AAPL.contract_id, (T0 - 400 * DAY, T0 + 400 * DAY)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True, clock=DrivenClock(T0 + DAY)) as db:
        yield db


def times(seconds: list[int]) -> pa.Array:
    return pa.array([T0 + second * SECOND for second in seconds]).cast(TIME)


def tick_table(seconds: list[int], **more: object) -> pa.Table:
    count = len(seconds)
    columns = {"contract_id": [ID] * count, "exchange": ["SMART"] * count, "time": times(seconds)}
    return pa.table(columns | {"price": np.arange(count, dtype=float), "size": [1.0] * count} | more)


def bar_table(minutes: list[int], close: list[float], ids: list[int] | None = None) -> pa.Table:
    prices = dict.fromkeys(("open", "high", "low", "close"), close)
    ids = ids or [ID] * len(minutes)
    columns = {"contract_id": ids, "exchange": ["SMART"] * len(ids), "time": times([60 * m for m in minutes])}
    return pa.table(columns | prices)


@pytest.mark.parametrize("compacted", [False, True])
def test_the_newest_rows_come_across_files_and_log(db: TimeseriesDB, compacted: bool) -> None:
    db.upsert_bars([bar(day * 1440, close=float(day)) for day in range(40)])
    db.append_ticks([trade(second, second) for second in (0, 86_400, 172_800)])
    db.compact() if compacted else None
    db.upsert_bars([bar(40 * 1440, close=40.0), bar(39 * 1440, close=-1.0)])
    db.append_ticks([trade(172_801, 3.0)])
    assert db.last_bars(ID, "SMART", "1m", 5)["close"].to_pylist() == [36, 37, 38, -1, 40]
    assert db.last_bars(ID, "SMART", "1m", 99).num_rows == 41
    assert db.last_ticks(ID, "SMART", "Last", 2)["price"].to_pylist() == [172_800, 3]
    with pytest.raises(BadRequest, match="above 0"):
        db.last_bars(ID, "SMART", "1m", 0)


def test_all_contracts_at_one_time_come_from_files_and_log(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(0, contract_id=id_, close=float(id_)) for id_ in (3, 1)])
    db.compact()
    db.upsert_bars([bar(0, contract_id=2, close=2), bar(0, contract_id=3, close=9), bar(1, contract_id=4)])
    table = db.bars_at("1m", T0)
    assert table.select(["contract_id", "exchange", "close"]).to_pylist() == [
        {"contract_id": id_, "exchange": "SMART", "close": close} for id_, close in ((1, 1), (2, 2), (3, 9))
    ]


def test_batches_are_the_range_in_pieces(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(day * 1440, close=float(day)) for day in range(70)])
    db.append_ticks([trade(day * 86_400, day) for day in range(5)])
    db.compact()
    db.append_ticks([trade(5 * 86_400, 5)])
    bars = list(db.bar_batches(ID, "SMART", "1m", *LONG))
    assert pa.Table.from_batches(bars).equals(db.bars(ID, "SMART", "1m", *LONG))
    ticks = list(db.tick_batches(ID, "SMART", "Last", *LONG))
    assert pa.Table.from_batches(ticks).equals(db.ticks(ID, "SMART", "Last", *LONG))
    assert (len(bars) > 2, len(ticks)) == (True, 6)


def test_what_was_known_then_is_without_what_came_later(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(0, close=1, received=T0 + 10), bar(1, close=5, received=T0 + 30)])
    db.upsert_bars([bar(0, close=2, received=T0 + 20)])
    db.append_ticks([trade(0, 1.0), trade(9, 2.0)])
    db.compact()
    then = db.as_known_at(T0 + 15)
    assert then.bars(ID, "SMART", "1m", *LONG)["close"].to_pylist() == [1]
    assert then.bars_at("1m", T0)["close"].to_pylist() == [1]
    assert then.last_bars(ID, "SMART", "1m", 3)["close"].to_pylist() == [1]
    assert then.ticks(ID, "SMART", "Last", *LONG)["price"].to_pylist() == [1]
    later = db.as_known_at(T0 + 25)
    assert later.bars(ID, "SMART", "1m", *LONG)["close"].to_pylist() == [2]
    assert db.as_known_at(T0 + DAY).ticks(ID, "SMART", "Last", *LONG).num_rows == 2


# -- tables in place of events


def test_a_table_of_ticks_is_stored_as_the_ticks_would_be(db: TimeseriesDB, tmp_path: Path) -> None:
    seconds = [0, 0, 1, 1, 1, 2]
    db.append_ticks([trade(second, i, received=T0) for i, second in enumerate(seconds)])
    received = pa.array([T0] * 6).cast(TIME)
    with TimeseriesDB.open(tmp_path / "b", SIM, write=True) as other:
        other.append_tick_table("Last", tick_table(seconds[:4], received=received[:4]))
        other.append_tick_table("Last", tick_table(seconds[4:], price=[4.0, 5.0], received=received[4:]))
        assert other.ticks(ID, "SMART", "Last", *LONG).equals(db.ticks(ID, "SMART", "Last", *LONG))


def test_a_table_of_bars_is_settled_as_the_bars_would_be(db: TimeseriesDB) -> None:
    assert db.upsert_bar_table("1m", "TRADES", "all", bar_table([0, 1], [1.0, 2.0])).new == 2
    report = db.upsert_bar_table("1 min", "TRADES", "all", bar_table([0, 1, 2], [1.0, 7.0, 3.0]))
    assert (report.new, report.revised, report.unchanged) == (1, 1, 1)
    assert db.bars(ID, "SMART", "1m", *LONG)["close"].to_pylist() == [1, 7, 3]
    assert db.bars(ID, "SMART", "1m", *LONG)["known_at"].cast("int64").to_pylist() == [T0 + DAY] * 3


def test_many_contracts_in_one_table_are_told_apart(db: TimeseriesDB) -> None:
    ids = list(range(1, 21))
    table = bar_table([0] * 20, [float(id_) for id_ in ids], ids)
    assert db.upsert_bar_table("1m", "TRADES", "all", table).new == 20
    assert db.upsert_bar_table("1m", "TRADES", "all", table).unchanged == 20
    db.compact()
    assert db.upsert_bar_table("1m", "TRADES", "all", table).unchanged == 20
    assert db.bars(7, "SMART", "1m", *LONG)["close"].to_pylist() == [7]


WRONG = [
    ({"venue": [None]}, "without venue"),
    ({"source": ["l1"]}, "samples"),
    ({"exchange": [""]}, "no route"),
    ({"colour": ["red"]}, "not stored: colour"),
    ({"price": ["high"]}, "cannot become double"),
    ({"time": pa.array([None], TIME)}, "without time"),
]


@pytest.mark.parametrize(("columns", "message"), WRONG)
def test_a_table_that_cannot_be_stored_is_refused(
    db: TimeseriesDB, columns: dict[str, object], message: str
) -> None:
    table = pa.table(dict(zip(tick_table([0]).column_names, tick_table([0]).columns, strict=True)) | columns)
    with pytest.raises(BadRequest, match=message):
        db.append_tick_table("Last", table)
    with pytest.raises(BadRequest, match="lacks price"):
        db.load_ticks("Last", tick_table([0]).drop_columns(["price"]))
    assert db.inventory() == []


@pytest.mark.parametrize("load", [False, True])
def test_words_may_come_by_number(db: TimeseriesDB, load: bool) -> None:
    venue = pa.DictionaryArray.from_arrays([2, 0, 1], ["NYSE", "ARCA", "NYSE"])
    table = tick_table([0, 1, 2], venue=venue)
    db.load_ticks("Last", table) if load else db.append_tick_table("Last", table)
    db.compact()
    assert db.ticks(ID, "SMART", "Last", *LONG)["venue"].to_pylist() == ["NYSE", "NYSE", "ARCA"]
    missing = tick_table([0], venue=pa.DictionaryArray.from_arrays([0], pa.array([None], pa.string())))
    with pytest.raises(BadRequest, match="without venue"):
        db.load_ticks("Last", missing) if load else db.append_tick_table("Last", missing)


def test_a_bulk_load_is_what_appending_would_give(db: TimeseriesDB, tmp_path: Path) -> None:
    seconds = [0, 5, 5, 3, 86_400, 86_401, 4]
    bars = bar_table([0, 3 * 1440, 1, 0], [1.0, 2.0, 3.0, 4.0])
    db.load_ticks("Last", tick_table(seconds))
    db.load_bars("1m", "TRADES", "all", bars)
    assert len(db.files()) == 4
    with TimeseriesDB.open(tmp_path / "b", SIM, write=True, clock=DrivenClock(T0 + DAY)) as other:
        other.append_tick_table("Last", tick_table(seconds, source=["history"] * 7))
        other.upsert_bar_table("1m", "TRADES", "all", bars)
        assert other.ticks(ID, "SMART", "Last", *LONG).equals(db.ticks(ID, "SMART", "Last", *LONG))
        other.compact()
        assert [file.checksum for file in other.files()] == [file.checksum for file in db.files()]


def test_a_bulk_load_settles_with_what_is_there(db: TimeseriesDB) -> None:
    db.append_ticks([trade(second, 50 + second) for second in (0, 1, 2)])
    db.upsert_bars([bar(0, close=8)])
    db.load_ticks("Last", tick_table([0, 2, 3]))
    db.load_bars("1m", "TRADES", "all", bar_table([0, 1], [8.0, 9.0]))
    assert db.ticks(ID, "SMART", "Last", *LONG)["price"].to_pylist() == [0, 51, 1, 2]
    assert db.bars(ID, "SMART", "1m", T0 - MINUTE, T0 + DAY)["close"].to_pylist() == [8, 9]


@pytest.mark.parametrize("compacted", [False, True])
def test_only_the_columns_asked_for_are_given(db: TimeseriesDB, compacted: bool) -> None:
    db.append_ticks([trade(second, second) for second in (0, 1, 86_400)])
    db.compact() if compacted else None
    whole = db.ticks(ID, "SMART", "Last", *LONG)
    for names in (["price", "time"], ["whole"], ["venue", "size"]):
        assert db.ticks(ID, "SMART", "Last", *LONG, columns=names).equals(whole.select(names))
        (first, *_) = db.tick_batches(ID, "SMART", "Last", *LONG, columns=names)
        assert first.schema.names == names
    assert db.as_known_at(T0).ticks(ID, "SMART", "Last", *LONG, columns=["price"])["price"].to_pylist() == [0]
    with pytest.raises(BadRequest, match="have no recording"):
        db.ticks(ID, "SMART", "Last", *LONG, columns=["recording"])


def test_words_come_as_numbers_when_asked_for_from_files_and_log(db: TimeseriesDB) -> None:
    db.append_ticks([trade(0), trade(86_400, source="history")])
    db.compact()
    db.append_ticks([trade(86_401), trade(200_000)])
    whole, names = db.ticks(ID, "SMART", "Last", *LONG), ["source", "venue", "conditions"]
    found = db.ticks(ID, "SMART", "Last", *LONG, encoded=True)
    assert {found.schema.field(name).type for name in names} == {WORDS}
    assert found.to_pydict() == whole.to_pydict()
    assert db.ticks(ID, "SMART", "Last", 0, 1, encoded=True).schema == found.schema


READ_ALL = """
import sys
from pathlib import Path
from data_processing.timeseries_db import TimeseriesDB
from market.source import Source

folder, contract, time = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
db = TimeseriesDB.open(folder, Source.simulated(seed=7, feed="consistent", always_open=False))
ticks = db.ticks(contract, "SMART", "Last", 0, 2**62)
bars = db.bars(contract, "SMART", "1m", 0, 2**62)
print(ticks.num_rows, bars.num_rows, db.bars_at("1m", time).num_rows, "pandas" in sys.modules)
"""


def test_reading_does_not_load_pandas(db: TimeseriesDB, tmp_path: Path) -> None:
    db.upsert_bars([bar(0), bar(1)])
    db.append_ticks([trade(0, 1.0)])
    db.compact()
    db.append_ticks([trade(1, 2.0)])
    command = [sys.executable, "-c", READ_ALL, str(tmp_path), str(ID), str(T0)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout == "2 2 1 False\n"


@pytest.fixture(params=["together", "one after the other"])
def manner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many files are read, which their rows decide."""
    monkeypatch.setattr(row_groups, "_TOGETHER", 10**9 if request.param == "together" else 0)


@pytest.mark.usefixtures("manner")
def test_a_range_over_many_files_is_in_order_of_time(db: TimeseriesDB) -> None:
    db.append_ticks([trade(day * 86_400, float(day)) for day in range(12)])
    db.compact()
    db.append_ticks([trade(11 * 86_400 + 1, 12.0), trade(12 * 86_400, 13.0)])
    found = db.ticks(ID, "SMART", "Last", T0 + DAY, LONG[1])["price"].to_pylist()
    assert found == [*map(float, range(1, 12)), 12.0, 13.0]


@pytest.mark.parametrize("encoded", [True, False])
def test_a_day_that_only_the_log_has_is_between_those_of_files(db: TimeseriesDB, encoded: bool) -> None:
    db.append_ticks([trade(day * 86_400, float(day)) for day in (0, 2, 4, 5)])
    db.compact()
    db.append_ticks([trade(day * 86_400 + 9, day + 0.5) for day in (1, 3, 5, 6)])
    found = db.ticks(ID, "SMART", "Last", *LONG, encoded=encoded)["price"].to_pylist()
    assert found == [0, 1.5, 2, 3.5, 4, 5, 5.5, 6.5]


@pytest.mark.usefixtures("manner")
def test_of_many_files_the_damaged_are_told_and_the_others_given(db: TimeseriesDB, tmp_path: Path) -> None:
    db.append_ticks([trade(day * 86_400, float(day)) for day in range(12)])
    db.compact()
    for file in (db.files()[3], db.files()[7]):
        (db.folder / file.path).write_bytes(b"nothing of the kind")
    told = list[str]()
    reader = TimeseriesDB.open(tmp_path, SIM, report=told.append)
    found = reader.ticks(ID, "SMART", "Last", *LONG)["price"].to_pylist()
    assert found == [float(day) for day in range(12) if day not in (3, 7)]
    assert len(told) == len(reader.damaged) == 2
