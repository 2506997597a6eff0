"""Our own connector trades at the gateway."""

import asyncio
from collections.abc import Iterator

import pytest

from ib_api import IBContract, IBOrders
from ib_api._ibapi import Order
from ib_api.ib_broker import IBBroker
from market.bus import EventBus
from market.clock import RealClock
from market.events import Execution, OrderUpdate
from market.times import MINUTE
from simulator.gateway.server import run_in_thread
from simulator.model import generated

AAPL = IBContract.by_id(265598)


@pytest.fixture
def port() -> Iterator[int]:
    with run_in_thread(generated(seed=7, feed="consistent", always_open=True), RealClock()) as gateway:
        yield gateway.port


def order(kind: str, price: float | None = None) -> Order:
    made = Order()
    made.action, made.totalQuantity, made.orderType = "BUY", 10, kind
    if price is not None:
        made.lmtPrice = price
    return made


async def test_an_order_is_placed_seen_and_cancelled(port: int) -> None:
    broker = await IBBroker.open(port=port)
    try:
        orders = IBOrders(broker.connector, read_only=False)
        number = orders.place_order(AAPL, order("LMT", 1.0))
        bus: asyncio.Queue[OrderUpdate] = asyncio.Queue()
        broker.bus.subscribe(OrderUpdate, bus.put_nowait)
        while (await asyncio.wait_for(bus.get(), 5)).status != "Submitted":
            pass
        (seen,) = await orders.req_open_orders().within(5)
        assert (seen.order_id, seen.status, seen.contract_id) == (number, "Submitted", 265598)
        orders.cancel_order(number)
        while (await asyncio.wait_for(bus.get(), 5)).status != "Cancelled":
            pass
        assert list(await orders.req_open_orders().within(5)) == []
    finally:
        await broker.close()


async def test_a_fill_is_an_execution_with_its_commission(port: int) -> None:
    events, executions = EventBus(), asyncio.Queue[Execution]()
    events.subscribe(Execution, executions.put_nowait)
    broker = await IBBroker.open(port=port, bus=events)
    try:
        orders = IBOrders(broker.connector, read_only=False)
        number = orders.place_order(AAPL, order("MKT"))
        fill = await asyncio.wait_for(executions.get(), 5)
        while fill.commission is None:
            fill = await asyncio.wait_for(executions.get(), 5)
        assert (fill.order_id, fill.side, fill.commission_currency) == (number, "BUY", "USD")
        served = await orders.req_executions().within(5)
        assert fill.execution_id in [each.execution_id for each in served]
        # An older gateway tells it by its own clock and without a zone.
        assert abs(await broker.now() - fill.time) < MINUTE
    finally:
        await broker.close()
