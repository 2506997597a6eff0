import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from data_processing.realtime_data import RealTimeData
from data_processing.timeseries_db import TimeseriesDB
from market.bar_size import BarSize
from market.bus import EventBus
from market.clock import DrivenClock
from market.events import Bar, ConnectionChanged, StreamChanged, StreamState
from market.times import DAY, SECOND
from tests.fakes import AAPL, SIM, T0, bar, quote, trade

ONE = BarSize.parse("1m")
RANGE = (T0 - DAY, T0 + DAY)


class Live:
    """A bus, a driven clock, a store and what is published."""

    def __init__(self, folder: Path) -> None:
        self.bus, self.clock = EventBus(), DrivenClock(T0 - 30 * SECOND)
        self.db = TimeseriesDB.open(folder, SIM, write=True)
        self.data = RealTimeData(self.bus, self.db, [ONE], self.clock)
        self.bars = list[Bar]()
        self.bus.subscribe(Bar, self.bars.append)
        self.data.start()
        self.data.start()

    def stream(self, seconds: range) -> None:
        for second in seconds:
            self.clock.advance_to(T0 + second * SECOND)
            self.bus.publish(trade(second, 10 + second % 7))

    def stored(self) -> list[tuple[int, bool]]:
        table = self.db.bars(AAPL.contract_id, "SMART", "1m", *RANGE)
        times = [(time - T0) // SECOND for time in table["time"].cast("int64").to_pylist()]
        return list(zip(times, table["final"].to_pylist(), strict=True))


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    live = Live(tmp_path)
    yield live
    await live.data.close()
    live.db.close()


async def test_nothing_is_lost_when_it_is_closed_at_once(live: Live) -> None:
    live.stream(range(-10, 100))
    await live.data.close()
    assert live.db.ticks(AAPL.contract_id, "SMART", "Last", *RANGE).num_rows == 110
    assert live.stored() == [(-60, False), (0, True), (60, False)]
    assert (live.data.counters.ticks, live.data.counters.flushed_ticks, live.data.counters.dropped) == (
        110,
        110,
        0,
    )


async def test_completed_bars_are_published_before_the_next_tick(live: Live) -> None:
    live.stream(range(-10, 61))
    finals = [each for each in live.bars if each.final]
    assert [(each.time, each.count) for each in finals] == [(T0, 60)]
    assert all(each.source == "ticks" for each in live.bars)


async def test_running_bars_are_published_a_few_times_a_second(live: Live) -> None:
    for hundredth in range(200):
        live.clock.advance(10**7)
        live.bus.publish(trade(hundredth / 100))
    assert 7 <= len([each for each in live.bars if not each.final]) <= 8


async def test_the_store_is_written_while_it_streams(live: Live) -> None:
    live.stream(range(-10, 5))
    flush = live.data._flush
    assert flush is not None
    await flush
    assert live.data.counters.flushed_ticks > 0


@pytest.mark.parametrize(
    "event",
    [
        StreamChanged(AAPL.contract_id, "SMART", T0, T0, "Last", "interrupted", "cut"),
        ConnectionChanged("disconnected", "reset", T0),
    ],
)
async def test_a_break_makes_the_running_bar_provisional(
    live: Live, event: StreamChanged | ConnectionChanged
) -> None:
    live.stream(range(-10, 30))
    live.bus.publish(event)
    live.stream(range(35, 125))
    await live.data.close()
    assert live.stored() == [(-60, False), (0, False), (60, True), (120, False)]


async def test_five_second_bars_are_recorded_and_make_candles(live: Live) -> None:
    for i in range(14):
        live.bus.publish(bar(0, time=T0 + i * 5 * SECOND, size="5s", source="rtbar"))
    await live.data.close()
    assert live.db.bars(AAPL.contract_id, "SMART", "5s", *RANGE).num_rows == 14
    assert [time for time, _ in live.stored()] == [0, 60]


async def test_history_on_the_bus_is_not_recorded(live: Live) -> None:
    live.bus.publish(bar())
    await live.data.close()
    assert live.stored() == []


async def test_without_a_store_candles_are_still_built() -> None:
    bus, bars = EventBus(), list[Bar]()
    data = RealTimeData(bus, None, [ONE], DrivenClock(T0))
    bus.subscribe(Bar, bars.append)
    data.start()
    bus.publish(quote(0, 1, 2))
    await data.close()
    assert ([each.what for each in bars], data.counters.ticks) == (["MIDPOINT"], 0)


def test_starting_up_needs_neither_pandas_nor_arrow() -> None:
    code = (
        "import sys, data_processing.candles, data_processing.realtime_data\n"
        "print(sorted({'pandas', 'pyarrow', 'numpy'} & sys.modules.keys()))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=20
    )
    assert loaded.stdout.strip() == "[]"


async def test_a_second_is_whole_between_the_join_and_the_break_of_its_own_stream(live: Live) -> None:
    def changed(second: float, state: StreamState, kind: str = "Last") -> None:
        time = T0 + int(second * SECOND)
        live.bus.publish(StreamChanged(AAPL.contract_id, "SMART", time, time, kind, state, "", "tbt"))

    changed(0.5, "live")
    live.stream(range(1, 3))
    changed(2.5, "interrupted", kind="BidAsk")
    live.stream(range(3, 5))
    changed(4.5, "interrupted")
    live.stream(range(6, 8))
    await live.data.close()
    seen = live.db.ticks(AAPL.contract_id, "SMART", "Last", *RANGE)["whole"].to_pylist()
    assert seen == [True, True, True, False, False, False]


async def test_a_kept_bar_is_stored_once_the_next_one_begins(live: Live) -> None:
    for second in (0, 60, 60):
        live.bus.publish(replace(bar(second), final=False, source="live"))
    await live.data.close()
    assert live.stored() == [(0, True)]
    assert [each.time for each in live.bars if each.final] == [T0]
