"""Real bars through the whole path; skipped where the recorded data is not there."""

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from data_processing.candles import CandleBuilder
from data_processing.historical_data import HistoricalData
from data_processing.timeseries_db import TimeseriesDB
from data_storage.tables import bars_table
from market.bar_size import BarSize
from market.events import Bar
from market.times import DAY, from_datetime
from tests.fakes import AAPL, SIM, FakeMarketData
from tests.fakes import bar as make_bar

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the recorded market data is not here")


def prices(row: dict[str, str]) -> dict[str, Any]:
    return {name: float(row[name]) for name in ("open", "high", "low", "close", "volume")}


def load(name: str, size: str, source: str = "history") -> list[Bar]:
    with (DATA / name).open(newline="") as file:
        return [
            make_bar(
                time=from_datetime(datetime.fromisoformat(row["date"])),
                size=size,
                source=source,
                average=None,
                count=None,
                **prices(row),
            )
            for row in csv.DictReader(file)
        ]


async def test_real_bars_come_back_exactly(tmp_path: Path) -> None:
    bars = load("AAPL_1min.csv", "1m")
    start, end = bars[0].time - DAY, bars[-1].time + DAY
    broker = FakeMarketData(bars)
    broker.clock.advance_to(max(broker.clock.now(), end))
    broker.span = DAY
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        report = await HistoricalData(broker, db).backfill(AAPL, BarSize.parse("1m"), start, end)
        stored = db.bars(AAPL.contract_id, "SMART", "1m", start, end)
    assert (report.new, report.faults, len(bars)) == (2_083, {}, 2_083)
    assert stored.equals(bars_table(bars))


@pytest.mark.parametrize("symbol", ["AAPL", "TSLA"])
def test_real_minutes_make_the_real_five_minutes(symbol: str) -> None:
    minutes = load(f"{symbol}_1min.csv", "1m", source="rtbar")
    builder = CandleBuilder([BarSize.parse("5m")])
    built = {bar.time: bar for minute in minutes for bar in builder.add(minute) if bar.final}
    real = {bar.time: bar for bar in load(f"{symbol}_5min.csv", "5m")}
    common = sorted(built.keys() & real.keys())
    assert len(common) > 300
    # Odd lots count in one size's open, high and low and not in the other's; close and volume agree, but for
    # a bar or two that still ran when the file was made.
    ends = [(built[t].close, built[t].volume) == (real[t].close, real[t].volume) for t in common]
    assert ends.count(False) <= 2
    equal = sum(_prices(built[t]) == _prices(real[t]) for t in common)
    assert equal > 0.85 * len(common)


def _prices(bar: Bar) -> tuple[float, ...]:
    return bar.open, bar.high, bar.low, bar.close
