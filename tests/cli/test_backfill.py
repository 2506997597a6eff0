import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from cli.backfill import check_whole, fetch
from data_processing.historical_data import HistoricalData
from data_processing.shelf import Damage
from data_processing.timeseries_db import TimeseriesDB
from data_storage.errors import DamagedFile
from data_storage.layout import BarSeries
from market.broker import BarRequest
from market.events import Bar
from market.instrument import Instrument
from market.times import MINUTE
from tests.fakes import AAPL, SIM, T0, FakeMarketData, bar

SERIES = BarSeries(AAPL.contract_id, "SMART", "1m")


class Silent(FakeMarketData):
    """It answers the first request only; `waiting` is set when the second one waits."""

    waiting = asyncio.Event()

    async def bars(self, instrument: Instrument, request: BarRequest) -> Sequence[Bar]:
        if self.asked:
            self.waiting.set()
            await asyncio.Event().wait()
        return await super().bars(instrument, request)


async def test_a_backfill_that_is_stopped_says_what_is_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broker = Silent([bar(i) for i in range(300)])
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        history = HistoricalData(broker, db)
        task = asyncio.create_task(fetch(history, AAPL, SERIES, T0, T0 + 300 * MINUTE))
        await broker.waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert "AAPL: stopped; 60 new bars are stored, the same command goes on" in capsys.readouterr().err


DAMAGED = [Damage(Path("2026-01.parquet"), SERIES, 10, 100)]


@pytest.mark.parametrize(("start", "end", "now"), [(10, 100, 200), (0, 90, 90)])
def test_what_a_damaged_file_held_is_back_once_that_range_was_fetched(start: int, end: int, now: int) -> None:
    check_whole(DAMAGED, {SERIES}, start, end, now)
    with pytest.raises(DamagedFile, match="get back what it held with: backfill 265598@SMART"):
        check_whole(DAMAGED, set(), start, end, now)


@pytest.mark.parametrize(("start", "end"), [(11, 100), (10, 99)])
def test_a_part_of_it_is_not_enough(start: int, end: int) -> None:
    with pytest.raises(DamagedFile, match="not all it held is back"):
        check_whole(DAMAGED, {SERIES}, start, end, 200)
