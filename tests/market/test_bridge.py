import asyncio
import threading

from market.bridge import LoopBridge
from market.events import Event, Midpoint


def ticks(n: int) -> list[Midpoint]:
    return [Midpoint(1, "SMART", i, 0, 1.0) for i in range(n)]


async def test_batches_of_a_thread_arrive_in_order_and_none_is_lost() -> None:
    got = list[Event]()
    bridge = LoopBridge(asyncio.get_running_loop(), got.extend)

    def put_all() -> None:
        for tick in ticks(1_000):
            bridge.put([tick])

    thread = threading.Thread(target=put_all)
    thread.start()
    await asyncio.to_thread(thread.join)
    bridge.close()
    assert got == ticks(1_000)


async def test_a_backlog_wakes_the_loop_once() -> None:
    calls = list[int]()
    bridge = LoopBridge(asyncio.get_running_loop(), lambda batch: calls.append(len(batch)))
    for tick in ticks(5):
        bridge.put([tick])
    await asyncio.sleep(0)
    assert (calls, bridge.high_water) == ([5], 5)


async def test_nothing_is_delivered_after_close() -> None:
    got = list[Event]()
    bridge = LoopBridge(asyncio.get_running_loop(), got.extend)
    bridge.close()
    bridge.put(ticks(1))
    await asyncio.sleep(0)
    assert got == []
