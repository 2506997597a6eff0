from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from data_processing.historical_data import HistoricalData
from data_processing.timeseries_db import TimeseriesDB
from data_storage.layout import TickSeries
from market.clock import DrivenClock
from market.errors import BadRequest, PacingRefused
from market.events import Tick, TickType
from market.instrument import Instrument
from market.times import DAY, SECOND
from tests.fakes import AAPL, SIM, T0, FakeMarketData, trade

SERIES = TickSeries(AAPL.contract_id, "SMART", "Last")
TICKS = [trade(i // 4, i, source="history") for i in range(100)]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        yield db


class Moody(FakeMarketData):
    """It refuses the request with number `refused`."""

    refused = 0

    async def ticks(
        self, instrument: Instrument, tick_type: TickType, start: int, count: int
    ) -> Sequence[Tick]:
        found = await super().ticks(instrument, tick_type, start, count)
        if len(self.asked_ticks) == self.refused:
            raise PacingRefused("asked too often")
        return found


def prices(db: TimeseriesDB) -> list[float]:
    table = db.ticks(AAPL.contract_id, "SMART", "Last", T0, T0 + DAY)
    return list(table["price"].to_pylist())


@pytest.mark.parametrize("stop", range(1, 9))
async def test_stopped_at_any_page_it_goes_on_there(db: TimeseriesDB, stop: int) -> None:
    broker = Moody(ticks=TICKS)
    broker.refused = stop
    history = HistoricalData(broker, db)
    with pytest.raises(PacingRefused, match="what came before is stored"):
        await history.ticks(AAPL, "Last", T0, T0 + 25 * SECOND, page=10)
    report = await history.ticks(AAPL, "Last", T0, T0 + 25 * SECOND, page=10)
    assert prices(db) == list(range(100))
    assert broker.asked_ticks[stop - 1] == broker.asked_ticks[stop]
    assert (report.skipped, len(broker.asked_ticks)) == (int(stop > 1), 10)


async def test_what_was_answered_is_not_asked_for_again_unless_told_to(db: TimeseriesDB) -> None:
    broker = FakeMarketData(ticks=TICKS)
    history = HistoricalData(broker, db)
    await history.ticks(AAPL, "Last", T0, T0 + 25 * SECOND)
    assert db.answered(SERIES) == [(T0, T0 + 25 * SECOND)]
    asked = len(broker.asked_ticks)
    await history.ticks(AAPL, "Last", T0 + 1, T0 + 25 * SECOND)
    assert len(broker.asked_ticks) == asked
    report = await history.ticks(AAPL, "Last", T0, T0 + 25 * SECOND, refresh=True)
    assert (report.received, len(prices(db))) == (100, 100)


async def test_the_last_seconds_may_still_grow(db: TimeseriesDB) -> None:
    broker = FakeMarketData(ticks=TICKS)
    broker.clock = DrivenClock(T0 + 25 * SECOND)
    await HistoricalData(broker, db).ticks(AAPL, "Last", T0, T0 + DAY)
    assert (len(prices(db)), db.answered(SERIES)) == (100, [(T0, T0 + 5 * SECOND)])


async def test_prints_that_history_does_not_have_are_not_asked_for(db: TimeseriesDB) -> None:
    with pytest.raises(BadRequest, match="ask for Last"):
        await HistoricalData(FakeMarketData(), db).ticks(AAPL, "AllLast", T0, T0 + SECOND)
