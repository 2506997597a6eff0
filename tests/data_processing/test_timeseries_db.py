import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data_processing.timeseries_db import TimeseriesDB
from data_storage.errors import LowDisk, NoStore, ReadOnlyStore, StoreBusy, UnusableFolder, WrongSource
from data_storage.layout import BarSeries, TickSeries
from data_storage.ledger import Span, Stream
from market.errors import AmbiguousContract, BadRequest, ContractNotFound
from market.events import Gap, Midpoint
from market.instrument import Instrument
from market.source import Source
from market.times import DAY, MINUTE, SECOND
from tests.fakes import AAPL, SIM, T0, bar, quote, trade

IB = Source.of_account("DU1")
ID = AAPL.contract_id
LONG = (T0 - DAY, T0 + 400 * DAY)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        yield db


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def closes(db: TimeseriesDB) -> list[float]:
    return list(db.bars(ID, "SMART", "1m", *LONG)["close"].to_pylist())


def prices(db: TimeseriesDB) -> list[float]:
    return list(db.ticks(ID, "SMART", "Last", *LONG)["price"].to_pylist())


def read_all(db: TimeseriesDB) -> tuple[list[float], list[float]]:
    return closes(db), prices(db)


def test_bars_of_many_months_read_back_by_range(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(day * 1440, close=float(day)) for day in reversed(range(100))])
    table = db.bars(ID, "SMART", "1 min", T0 + 10 * DAY, T0 + 60 * DAY)
    assert table["close"].to_pylist() == [float(day) for day in range(10, 60)]


def test_equal_bars_change_no_byte(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(i) for i in range(5)])
    before = content(db.folder)
    assert db.upsert_bars([bar(i, received=T0 + 999 * DAY) for i in range(5)]).unchanged == 5
    assert content(db.folder) == before


def test_a_frame_has_an_index_of_nanoseconds_in_utc(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(0), bar(1, volume=None)])
    frame = db.bars_frame(ID, "SMART", "1m", *LONG)
    assert (frame.index.name, str(frame.index.dtype)) == ("time", "datetime64[ns, UTC]")
    assert frame.index.astype("int64").tolist() == [T0, T0 + MINUTE]
    assert list(frame.columns) == ["open", "high", "low", "close", "volume", "average", "count", "final"]


def test_series_do_not_touch_each_other(db: TimeseriesDB) -> None:
    others = [
        bar(what="MIDPOINT"),
        bar(hours="rth"),
        bar(size="5m"),
        bar(exchange="IBIS"),
        bar(contract_id=1),
    ]
    db.upsert_bars([bar(close=1), *others])
    assert closes(db) == [1]
    assert len(db.inventory()) == 6


def test_revisions_show_every_version(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(0, close=1, received=1), bar(1)])
    db.upsert_bars([bar(0, close=2, received=2)])
    table = db.revisions(BarSeries(ID, "SMART", "1m"), *LONG)
    assert table["close"].to_pylist() == [1, 2]
    assert db.bars(ID, "SMART", "1m", *LONG, known="first")["close"].to_pylist() == [1, 10]
    assert [(info.rows, info.revisions) for info in db.inventory()] == [(2, 1)]


def test_ticks_read_back_in_the_order_they_came(db: TimeseriesDB) -> None:
    for price in (3, 1, 2):
        db.append_ticks([trade(0, price)])
    db.append_ticks([trade(1, 1), trade(1, 1)])
    assert prices(db) == [3, 1, 2, 1, 1]


def test_ticks_of_every_kind_are_stored_apart(db: TimeseriesDB) -> None:
    middle = Midpoint(ID, "SMART", T0, T0, 10.0)
    db.append_ticks([trade(), trade(tick_type="AllLast"), quote(0, 9, None), middle])
    rows = {str(info.series.folder).split("/")[1]: info.rows for info in db.inventory()}
    assert rows == {"Last": 1, "AllLast": 1, "BidAsk": 1, "MidPoint": 1}
    assert db.ticks(ID, "SMART", "BidAsk", *LONG)["ask"].to_pylist() == [None]


def test_a_second_stream_of_the_same_seconds_adds_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
            db.append_ticks([trade(second, second) for second in (0, 0, 1, 1, 2)])
    assert prices(db) == [0, 0, 1, 1, 2]


def test_after_a_cut_history_replaces_the_seconds_around_it(db: TimeseriesDB) -> None:
    db.append_ticks([trade(0, 1), trade(1, 2), trade(2, 3)])
    db.cut(ID)
    db.append_ticks([trade(5, 4), trade(6, 5), trade(7, 6)])
    db.append_ticks([trade(second, 10 + second, source="history") for second in range(8)])
    assert prices(db) == [10, 2, 12, 13, 14, 15, 5, 17]


def test_ticks_of_a_market_data_line_are_refused(db: TimeseriesDB) -> None:
    with pytest.raises(BadRequest, match="samples"):
        db.append_ticks([trade(source="l1")])


def test_a_reader_sees_what_is_not_merged_yet(db: TimeseriesDB, tmp_path: Path) -> None:
    db.upsert_bars([bar(close=7)])
    db.append_ticks([trade(0, 1)])
    reader = TimeseriesDB.open(tmp_path, SIM)
    assert (prices(reader), closes(reader)) == ([1], [7])
    db.append_ticks([trade(0, 2)])
    assert prices(reader) == [1, 2]
    assert [info.rows for info in reader.inventory()] == [1, 2]


def test_many_appends_become_one_file(db: TimeseriesDB) -> None:
    for i in range(150):
        db.append_ticks([trade(i // 10, i)])
    assert (db.files(), prices(db)) == ((), list(range(150)))
    db.close()
    assert [file.path for file in db.files()] == ["ticks/Last/2026-01-05.000001.parquet"]
    assert prices(db) == list(range(150))


def test_a_writer_that_was_killed_lost_nothing(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path / "a", SIM, write=True) as db:
        db.append_ticks([trade(0, 1), trade(1, 2)])
        shutil.copytree(tmp_path / "a", tmp_path / "b")
    with TimeseriesDB.open(tmp_path / "b", SIM, write=True) as db:
        assert prices(db) == [1, 2]
    assert prices(db) == [1, 2]
    assert len(db.files()) == 1


def test_a_store_opened_for_reading_is_not_written(db: TimeseriesDB, tmp_path: Path) -> None:
    reader = TimeseriesDB.open(tmp_path, SIM)
    before = content(tmp_path)
    for write in (lambda: reader.upsert_bars([bar()]), lambda: reader.append_ticks([trade()]), reader.cut):
        with pytest.raises(ReadOnlyStore, match="write=True"):
            write()
    assert content(tmp_path) == before


def test_a_second_writer_is_refused(db: TimeseriesDB, tmp_path: Path) -> None:
    with pytest.raises(StoreBusy, match="is being written by"):
        TimeseriesDB.open(tmp_path, SIM, write=True)


def test_ranges_the_wrong_way_round_are_refused(db: TimeseriesDB) -> None:
    with pytest.raises(BadRequest, match="swap"):
        db.bars(ID, "SMART", "1m", T0, T0 - 1)
    with pytest.raises(BadRequest, match="swap"):
        db.ticks(ID, "SMART", "Last", T0, T0 - 1)


def test_a_store_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(NoStore):
        TimeseriesDB.open(tmp_path, SIM)
    assert not list(tmp_path.iterdir())


# -- simulated, replayed and real data never meet


SOURCES = [IB, SIM, Source.simulated(seed=7, feed="tws", always_open=False), Source.replay("0123abcd")]


def test_each_source_has_its_own_store(tmp_path: Path) -> None:
    for n, source in enumerate(SOURCES):
        with TimeseriesDB.open(tmp_path, source, write=True) as db:
            db.upsert_bars([bar(close=9.0 + n)])
            db.append_ticks([trade(0, n)])
    for n, source in enumerate(SOURCES):
        db = TimeseriesDB.open(tmp_path, source)
        assert read_all(db) == ([9.0 + n], [n])


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize("other", [source for source in SOURCES if source != SIM])
def test_a_renamed_folder_is_refused(db: TimeseriesDB, tmp_path: Path, other: Source, write: bool) -> None:
    db.upsert_bars([bar()])
    db.close()
    db.folder.rename(tmp_path / other.name)
    before = content(tmp_path)
    with pytest.raises(WrongSource, match=f"'sim-7-consistent', not of '{other.name}'"):
        TimeseriesDB.open(tmp_path, other, write=write)
    assert content(tmp_path) == before


@pytest.mark.parametrize("section", ["bars/1m/TRADES/all", "ticks/Last"])
def test_files_copied_from_another_store_are_refused(db: TimeseriesDB, tmp_path: Path, section: str) -> None:
    with TimeseriesDB.open(tmp_path, IB, write=True) as real:
        for store in (db, real):
            store.upsert_bars([bar()])
            store.append_ticks([trade()])
            store.compact()
        shutil.copytree(db.folder / section, real.folder / section, dirs_exist_ok=True)
        before = content(real.folder / section)
        with pytest.raises(WrongSource, match="'sim-7-consistent', not of 'ib'"):
            read_all(real)
        with pytest.raises(WrongSource, match="never mix"):
            real.inventory()
        real.append_ticks([trade()])
        real.upsert_bars([bar(what="MIDPOINT")])
        assert content(real.folder / section) == before
        shutil.rmtree(real.folder / section)


# -- damage and a full disk


MONTHS = [bar(0, close=1), bar(60 * 24 * 40, close=2)]


def file_of(db: TimeseriesDB, name: str) -> Path:
    (found,) = [file.path for file in db.files() if name in file.path]
    return db.folder / found


def test_a_damaged_file_is_skipped_and_the_rest_stays_readable(tmp_path: Path) -> None:
    said = list[str]()
    with TimeseriesDB.open(tmp_path, SIM, write=True, report=said.append) as db:
        db.upsert_bars(MONTHS)
        db.compact()
        damaged = file_of(db, "2026-01.")
        damaged.write_bytes(b"PAR1 torn")
        assert closes(db) == [2]
        assert closes(db) == [2]
        assert damaged.read_bytes() == b"PAR1 torn"
    assert [line for line in said if f"{damaged.name} is damaged" in line] == said
    assert len(said) == 1


def test_a_file_that_was_removed_by_hand_is_told(tmp_path: Path) -> None:
    said = list[str]()
    with TimeseriesDB.open(tmp_path, SIM, write=True, report=said.append) as db:
        db.upsert_bars(MONTHS)
        db.compact()
        file_of(db, "2026-01.").unlink()
        assert closes(db) == [2]
    assert "is missing" in said[0]


def test_writing_to_a_damaged_file_moves_it_to_the_quarantine(tmp_path: Path) -> None:
    said = list[str]()
    with TimeseriesDB.open(tmp_path, SIM, write=True, report=said.append) as db:
        db.upsert_bars([bar(0)])
        db.compact()
        file_of(db, "2026-01-05").write_bytes(b"torn")
        db.upsert_bars([bar(1, close=3)])
        db.compact()
        assert closes(db) == [3]
        kept = [path.read_bytes() for path in (db.folder / "quarantine").rglob("*.parquet")]
    assert kept == [b"torn"]
    assert "moved to" in said[-1]


def test_damage_to_one_contract_costs_no_other_its_rows(tmp_path: Path) -> None:
    many = [bar(i, contract_id=id_, close=i % 97) for id_ in (1, 2, 3) for i in range(-6_000, 0)]
    with TimeseriesDB.open(tmp_path, SIM, write=True, report=lambda line: None) as db:
        db.upsert_bars([*many, bar(10_000)])
        db.compact()
        path = file_of(db, "2026-01.")
        close = pq.read_metadata(path).row_group(1).column(6)
        content = bytearray(path.read_bytes())
        content[close.data_page_offset + close.total_compressed_size // 2] ^= 1
        path.write_bytes(content)
        db.upsert_bars([bar(-6_000)])
        db.compact()
        rows = [db.bars(id_, "SMART", "1m", T0 - 9 * DAY, T0).num_rows for id_ in (1, 2, 3)]
    assert rows == [6_000, 0, 6_000]
    assert [each.series.contract_id for each in db.damaged] == [2]


@pytest.mark.parametrize(("at", "length"), [(500, 10**6), (200, 16)])
def test_damage_is_told_with_the_span_that_the_file_held(tmp_path: Path, at: int, length: int) -> None:
    series = BarSeries(ID, "SMART", "1m")
    with TimeseriesDB.open(tmp_path, SIM, write=True, report=lambda line: None) as db:
        db.upsert_bars([bar(i) for i in range(90)])
        db.mark_answered(series, T0, T0 + 90 * MINUTE)
        db.compact()
        path = file_of(db, "2026-01-05")
        content = path.read_bytes()
        path.write_bytes(content[:at] + content[at + length :])
        assert closes(db) == []
        db.upsert_bars([bar(100)])
        db.compact()
        assert [(each.series, each.start, each.end) for each in db.damaged] == [
            (series, T0, T0 + 90 * MINUTE)
        ]
        assert db.answered(series) == []
        assert [each.name for each in db.quarantined()] == [path.name]


def test_what_was_answered_is_told_of_a_range_without_reading_other_files(tmp_path: Path) -> None:
    said, series = list[str](), BarSeries(ID, "SMART", "1m")
    with TimeseriesDB.open(tmp_path, SIM, write=True, report=said.append) as db:
        db.upsert_bars(MONTHS)
        db.mark_answered(series, T0, T0 + 41 * DAY)
        db.compact()
        file_of(db, "2026-01.").write_bytes(b"torn")
        assert db.answered(series, T0 + 40 * DAY, T0 + 50 * DAY) == [(T0 + 40 * DAY, T0 + 41 * DAY)]
        assert said == []
        february = T0 - T0 % DAY + 27 * DAY
        assert db.answered(series, T0, T0 + 50 * DAY) == [(february, T0 + 41 * DAY)]
        assert len(said) == 1


def test_a_damaged_frame_of_the_log_does_not_cost_the_others(tmp_path: Path) -> None:
    said = list[str]()
    with TimeseriesDB.open(tmp_path / "a", SIM, write=True) as db:
        for i in range(3):
            db.append_ticks([trade(i, i)])
        shutil.copytree(tmp_path / "a", tmp_path / "b")
    (segment,) = (tmp_path / "b" / SIM.name / "log").iterdir()
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 1
    segment.write_bytes(content)
    with TimeseriesDB.open(tmp_path / "b", SIM, write=True, report=said.append) as db:
        assert prices(db) == [0, 2]
    assert prices(db) == [0, 2]
    assert "is damaged" in said[0]


def test_a_full_disk_stops_a_write_before_it_begins(tmp_path: Path) -> None:
    free = [10**12]
    with TimeseriesDB.open(tmp_path, SIM, write=True, free=lambda path: free[0]) as db:
        db.upsert_bars([bar(0)])
        before, free[0] = content(tmp_path), 0
        with pytest.raises(LowDisk):
            db.upsert_bars([bar(1)])
        with pytest.raises(LowDisk):
            db.append_ticks([trade()])
        assert content(tmp_path) == before


# -- instruments, delete, prune


def test_instruments_are_remembered_and_found(db: TimeseriesDB, tmp_path: Path) -> None:
    german = Instrument(contract_id=2, symbol="RHM", sec_type="STK", exchange="IBIS", currency="EUR")
    other = Instrument(contract_id=3, symbol="RHM", sec_type="STK", exchange="FWB", currency="EUR")
    db.put_instruments([AAPL, german, other])
    reader = TimeseriesDB.open(tmp_path, SIM)
    assert {reader.find_instrument(text) for text in ("aapl", "265598", "265598@SMART")} == {AAPL}
    with pytest.raises(AmbiguousContract) as error:
        reader.find_instrument("RHM")
    assert len(error.value.candidates) == 2
    with pytest.raises(ContractNotFound, match="data list"):
        reader.find_instrument("MSFT")


@pytest.mark.parametrize("name", ["EURUSD", "eur.usd", "EUR", "EURUSD@IDEALPRO", "EUR:USD", "12@IDEALPRO"])
def test_a_stored_pair_is_found_by_every_way_to_write_it(db: TimeseriesDB, name: str) -> None:
    pair = Instrument(contract_id=12, symbol="EUR", sec_type="CASH", exchange="IDEALPRO", currency="USD")
    db.put_instruments([AAPL, pair])
    assert db.find_instrument(name) == pair


def test_delete_removes_one_series(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(), bar(size="5m")])
    assert db.delete(BarSeries(ID, "SMART", "1m")) > 0
    assert [info.series for info in db.inventory()] == [BarSeries(ID, "SMART", "5m")]


def test_prune_removes_whole_files_and_what_the_ledger_says_of_them(db: TimeseriesDB) -> None:
    series = BarSeries(ID, "SMART", "1m")
    db.upsert_bars([bar(0, close=1), bar(60 * 24 * 40, close=2)])
    db.append_ticks([trade()])
    db.mark_answered(series, T0, T0 + 41 * DAY)
    db.compact()
    assert len(db.old_files("bars", T0 + 30 * DAY)) == 1
    assert db.prune("bars", T0 + 30 * DAY) > 0
    assert read_all(db) == ([2], [10])
    assert db.answered(series) == [(T0 - T0 % DAY + 27 * DAY, T0 + 41 * DAY)]
    assert db.prune("ticks", T0 + DAY) > 0
    assert prices(db) == []


def test_the_inventory_says_what_is_there(db: TimeseriesDB) -> None:
    db.upsert_bars([bar(0), bar(3)])
    db.append_ticks([trade(0), trade(9)])
    db.close()
    bars, ticks = db.inventory()
    assert (bars.series, bars.first, bars.last, bars.rows) == (
        BarSeries(ID, "SMART", "1m"),
        T0,
        T0 + 3 * MINUTE,
        2,
    )
    assert (ticks.series, ticks.last, ticks.rows) == (TickSeries(ID, "SMART", "Last"), T0 + 9 * SECOND, 2)
    assert min(bars.size, ticks.size) > 0


def test_a_frame_of_ticks_has_the_same_index(db: TimeseriesDB) -> None:
    db.append_ticks([trade(0, 1), trade(1, 2)])
    frame = db.ticks_frame(ID, "SMART", "Last", *LONG)
    assert str(frame.index.dtype) == "datetime64[ns, UTC]"
    assert (frame["price"].tolist(), frame["whole"].tolist()) == ([1, 2], [False, False])


def test_an_opening_that_fails_leaves_the_store_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr("data_storage.manifest.save", fail)
        with pytest.raises(UnusableFolder, match="Read-only file system"):
            TimeseriesDB.open(tmp_path, SIM, write=True)
    TimeseriesDB.open(tmp_path, SIM, write=True).close()


def test_a_long_stream_keeps_its_order(db: TimeseriesDB) -> None:
    db.append_ticks([trade(second, second) for second in range(8_000)])
    db.append_ticks([trade(7_999, 8_000)])
    assert prices(db) == list(range(8_001))


def test_a_gap_is_kept_and_found_by_its_range(db: TimeseriesDB) -> None:
    gap = Gap(ID, "SMART", T0, T0, T0 + MINUTE, "depth", "a line is state")
    db.put_gap(gap)
    assert (db.gaps(T0 + MINUTE), db.gaps(T0, T0 + 1)) == ([], [gap])


def test_a_stream_that_joined_in_time_saw_its_first_second_whole(db: TimeseriesDB) -> None:
    db.cut(ID)
    db.join(ID, "SMART", "Last", T0 + SECOND)
    db.append_ticks([trade(1), trade(2), trade(3)])
    assert db.ticks(ID, "SMART", "Last", *LONG)["whole"].to_pylist() == [False, True, False]


def test_what_is_removed_on_purpose_is_not_missed(db: TimeseriesDB) -> None:
    db.append_ticks([trade()])
    last, depth = Stream(ID, "SMART", "Last", "tbt"), Stream(ID, "SMART", "depth")
    db.put_spans([Span(each, T0, T0 + SECOND, "gap", "cut") for each in (last, depth)])
    db.prune("ticks", T0 + 2 * DAY)
    assert [each.kind for each in db.gaps()] == ["depth"]


@pytest.mark.parametrize("ask", [TimeseriesDB.ticks, TimeseriesDB.tick_batches, TimeseriesDB.last_ticks])
def test_ticks_of_a_kind_that_does_not_exist_are_refused_with_the_kinds(
    tmp_path: Path, ask: Callable[..., Iterable[object]]
) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        limits = (3,) if ask is TimeseriesDB.last_ticks else (T0, T0 + DAY)
        with pytest.raises(BadRequest, match="choose one of Last"):
            list(ask(db, AAPL.contract_id, "SMART", "last", *limits))
