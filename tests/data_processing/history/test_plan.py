from collections.abc import Iterator
from pathlib import Path

import pytest

from data_processing.historical_data import HistoricalData
from data_processing.history.notes import Notes
from data_processing.history.pace import Pace
from data_processing.history.plan import Plan
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import BarSeries
from market.bar_size import BarSize
from market.errors import RequestRejected
from market.instrument import Instrument
from market.times import DAY, MINUTE, SECOND, parse
from tests.fakes import AAPL, SIM, T0, FakeMarketData, bar

ONE = BarSize.parse("1m")
SERIES = BarSeries(AAPL.contract_id, "SMART", "1m")
HOUR = 60 * MINUTE


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        yield db


async def plan(
    db: TimeseriesDB, start: int | None, hours: int, series: BarSeries = SERIES, refresh: bool = False
) -> Plan:
    broker = FakeMarketData([bar(0)])
    return await HistoricalData(broker, db).plan(AAPL, series, start, T0 + hours * HOUR, refresh=refresh)


async def test_a_plan_says_what_it_takes_before_anything_is_asked(db: TimeseriesDB) -> None:
    pace, broker = Pace(), FakeMarketData([bar(0)])
    pace.served(ONE, "TRADES", HOUR, HOUR // 2, seconds=3.0)
    history = HistoricalData(broker, db, pace)
    found = await history.plan(AAPL, SERIES, None, T0 + 1685 * HOUR)
    assert found.describe() == (
        "AAPL 1m TRADES all: 721 requests of 60 min, about 36 min at the measured 3 s each, "
        "back to the head timestamp 2026-01-05"
    )
    assert broker.asked == []


async def test_it_reaches_no_further_back_than_the_earliest_bar(db: TimeseriesDB) -> None:
    found = await plan(db, T0 - 1000 * DAY, 2)
    assert (found.head, found.holes, found.requests) == (T0, [(T0, T0 + 2 * HOUR)], 2)


async def test_what_lies_before_the_earliest_bar_was_not_answered_and_is_not_said_to_be(
    db: TimeseriesDB,
) -> None:
    broker = FakeMarketData([bar(0)])
    found = await HistoricalData(broker, db).plan(AAPL, SERIES, T0 - 9 * DAY, T0 - 8 * DAY)
    assert found.describe() == (
        "AAPL 1m TRADES all: nothing to ask for: all of it lies before the head timestamp 2026-01-05"
    )


async def test_a_kind_of_data_without_an_earliest_bar_is_asked_for_all_the_same(db: TimeseriesDB) -> None:
    class Headless(FakeMarketData):
        async def head_time(self, instrument: Instrument, what: str = "TRADES") -> int:
            raise RequestRejected("no head time stamp")

    history = HistoricalData(Headless(), db)
    found = await history.plan(AAPL, SERIES, T0 - DAY, T0)
    assert (found.head, found.requests) == (None, 24)
    with pytest.raises(RequestRejected, match="no head"):
        await history.plan(AAPL, SERIES, None, T0)


async def test_what_was_answered_is_left_out_unless_it_is_to_be_refreshed(db: TimeseriesDB) -> None:
    db.mark_answered(SERIES, T0 + HOUR, T0 + 2 * HOUR)
    found = await plan(db, T0, 4)
    assert (found.holes, found.skipped) == ([(T0, T0 + HOUR), (T0 + 2 * HOUR, T0 + 4 * HOUR)], 1)
    assert (await plan(db, T0, 4, refresh=True)).holes == [(T0, T0 + 4 * HOUR)]


async def test_nothing_to_do_is_said(db: TimeseriesDB) -> None:
    db.mark_answered(SERIES, T0, T0 + HOUR)
    found = await plan(db, T0, 1)
    assert (found.requests, found.seconds) == (0, 0)
    assert "nothing to ask for" in found.describe()


async def test_what_is_pending_is_asked_for_whatever_the_range(db: TimeseriesDB) -> None:
    Notes(db, SERIES).pending((T0 - DAY, T0 - DAY + HOUR), "a split")
    assert (await plan(db, T0, 1)).holes == [(T0 - DAY, T0 - DAY + HOUR), (T0, T0 + HOUR)]


async def test_small_bars_are_asked_for_as_far_back_as_they_are_kept(db: TimeseriesDB) -> None:
    found = await plan(db, T0 - 400 * DAY, 1, BarSeries(AAPL.contract_id, "SMART", "30s"))
    assert found.head == T0
    early = FakeMarketData([bar(0, time=T0 - 1000 * DAY)])
    thirty = await HistoricalData(early, db).plan(
        AAPL, BarSeries(AAPL.contract_id, "SMART", "30s"), None, T0 + HOUR
    )
    assert thirty.holes == [(T0 + 30 * DAY - 183 * DAY, T0 + HOUR)]
    assert "six months" in thirty.describe()


async def test_adjusted_bars_are_one_request_again_and_again(db: TimeseriesDB) -> None:
    series = BarSeries(AAPL.contract_id, "SMART", "1m", "ADJUSTED_LAST")
    db.mark_answered(series, T0, T0 + 40 * HOUR)
    found = await plan(db, T0, 40, series)
    assert (found.holes, found.requests) == ([(T0, T0 + 40 * HOUR)], 1)
    assert "comes whole" in found.describe()


async def test_the_future_is_left_out(db: TimeseriesDB) -> None:
    broker = FakeMarketData([bar(0)])
    now = broker.clock.now()
    found = await HistoricalData(broker, db).plan(AAPL, SERIES, now - HOUR, now + DAY)
    assert found.holes == [(now - HOUR, now + MINUTE)]
    assert found.end - now == 60 * SECOND


async def test_small_bars_are_asked_for_only_when_the_market_was_open(db: TimeseriesDB) -> None:
    db.put_instruments([AAPL])
    thirty = BarSeries(AAPL.contract_id, "SMART", "30s")
    history = HistoricalData(FakeMarketData([bar(0)]), db)
    friday, monday = parse("2026-01-09T06:00"), parse("2026-01-13T00:00")
    found = await history.plan(AAPL, thirty, friday, monday)
    # 4:00 to 20:00 in New York.
    open_ = [("2026-01-09T09:00", "2026-01-10T01:00"), ("2026-01-12T09:00", "2026-01-13T00:00")]
    assert found.holes == [(parse(start), parse(end)) for start, end in open_]
    rth = BarSeries(AAPL.contract_id, "SMART", "30s", hours="rth")
    assert (await history.plan(AAPL, rth, friday, monday)).requests == 14
    everything = await history.plan(AAPL, SERIES, friday, monday)
    assert everything.holes == [(friday, monday)]
