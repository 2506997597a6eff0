import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_processing.historical_data import BackfillReport, HistoricalData
from data_processing.timeseries_db import TimeseriesDB
from data_storage import csv_files
from data_storage.errors import WrongSource
from data_storage.layout import BarSeries
from market.bar_size import BarSize
from market.errors import BadRequest, NoData, PacingRefused
from market.events import Tick, TickType
from market.instrument import Instrument
from market.source import Source
from market.times import DAY, MINUTE, SECOND
from tests.fakes import AAPL, SIM, T0, FakeMarketData, bar, trade

ONE = BarSize.parse("1m")
SERIES = BarSeries(AAPL.contract_id, "SMART", "1m")
HOUR = 60 * MINUTE


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        yield db


async def backfill(
    broker: FakeMarketData, db: TimeseriesDB, hours: int = 5, **options: Any
) -> BackfillReport:
    broker.lasts = 10.0  # neither quick nor slow: each request is as long as the one before
    history = HistoricalData(broker, db, clock=broker.clock)
    return await history.backfill(AAPL, ONE, T0, T0 + hours * HOUR, **options)


def export(db: TimeseriesDB) -> str:
    return "".join(csv_files.lines(db.bars(AAPL.contract_id, "SMART", "1m", T0 - DAY, T0 + DAY)))


async def test_a_range_is_fetched_in_pieces_and_stored(db: TimeseriesDB) -> None:
    broker, progress = FakeMarketData([bar(i) for i in range(300)]), list[float]()
    report = await backfill(broker, db, on_progress=progress.append)
    assert (report.received, report.new, report.chunks, report.empty_chunks) == (300, 300, 5, 0)
    assert (report.first, report.last) == (T0, T0 + 299 * MINUTE)
    assert progress == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert all(request.end - request.start <= broker.span for request in broker.asked)


async def test_running_it_again_asks_for_nothing_and_changes_nothing(db: TimeseriesDB) -> None:
    broker = FakeMarketData([bar(i) for i in range(300)])
    await backfill(broker, db)
    before, asked = export(db), len(broker.asked)
    report = await backfill(broker, db)
    assert (len(broker.asked), report.skipped, export(db)) == (asked, 1, before)
    refreshed = await backfill(broker, db, refresh=True)
    assert (refreshed.unchanged, refreshed.new, export(db)) == (300, 0, before)


async def test_an_empty_answer_is_an_honest_one(db: TimeseriesDB) -> None:
    broker = FakeMarketData([bar(i) for i in range(300) if not 60 <= i < 180])

    def fail(number: int) -> None:
        if number == 2:
            raise NoData("HMDS query returned no data")

    broker.fail = fail
    report = await backfill(broker, db)
    assert (report.new, report.empty_chunks) == (180, 2)
    assert db.answered(SERIES) == [(T0, T0 + 5 * HOUR)]


@pytest.mark.parametrize("stop", [1, 2, 3, 4, 5])
async def test_stopped_at_any_request_it_goes_on_and_ends_in_the_same_bytes(
    db: TimeseriesDB, tmp_path: Path, stop: int
) -> None:
    broker = FakeMarketData([bar(i) for i in range(300)])

    def fail(number: int) -> None:
        if number == stop:
            raise PacingRefused("asked too often", code=162)

    broker.fail = fail
    with pytest.raises(
        PacingRefused, match=rf"asked too often; what came is stored: {60 * (stop - 1)} new bars"
    ) as error:
        await backfill(broker, db)
    assert error.value.code == 162
    await backfill(broker, db)
    with TimeseriesDB.open(tmp_path / "other", SIM, write=True) as whole:
        await backfill(FakeMarketData(broker.stored), whole)
        assert export(whole) == export(db)
    assert len(broker.asked) <= 7


async def test_a_running_bar_is_stored_as_provisional_and_asked_for_again(db: TimeseriesDB) -> None:
    broker = FakeMarketData([bar(i) for i in range(31)])
    broker.now = lambda: _at(T0 + 30 * MINUTE + 5 * SECOND)  # type: ignore[method-assign]
    await backfill(broker, db, hours=1)
    assert export(db).count("true") == 30
    assert db.answered(SERIES) == [(T0, T0 + 28 * MINUTE)]
    broker.now = lambda: _at(T0 + DAY)  # type: ignore[method-assign]
    report = await backfill(broker, db, hours=1)
    assert (report.confirmed, report.revised, export(db).count("true")) == (1, 0, 31)


async def _at(time: int) -> int:
    return time


async def test_faults_are_counted_and_left_out(db: TimeseriesDB) -> None:
    broker = FakeMarketData([bar(0), bar(1, high=1.0), bar(2, volume=-1.0), bar(2, volume=-1.0)])
    report = await backfill(broker, db, hours=1)
    assert report.faults == {"impossible prices": 1, "duplicate": 1}
    assert (report.received, report.new) == (4, 2)


async def test_a_revision_is_reported(db: TimeseriesDB) -> None:
    broker = FakeMarketData([bar(i, received=T0) for i in range(3)])
    await backfill(broker, db, hours=1)
    broker.stored = [bar(i, volume=100.0 + i, received=T0 + DAY) for i in range(3)]
    report = await backfill(broker, db, hours=1, refresh=True)
    assert (report.revised, report.unchanged, report.split) == (2, 1, None)


async def test_a_split_shows_where_new_bars_meet_stored_ones(db: TimeseriesDB) -> None:
    broker = FakeMarketData([bar(i, received=T0) for i in range(120)])
    await backfill(broker, db, hours=1)
    broker.stored = [
        msgspec.structs.replace(each, open=2.5, high=2.75, low=2.25, close=2.5, received=T0 + DAY)
        for each in broker.stored
    ]
    report = await backfill(broker, db, hours=2)
    assert (report.split, report.revised, report.new) == (0.25, 60, 60)
    assert (db.answered(SERIES), db.spans()) == ([(T0, T0 + 2 * HOUR)], [])
    prices = db.bars(AAPL.contract_id, "SMART", "1m", T0, T0 + HOUR, known="all")["close"].to_pylist()
    assert prices == [10.0, 2.5] * 60


async def test_a_damaged_file_is_fetched_again(tmp_path: Path) -> None:
    broker = FakeMarketData([bar(i) for i in range(120)])
    with TimeseriesDB.open(tmp_path, SIM, write=True, report=lambda line: None) as db:
        await backfill(broker, db, hours=2)
        before = export(db)
        db.compact()
        (db.folder / db.files()[0].path).write_bytes(b"torn")
        report = await backfill(broker, db, hours=2)
        assert (report.new, export(db)) == (120, before)
        assert db.answered(SERIES) == [(T0, T0 + 2 * HOUR)]


async def test_a_broker_of_another_source_is_refused(db: TimeseriesDB) -> None:
    broker = FakeMarketData([bar()], source=Source.of_account("U1"))
    with pytest.raises(WrongSource, match="'sim-7-consistent', not of 'ib'"):
        await backfill(broker, db)
    with pytest.raises(WrongSource, match="never mix"):
        await HistoricalData(broker, db).ticks(AAPL, "Last", T0, T0 + MINUTE)
    assert (broker.asked, db.inventory()) == ([], [])


async def test_dates_the_wrong_way_round_are_refused(db: TimeseriesDB) -> None:
    with pytest.raises(BadRequest, match="swap"):
        await backfill(FakeMarketData(), db, hours=-1)


async def test_ticks_are_paged_by_whole_seconds(db: TimeseriesDB) -> None:
    ticks = [trade(i // 4, i, source="history") for i in range(100)]
    broker = FakeMarketData(ticks=ticks)
    report = await HistoricalData(broker, db).ticks(AAPL, "Last", T0, T0 + 20 * SECOND, page=10)
    stored = db.ticks(AAPL.contract_id, "SMART", "Last", T0, T0 + DAY)
    assert stored["price"].to_pylist() == list(range(80))
    assert (report.received, report.ignored, report.pages) == (80, 4, 7)
    assert broker.asked_ticks == [T0 + 3 * i * SECOND for i in range(7)]


async def test_a_session_without_ticks_is_stepped_over(db: TimeseriesDB) -> None:
    broker = FakeMarketData()
    report = await HistoricalData(broker, db).ticks(AAPL, "Last", T0, T0 + DAY)
    assert (report.received, report.empty_pages, len(broker.asked_ticks)) == (0, 24, 24)


async def test_the_running_second_is_left_for_later(db: TimeseriesDB) -> None:
    broker = FakeMarketData(ticks=[trade(i, source="history") for i in range(10)])
    broker.now = lambda: _at(T0 + 5 * SECOND + 1)  # type: ignore[method-assign]
    report = await HistoricalData(broker, db).ticks(AAPL, "Last", T0, T0 + DAY)
    assert (report.received, report.last) == (5, T0 + 4 * SECOND)


async def test_a_failing_page_says_what_is_stored(db: TimeseriesDB) -> None:
    class Moody(FakeMarketData):
        async def ticks(
            self, instrument: Instrument, tick_type: TickType, start: int, count: int
        ) -> Sequence[Tick]:
            if start >= T0 + 5 * SECOND:
                raise PacingRefused("asked too often")
            return await super().ticks(instrument, tick_type, start, count)

    broker = Moody(ticks=[trade(i, source="history") for i in range(10)])
    progress = list[float]()
    with pytest.raises(PacingRefused, match="asked too often; what came before is stored: 5 ticks"):
        await HistoricalData(broker, db).ticks(
            AAPL, "Last", T0, T0 + 10 * SECOND, page=5, on_progress=progress.append
        )
    assert progress == [0.5]


@given(start=st.integers(0, 400), length=st.integers(1, 24_000), lasts=st.sampled_from([0.1, 10.0, 60.0]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_request_ends_amid_a_bar_that_is_over(
    tmp_path: Path, start: int, length: int, lasts: float
) -> None:
    broker = FakeMarketData([bar(i) for i in range(500)])
    broker.lasts = lasts
    with (
        tempfile.TemporaryDirectory(dir=tmp_path) as folder,
        TimeseriesDB.open(Path(folder), SIM, write=True) as db,
    ):
        history = HistoricalData(broker, db, clock=broker.clock)
        first, last = T0 + start * SECOND, T0 + (start + length) * SECOND
        await history.backfill(AAPL, ONE, first, last)
        assert all(request.end % MINUTE == 0 for request in broker.asked)
        stored = db.bars(AAPL.contract_id, "SMART", "1m", T0, T0 + DAY)["time"].cast("int64").to_pylist()
        assert [time for time in stored if first <= time < last] == stored
        assert len(stored) == -(-(last - T0) // MINUTE) - -(-(first - T0) // MINUTE)
