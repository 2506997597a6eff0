import asyncio
import threading

import pytest

from ib_api.scheduling import MESSAGE, ORDER_MESSAGE, Ask, Limits, Priority, Scheduler, acting_as
from market.clock import AcceleratedClock, DrivenClock
from market.errors import BadRequest, PacingRefused
from market.times import SECOND
from tests.ib_api.scheduling.play import settle

START = 1_800_000_000 * SECOND
TICKS = Ask(kind="ticks", contract_id=1)
FEW = Limits(tick_by_tick=1, messages=2, order_reserve=0)


def driven(limits: Limits | None = None) -> tuple[Scheduler, DrivenClock]:
    clock = DrivenClock(START)
    return Scheduler(clock, limits), clock


def test_a_place_is_given_back_once_however_often_it_is_released() -> None:
    scheduler, _ = driven()
    permit, other = scheduler.take(Ask(kind="line", user="a")), scheduler.take(Ask(kind="line", user="b"))
    permit.release()
    permit.release()
    assert scheduler.quota().lines.users == {"b": 1}
    other.release()
    assert scheduler.free("line") == 100


async def test_the_end_of_a_stream_wakes_who_waits_for_its_place() -> None:
    scheduler, clock = driven(FEW)
    held = scheduler.take(TICKS)
    waiting = asyncio.create_task(scheduler.turn(Ask(kind="ticks", contract_id=2)))
    await settle()
    assert (waiting.done(), scheduler.quota().tick_by_tick.waiting) == (False, 1)
    held.release()
    await settle()
    assert waiting.done()
    assert clock.now() == START


async def test_who_gives_up_waiting_leaves_the_turn_to_the_next() -> None:
    scheduler, clock = driven(Limits(tick_by_tick=1))
    held = scheduler.take(TICKS)
    first, second = (
        asyncio.create_task(scheduler.turn(Ask(kind="ticks", contract_id=each))) for each in (2, 3)
    )
    await settle()
    first.cancel()
    held.release()
    await settle()
    assert (first.cancelled(), second.done(), scheduler.free("ticks")) == (True, True, 0)
    assert clock.now() == START


async def test_a_permit_that_comes_together_with_the_cancel_is_not_lost() -> None:
    scheduler, _ = driven(FEW)
    held = scheduler.take(TICKS)
    waiting = asyncio.create_task(scheduler.turn(Ask(kind="ticks", contract_id=2)))
    await settle()
    held.release()
    waiting.cancel()
    await settle()
    assert (waiting.cancelled(), scheduler.free("ticks")) == (True, 1)


def test_a_thread_waits_on_the_clock_of_the_connection() -> None:
    clock = AcceleratedClock(speed=1_000)
    scheduler = Scheduler(clock)
    scheduler.take(TICKS).release()
    begun = clock.monotonic()
    scheduler.wait(TICKS, timeout=16)
    assert clock.monotonic() - begun > 14 * SECOND


def test_a_thread_is_refused_at_once_where_waiting_does_not_help() -> None:
    scheduler, _ = driven()
    scheduler.take(TICKS)
    with pytest.raises(PacingRefused, match="tick-by-tick data of this contract in 15 s"):
        scheduler.wait(TICKS, timeout=15)
    for each in range(2, 6):
        scheduler.take(Ask(kind="ticks", user="me", contract_id=each))
    with pytest.raises(PacingRefused, match=r"all 5 tick-by-tick streams are under way \(unnamed 1, me 4\)"):
        scheduler.wait(Ask(kind="ticks", contract_id=9))
    assert scheduler.quota().tick_by_tick.waiting == 0


def test_a_thread_gets_the_place_that_another_thread_gives_back() -> None:
    scheduler = Scheduler(AcceleratedClock(speed=10), Limits(open_history=1, kept_reserved=0))
    held = scheduler.take(Ask(kind="history"))
    later = threading.Timer(0.02, held.release)
    later.start()
    scheduler.wait(Ask(kind="history"), timeout=100)
    later.join()
    assert scheduler.free("history") == 0


async def test_threads_and_an_event_loop_share_the_limits() -> None:
    clock = AcceleratedClock(speed=100)
    scheduler, sent = Scheduler(clock, Limits(messages=10, order_reserve=0)), list[int]()

    def thread() -> None:
        for _ in range(30):
            scheduler.wait(MESSAGE)
            sent.append(clock.monotonic())

    async def task() -> None:
        for _ in range(30):
            await scheduler.turn(MESSAGE)
            sent.append(clock.monotonic())

    await asyncio.gather(asyncio.to_thread(thread), asyncio.to_thread(thread), task(), task())
    assert len(sent) == 120
    assert max(sent) - min(sent) >= 11 * SECOND - SECOND // 10


async def test_a_cancel_on_the_event_loop_goes_at_once_or_waits_without_blocking_it() -> None:
    scheduler, clock = driven(FEW)
    sent = list[int]()
    for _ in range(3):
        scheduler.post(ORDER_MESSAGE, lambda: sent.append(clock.now() - START))
    assert sent == [0, 0]
    clock.advance(1_250_000_000)
    await settle()
    assert sent == [0, 0, 1_250_000_000]


def test_a_cancel_whose_event_loop_has_ended_stands_in_nobodys_way() -> None:
    # A clock whose timers end with their loop, as those of the real one do.
    scheduler = Scheduler(AcceleratedClock(speed=100), FEW)

    async def leaves_a_cancel() -> None:
        for _ in range(3):
            scheduler.post(ORDER_MESSAGE, lambda: None)

    async def comes_later() -> None:
        async with asyncio.timeout(5):
            await scheduler.turn(MESSAGE)

    asyncio.run(leaves_a_cancel())
    asyncio.run(comes_later())
    assert scheduler.quota().messages.waiting == 0


def test_an_offered_permit_is_used_by_the_request_of_its_kind_and_else_released() -> None:
    scheduler, _ = driven()
    permit = scheduler.take(TICKS)
    with permit.offered():
        other = scheduler.claim(Ask(kind="line"))
        assert scheduler.claim(TICKS) is permit
    assert (scheduler.free("ticks"), other is permit) == (4, False)
    unused = scheduler.take(Ask(kind="depth"))
    with unused.offered():
        pass
    assert scheduler.free("depth") == 3


def test_a_paid_message_is_not_counted_twice() -> None:
    scheduler, _ = driven()
    with scheduler.take(TICKS).paid():
        scheduler.message()
    assert scheduler.quota().messages.used == 1
    scheduler.message()
    assert scheduler.quota().messages.used == 2


def test_a_request_that_fails_to_be_sent_holds_nothing() -> None:
    scheduler, _ = driven()
    with pytest.raises(OSError, match="broken"), scheduler.take(TICKS).paid():
        raise OSError("broken")
    assert scheduler.free("ticks") == 5


def test_everybody_who_asks_in_the_block_acts_as_its_user() -> None:
    scheduler, _ = driven()
    with acting_as("backfill"):
        scheduler.take(Ask(kind="history", priority=Priority.HISTORY))
    scheduler.take(Ask(kind="history"))
    assert scheduler.quota().history.users == {"backfill": 1, "": 1}


def test_places_that_others_wait_for_are_not_free() -> None:
    scheduler, clock = driven(Limits(tick_by_tick=2))
    scheduler.take(TICKS)

    async def scene() -> None:
        waiting = asyncio.create_task(scheduler.turn(TICKS))
        await settle()
        assert scheduler.free("ticks") == 0
        clock.advance(16 * SECOND)
        await settle()
        assert waiting.done()

    asyncio.run(scene())


def test_the_limits_follow_from_the_number_of_lines() -> None:
    assert Limits.of(100) == Limits()
    assert Limits.of(2).messages == 1
    with pytest.raises(BadRequest, match="IB gives every login 100"):
        Limits.of(1)
