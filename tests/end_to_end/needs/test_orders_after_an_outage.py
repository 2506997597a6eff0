"""Needs 4, 5 and 6, where they concern the connection: orders are known as they are, and never sent twice."""

import asyncio
from collections import Counter

from ib_api import IBCallbacks, IBConnector
from ib_api._ibapi import Order
from ib_api.ib_contract import IBContract
from ib_api.ib_orders import IBOrders
from market.events import Execution, OrderUpdate
from simulator import faults
from tests.end_to_end.needs.stage import Stage, on_stage, unreachable

AAPL = IBContract.by_id(265598)


def order(kind: str = "LMT", price: float = 1.0) -> Order:
    made = Order()
    made.action, made.totalQuantity, made.orderType, made.tif = "BUY", 10, kind, "GTC"
    if kind == "LMT":
        made.lmtPrice = price
    return made


def desk(stage: Stage) -> IBOrders:
    return IBOrders(stage.broker.connector, read_only=False)


def statuses(stage: Stage, number: int) -> list[str]:
    return [each.status for each in stage.of(OrderUpdate) if each.order_id == number]


async def placed(stage: Stage) -> int:
    """A resting order."""
    number = desk(stage).place_order(AAPL, order())
    await stage.until(lambda: "Submitted" in statuses(stage, number), 30)
    return number


async def test_no_order_id_is_used_twice_even_if_the_gateway_forgets_them() -> None:
    async with on_stage() as stage:
        used = [await placed(stage) for _ in range(3)]
        async with faults.restart(stage.gateway, 10, 5, None, True):
            await stage.pass_time(30)
        await stage.until(lambda: stage.broker.connector.isConnected())
        await stage.pass_time(10)
        assert desk(stage).next_order_id() > max(used)


async def test_the_orders_that_work_are_told_again_after_each_outage() -> None:
    async with on_stage() as stage:
        number = await placed(stage)
        before = len(statuses(stage, number))
        async with unreachable(stage.gateway):
            await stage.pass_time(60)
        await stage.until(lambda: len(statuses(stage, number)) > before, 60)
        assert statuses(stage, number)[-1] == "Submitted"
        assert {each.perm_id for each in stage.of(OrderUpdate)} != {0}


async def test_an_order_cancelled_by_hand_while_away_is_not_taken_for_working() -> None:
    async with on_stage() as stage:
        number = await placed(stage)
        other = IBConnector(IBCallbacks(lambda events: None), scheduler=stage.broker.scheduler)
        await asyncio.to_thread(other.connect, "127.0.0.1", stage.gateway.port, 8)
        try:
            async with faults.refused(stage.gateway), faults.cut(stage.gateway, 7):
                await stage.pass_time(10)
                await asyncio.to_thread(IBOrders(other).req_all_open_orders().result, 5)
                IBOrders(other).cancel_order(number)
                await stage.pass_time(20)
            await stage.until(lambda: stage.broker.connector.isConnected())
            await stage.pass_time(20)
            working = await desk(stage).req_open_orders().within(5)
        finally:
            await asyncio.to_thread(other.disconnect)
        assert [each.order_id for each in working] == []


async def test_an_order_that_was_swallowed_is_not_sent_again_by_itself() -> None:
    async with on_stage() as stage:
        async with faults.order_swallowed(stage.gateway):
            number = desk(stage).place_order(AAPL, order())
            await stage.pass_time(10)
        async with unreachable(stage.gateway):
            await stage.pass_time(10)
        await stage.pass_time(30)
        assert statuses(stage, number) == []
        assert list(await desk(stage).req_open_orders().within(5)) == []


async def test_an_order_whose_acknowledgement_was_lost_is_told_after_the_outage() -> None:
    async with on_stage() as stage:
        async with faults.acknowledgement_lost(stage.gateway):
            number = desk(stage).place_order(AAPL, order())
            await stage.pass_time(10)
            assert "Submitted" not in statuses(stage, number)
        async with unreachable(stage.gateway):
            await stage.pass_time(10)
        await stage.until(lambda: "Submitted" in statuses(stage, number), 60)


async def test_a_fill_told_twice_or_out_of_order_is_one_fill() -> None:
    async with on_stage() as stage:
        async with faults.fills_duplicated(stage.gateway), faults.fills_reordered(stage.gateway):
            number = desk(stage).place_order(AAPL, order("MKT"))
            await stage.until(lambda: "Filled" in statuses(stage, number), 30)
            await stage.pass_time(5)
        async with unreachable(stage.gateway):
            await stage.pass_time(10)
        await stage.pass_time(30)
        known = {each.execution_id: each for each in stage.of(Execution)}
        assert sum(each.quantity for each in known.values()) == 10
        # The same fill told again is the same event, whatever was known of it then.
        told = Counter(
            (each.execution_id, each.price, each.quantity, each.time) for each in stage.of(Execution)
        )
        assert len(told) == len(known)
        assert all(each.commission is not None for each in known.values())
