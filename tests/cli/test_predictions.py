"""In the main job a forecast follows every authoritative bar of a contract that has a model."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai.artifacts import Models
from ai.data import Bars
from ai.meta import Meta
from cli.predictions import predicting, predictors
from config.settings import Settings
from data_processing.historical_data import HistoricalData
from data_processing.timeseries_db import TimeseriesDB
from market.clock import DrivenClock
from market.events import Prediction
from market.times import MINUTE
from tests.ai.made import saved
from tests.ai.markets import walk
from tests.fakes import AAPL, SIM, T0, FakeMarketData, bar

SEEN = 60
BARS = [bar(n, close=10 + n % 7 / 10) for n in range(SEEN + 5)]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[TimeseriesDB]:
    with TimeseriesDB.open(tmp_path / "data", SIM, write=True) as db:
        db.put_instruments([AAPL])
        db.upsert_bars(BARS[:SEEN])
        yield db


@pytest.fixture
def models(db: TimeseriesDB, tmp_path: Path) -> Models:
    bars = Bars.from_store(Settings(data_dir=tmp_path / "data"), "AAPL", "1m", across_sessions=True)
    return saved(tmp_path / "models", bars)[0]


async def test_each_bar_of_history_is_followed_by_a_forecast(db: TimeseriesDB, models: Models) -> None:
    broker, told = FakeMarketData(BARS), asyncio.Queue[Prediction]()
    broker.clock = DrivenClock(T0 + SEEN * MINUTE)
    broker.bus.subscribe(Prediction, told.put_nowait)
    history = HistoricalData(broker, db, clock=broker.clock)
    async with predicting(broker.bus, broker, history, db, [AAPL], broker.clock, models):
        found = [await told.get()]
        for _ in range(3):
            for _ in range(5):  # it is about to sleep
                await asyncio.sleep(0)
            broker.clock.advance(MINUTE)
            found.append(await told.get())
    assert [each.time for each in found] == [T0 + (SEEN + n) * MINUTE for n in range(4)]
    assert found[1].received - T0 == (SEEN + 1) * MINUTE
    lines = (db.folder / "predictions" / "AAPL-1m.jsonl").read_bytes().splitlines()
    assert len(lines) == 7


async def test_without_a_model_nothing_is_asked_for(db: TimeseriesDB, tmp_path: Path) -> None:
    broker = FakeMarketData(BARS)
    history = HistoricalData(broker, db, clock=broker.clock)
    async with predicting(broker.bus, broker, history, db, [AAPL], broker.clock, Models(tmp_path / "none")):
        await asyncio.sleep(0)
    assert not broker.asked


def test_a_model_of_another_source_forecasts_nothing_and_is_told_of(
    db: TimeseriesDB, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = walk(100)
    meta = Meta(symbol="AAPL", size="1m", contract_id=AAPL.contract_id, exchange="SMART", source="ib")
    other = Bars.from_columns(meta, made.time, [made.open, made.high, made.low, made.close, made.volume])
    models, _ = saved(tmp_path / "other", other)
    assert not predictors(db, [AAPL], models)
    assert "was made of ib" in capsys.readouterr().err
