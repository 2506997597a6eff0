"""Need 3: what was missed while away is filled in, or named."""

from pathlib import Path

import pytest

from data_processing import realtime_data
from data_processing.realtime_data import RealTimeData
from data_processing.refill import Refill
from data_processing.timeseries_db import TimeseriesDB
from ib_api._ibapi import Order
from ib_api.ib_contract import IBContract
from ib_api.ib_orders import IBOrders
from market.bar_size import BarSize
from market.broker import BarRequest
from market.events import Execution
from market.times import MINUTE, SECOND
from market.wanted import WantedBars, WantedTicks
from simulator import faults
from tests.end_to_end.needs.stage import Stage, on_stage, unreachable

ONE = BarSize.parse("1m")
AWAY = 7 * 60


def stored(db: TimeseriesDB, contract_id: int, start: int, end: int) -> list[tuple[int, float, float]]:
    table = db.ticks(contract_id, "SMART", "Last", start, end)
    times = table.column("time").cast("int64").to_pylist()
    return list(zip(times, table.column("price").to_pylist(), table.column("size").to_pylist(), strict=True))


async def test_seven_minutes_away_leave_no_tick_and_no_bar_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realtime_data, "FLUSH_EVERY", 30 * SECOND)
    async with on_stage() as stage:
        broker = stage.broker
        share, other = [await broker.resolve(name) for name in ("AAPL", "MSFT")]
        with TimeseriesDB.open(tmp_path, broker.source, write=True, clock=stage.clock) as db:
            db.put_instruments([share, other])
            realtime = RealTimeData(broker.bus, db, (), stage.clock)
            refill = Refill(broker, db, stage.clock, recorder=realtime.recorder)
            refill.start()
            realtime.start()
            await broker.subscribe(WantedTicks(instrument=share))
            await broker.subscribe(WantedBars(instrument=share, size=ONE))
            await broker.subscribe(WantedTicks(instrument=other, source="l1"))
            begun = stage.clock.now() // SECOND * SECOND + 2 * SECOND
            await stage.pass_time(60)
            lost = stage.clock.now()
            async with unreachable(stage.gateway):
                await stage.pass_time(AWAY)
            found = stage.clock.now()
            await stage.pass_time(90)
            await stage.until(lambda: not refill.pending, 900)
            await stage.pass_time(60)
            await realtime.close()
            await refill.close()
            end = (found // SECOND + 60) * SECOND
            assert stored(db, share.contract_id, begun, end) == stage.truth(share, begun, end)
            await no_bar_is_missing(stage, db, lost, found)
            # Of a market-data line nobody keeps what it was.
            assert [(gap.contract_id, "state" in gap.reason) for gap in db.gaps()] == [
                (other.contract_id, True)
            ]


async def no_bar_is_missing(stage: Stage, db: TimeseriesDB, lost: int, found: int) -> None:
    share = await stage.broker.resolve("AAPL")
    start, end = lost // MINUTE * MINUTE, found // MINUTE * MINUTE
    served = await stage.broker.bars(share, BarRequest(ONE, start, end))
    assert len(served) >= AWAY // 60
    frame = db.bars_frame(share.contract_id, "SMART", "1m", start, end)
    assert [int(each.value) for each in frame.index] == [bar.time for bar in served]
    assert list(frame["close"]) == [bar.close for bar in served]


async def test_a_fill_while_away_is_known_afterwards_and_counted_once() -> None:
    async with on_stage() as stage:
        share = await stage.broker.resolve("AAPL")
        await stage.broker.subscribe(WantedTicks(instrument=share))
        await stage.until(lambda: bool(stage.trades(share, 0, stage.clock.now())))
        price = stage.trades(share, 0, stage.clock.now())[-1][1]
        orders = IBOrders(stage.broker.connector, read_only=False)
        order = Order()
        order.action, order.totalQuantity, order.orderType = "BUY", 10, "LMT"
        order.lmtPrice = round(price - 0.05, 2)
        number = orders.place_order(IBContract.of(share), order)
        await stage.pass_time(2)
        assert not stage.of(Execution)
        async with unreachable(stage.gateway):
            await stage.pass_time(AWAY)
        await stage.until(lambda: bool(stage.of(Execution)), 60)
        await stage.pass_time(30)
        fills = {each.execution_id: each for each in stage.of(Execution)}
        assert {each.order_id for each in fills.values()} == {number}
        assert sum(each.quantity for each in fills.values()) == 10


async def test_a_message_that_cannot_be_read_may_have_been_of_any_stream_and_each_is_doubted() -> None:
    async with on_stage() as stage:
        share = await stage.broker.resolve("AAPL")
        await stage.broker.subscribe(WantedTicks(instrument=share))
        await stage.pass_time(20)
        async with faults.truncated(stage.gateway, count=1, desynchronised=False):
            await stage.until(lambda: bool(stage.told(508)), 60)
        await stage.pass_time(5)
        states = [change.state for change in stage.changes(share, "Last")]
        assert states[-3:] == ["live", "interrupted", "live"]


@pytest.mark.modern
@pytest.mark.parametrize("beyond", [0, 5, 60], ids=lambda seconds: f"{seconds} s beyond now")
async def test_bars_up_to_now_are_all_there_however_long_their_request_had_to_wait(beyond: int) -> None:
    async with on_stage() as stage:
        share = await stage.broker.resolve("AAPL")
        size = BarSize.parse("5s")
        now = size.whole(stage.clock.now())
        request = BarRequest(size, now - 60 * SECOND, now + beyond * SECOND)
        at_once = await stage.broker.bars(share, request)
        # IB takes the same question once in fifteen seconds.
        later = await stage.broker.bars(share, request)
        assert stage.clock.now() >= now + 15 * SECOND
        times = [bar.time for bar in later]
        assert times[: len(at_once)] == [bar.time for bar in at_once]
        assert times[:12] == list(range(request.start, now, size.nanoseconds))
