"""The market hurries, the page keeps up, and every bar that it shows as final is the one that history has."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page

from data_processing.historical_data import HistoricalData
from data_processing.realtime_data import RealTimeData
from data_processing.refill import Refill
from data_processing.timeseries_db import TimeseriesDB
from ib_api.ib_broker import IBBroker
from ib_stream.backend import Backend
from market.bar_size import BarSize
from market.clock import AcceleratedClock
from market.source import Feed
from market.times import MINUTE, SECOND, parse
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import run_in_thread
from simulator.model import generated
from simulator.model.api import BarData, MarketModel
from simulator.model.feed import REVISION
from tests.ib_stream.serving import AAPL, Running, serving

START = parse("2026-04-08T15:00:30")
SIZE = BarSize.parse("1m")
SETTLED = 10
"""The store has no newer fetch of bars that are older than so many."""


@asynccontextmanager
async def hurried(port: int, clock: AcceleratedClock, folder: Path) -> AsyncIterator[Backend]:
    """What stands behind a server, in a time that hurries."""
    broker = await IBBroker.open(port=port, clock=clock)
    db = TimeseriesDB.open(folder, broker.source, write=True)
    realtime = RealTimeData(broker.bus, db, (), clock)
    assert realtime.recorder is not None
    refill = Refill(broker, db, clock, recorder=realtime.recorder)
    realtime.start()
    refill.start()
    try:
        yield Backend(broker, db, HistoricalData(broker, db), clock, realtime.recorder.flush)
    finally:
        await realtime.close()
        await refill.close()
        db.close()
        await broker.close()


@contextmanager
def market(folder: Path, feed: Feed, speed: float, minutes: int) -> Iterator[tuple[MarketModel, Running]]:
    """A market that is made before its time begins to hurry, and a server."""
    model = generated(seed=3, feed=feed, always_open=True)
    assert list(model.trades(AAPL, START - 60 * MINUTE, START + minutes * MINUTE))
    clock = AcceleratedClock(START, speed)
    with run_in_thread(model, clock, GatewayOptions(feed=feed)) as gateway:
        opening = partial(hurried, gateway.port, clock, folder / "data")
        with serving(folder, gateway.port, opening=opening) as web:
            yield model, web


def final_bars(page: Page, until: int, seconds: float) -> list[dict[str, Any]]:
    """What the page shows as final, once it does so of the bar that starts at `until`."""
    deadline = time.monotonic() + seconds
    while True:
        found: list[dict[str, Any]] = page.evaluate("truetick.bars.list.filter((bar) => bar.final)")
        if found and found[-1]["time"] * SECOND >= until:
            return found
        assert time.monotonic() < deadline, found[-1:]
        page.wait_for_timeout(250)


def values(bar: BarData) -> dict[str, float | None]:
    """A bar of the truth as the page has one."""
    return {"time": bar.start // SECOND} | _prices(msgspec.structs.asdict(bar))


def truth(model: MarketModel, start: int, now: int) -> dict[str, float | None]:
    """The bar that starts then, as the market's history has it at `now`."""
    (bar,) = model.bars(AAPL, SIZE, "TRADES", "all", start, start + MINUTE, now)
    return values(bar)


def stored(web: Running, start: int, end: int) -> list[dict[str, Any]]:
    """The final bars of the store, as the page has them."""
    query = {"start": start, "end": end, "limit": 5000, "fetch": False}
    rows = web.get("/bars/AAPL", params=query).json()["rows"]
    return [{"time": parse(row["time"]) // SECOND} | _prices(row) for row in rows if row["final"]]


def compare(folder: Path, chromium: Browser, feed: Feed, speed: float, minutes: int) -> None:
    until = (START // MINUTE + minutes) * MINUTE
    with market(folder, feed, speed, minutes) as (model, web):
        page = chromium.new_page()
        page.goto(f"{web.url}/chart/AAPL")
        shown = final_bars(page, until, 60 + 3 * minutes * 60 / speed)
        page.close()
        first, last = shown[0]["time"] * SECOND, shown[-1]["time"] * SECOND
        kept = stored(web, first, last + MINUTE)
    found = [{"time": bar["time"]} | _prices(bar) for bar in shown]
    assert [bar["time"] * SECOND for bar in found] == list(range(first, last + MINUTE, MINUTE))
    ends = [(bar["time"] * SECOND, bar["time"] * SECOND + MINUTE) for bar in found]
    first_told = [truth(model, start, end + 5 * SECOND) for start, end in ends]
    # Of `tws`, history changes the volume of a bar when it is a quarter of an hour old.
    late = [truth(model, start, end + REVISION) for start, end in ends]
    known = zip(found, first_told, late, strict=True)
    assert [bar for bar, *forms in known if bar not in forms] == []
    assert kept[:-SETTLED] == found[:-SETTLED]
    if feed == "consistent":
        assert kept == found == late
    print(f"{len(found)} final bars of the page compared; it looked on while {minutes} of them were made")


def _prices(bar: dict[str, Any]) -> dict[str, Any]:
    return {name: bar[name] for name in ("open", "high", "low", "close", "volume")}


@pytest.mark.timeout(120)
def test_final_bars_on_the_page_are_those_of_history(tmp_path: Path, chromium: Browser) -> None:
    compare(tmp_path, chromium, "consistent", speed=30, minutes=3)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("feed", ["consistent", "tws"])
def test_an_hour_of_final_bars_is_that_of_history(tmp_path: Path, chromium: Browser, feed: Feed) -> None:
    compare(tmp_path, chromium, feed, speed=60, minutes=60)
