import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from data_processing.historical_data import HistoricalData
from data_processing.history.follow import Job, Outcome, follow
from data_processing.history.reports import BackfillReport, TickReport
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries, Series, TickSeries
from market.clock import DrivenClock
from market.errors import PacingRefused
from market.times import MINUTE
from tests.fakes import AAPL, SIM, T0, FakeMarketData, bar, trade

BARS = BarSeries(AAPL.contract_id, "SMART", "1m")
TICKS = TickSeries(AAPL.contract_id, "SMART", "Last")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        yield db


class Following:
    """A follow that runs; `update` lets the time of one update pass and gives what became of it."""

    def __init__(self, broker: FakeMarketData) -> None:
        self._clock = broker.clock
        self.outcomes = asyncio.Queue[Outcome]()

    async def update(self) -> Outcome:
        for _ in range(3):  # it has told the last one, and is about to sleep
            await asyncio.sleep(0)
        self._clock.advance(MINUTE)
        return await self.outcomes.get()


@asynccontextmanager
async def following(db: TimeseriesDB, broker: FakeMarketData, series: Series) -> AsyncIterator[Following]:
    found = Following(broker)
    history = HistoricalData(broker, db, clock=broker.clock)
    jobs = [Job(AAPL, series)]
    work = follow(history, broker, jobs, lambda job, it: found.outcomes.put_nowait(it), clock=broker.clock)
    task = asyncio.create_task(work)
    try:
        yield found
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_new_bars_come_with_every_update_and_nothing_is_asked_for_twice(db: TimeseriesDB) -> None:
    broker = FakeMarketData([bar(i) for i in range(10)])
    broker.clock = DrivenClock(T0)
    async with following(db, broker, BARS) as running:
        for _ in range(5):
            report = await running.update()
            assert isinstance(report, BackfillReport)
    table = db.bars(AAPL.contract_id, "SMART", "1m", T0, T0 + 20 * MINUTE)
    assert table["final"].to_pylist() == [True] * 5
    assert max((each.end - each.start) // MINUTE for each in broker.asked) <= 9


async def test_ticks_are_followed_second_by_second(db: TimeseriesDB) -> None:
    broker = FakeMarketData(ticks=[trade(i, i, source="history") for i in range(600)])
    broker.clock = DrivenClock(T0)
    async with following(db, broker, TICKS) as running:
        for _ in range(3):
            assert isinstance(await running.update(), TickReport)
    stored = db.ticks(AAPL.contract_id, "SMART", "Last", T0, T0 + 20 * MINUTE)["price"].to_pylist()
    assert stored == list(range(len(stored)))
    assert len(stored) >= 180


async def test_what_is_refused_is_told_and_had_the_next_time(db: TimeseriesDB) -> None:
    broker = FakeMarketData([bar(i) for i in range(10)])
    broker.clock = DrivenClock(T0)

    def fail(number: int) -> None:
        if number < 3:
            raise PacingRefused("asked too often")

    broker.fail = fail
    async with following(db, broker, BARS) as running:
        outcomes = [await running.update() for _ in range(4)]
    assert [type(each) for each in outcomes] == [PacingRefused] * 2 + [BackfillReport] * 2
    assert db.answered(BARS)[0][0] <= T0
    assert len(db.bars(AAPL.contract_id, "SMART", "1m", T0, T0 + 3 * MINUTE)) == 3
    assert db.spans() == []


async def test_a_running_day_stays_open_over_a_long_weekend(db: TimeseriesDB) -> None:
    daily = BarSeries(AAPL.contract_id, "SMART", "1D")
    day = 24 * 60
    broker = FakeMarketData([bar(i * day, size="1D", final=i < 9) for i in range(10)])
    broker.clock, broker.span = DrivenClock(T0 + 12 * day * MINUTE), 400 * day * MINUTE
    async with following(db, broker, daily) as running:
        await running.update()
        broker.stored = [*broker.stored[:9], bar(9 * day, size="1D", close=12.0)]
        await running.update()
    table = db.bars(AAPL.contract_id, "SMART", "1D", T0, T0 + 20 * day * MINUTE)
    assert (table["final"].to_pylist()[-1], table["close"].to_pylist()[-1]) == (True, 12.0)
