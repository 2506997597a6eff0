"""Two hours of market time in two minutes: what was stored is what the market did."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from data_processing.timeseries_db import TimeseriesDB
from market.bar_size import BarSize
from market.source import Source
from market.times import MINUTE, SECOND
from simulator.model import generated
from tests.ib_api.gateway import free_port
from tests.programs import Program

SYMBOLS = {"AAPL": 265598, "TSLA": 76792991, "AMZN": 3691937, "MSFT": 272093, "NVDA": 4815747}
SECONDS = 120
EVER = (0, 2**62)
SOURCE = Source.simulated(seed=1, feed="tws", always_open=True)
pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


def by_second(ticks: Iterable[tuple[int, float, float]]) -> dict[int, list[tuple[float, float]]]:
    """Price and size of the ticks of each second, in order."""
    found = defaultdict[int, list[tuple[float, float]]](list)
    for time, price, size in ticks:
        found[time // SECOND].append((price, size))
    return found


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> TimeseriesDB:
    """The store of a main job after its soak at sixty times the speed."""
    folder: Path = tmp_path_factory.mktemp("soak")
    port = str(free_port())
    speed = ("--speed", "60", "--start", "2026-01-06T14:00:30")
    gateway = Program(folder, "sim", "--feed", "tws", "--24h", *speed, "--port", port)
    job = None
    try:
        gateway.wait_for("Ctrl-C ends it")
        symbols = ("--symbols", ",".join([*SYMBOLS, "EURUSD"]))
        job = Program(folder, "--port", port, "--backfill-days", "0.1", *symbols)
        for _ in range(SECONDS // 5):
            job.wait_for("SIMULATED  AAPL")
        assert job.end() == 130, job.said
    finally:
        gateway.kill()
        if job is not None:
            job.kill()
    return TimeseriesDB.open(folder / "data", SOURCE)


def stored(db: TimeseriesDB, contract_id: int) -> list[tuple[int, float, float]]:
    table = db.ticks(contract_id, "SMART", "Last", *EVER)
    columns = (table[name].to_pylist() for name in ("price", "size"))
    return list(zip(table["time"].cast("int64").to_pylist(), *columns, strict=True))


def test_no_tick_is_lost_or_doubled_in_any_whole_second(soaked: TimeseriesDB) -> None:
    model = generated(seed=1, feed="tws", always_open=True)
    total = 0
    for name, contract_id in SYMBOLS.items():
        found = by_second(stored(soaked, contract_id))
        first, last = min(found) + 1, max(found)
        happened = by_second(
            (tick.time, tick.price, tick.size)
            for tick in model.trades(contract_id, first * SECOND, last * SECOND)
            if tick.last
        )
        assert {second: found[second] for second in found if first <= second < last} == happened, name
        assert last - first > SECONDS * 60 * 0.8
        total += sum(map(len, happened.values()))
    print(f"{total} ticks of {len(SYMBOLS)} contracts compared")
    assert total > 10_000


def test_final_bars_are_those_of_history(soaked: TimeseriesDB) -> None:
    model, minute, compared = generated(seed=1, feed="tws", always_open=True), BarSize.parse("1m"), 0
    for contract_id in SYMBOLS.values():
        table = soaked.bars(contract_id, "SMART", "1m", *EVER)
        rows: list[dict[str, Any]] = table.set_column(0, "time", table["time"].cast("int64")).to_pylist()
        streamed = {row["time"]: row for row in rows if row["final"] and row["source"] == "ticks"}
        start, end = min(streamed), max(streamed) + MINUTE
        assert sorted(streamed) == list(range(start, end, MINUTE))
        for bar in model.bars(contract_id, minute, "TRADES", "all", start, end, end + 3_600 * SECOND):
            row = streamed[bar.start]
            # Prints that are not reported to the tape move no bar, here or in history.
            assert [row[name] for name in ("open", "high", "low", "close")] == [
                bar.open,
                bar.high,
                bar.low,
                bar.close,
            ]
            assert row["volume"] == pytest.approx(bar.volume)
            compared += 1
    print(f"{compared} bars compared")
    assert compared > 400
