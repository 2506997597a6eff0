import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.clock import AcceleratedClock, DrivenClock, RealClock, deadline, sleep
from market.errors import BadRequest


@given(st.lists(st.integers(0, 100), max_size=20))
def test_timers_run_in_order_of_their_time_and_then_of_their_making(times: list[int]) -> None:
    clock, seen = DrivenClock(), list[tuple[int, int]]()
    for index, when in enumerate(times):
        clock.call_at(when, lambda key=(when, index): seen.append(key))  # type: ignore[misc]
    clock.advance(100)
    assert seen == sorted((when, index) for index, when in enumerate(times))


def test_a_timer_may_set_another_within_the_same_advance() -> None:
    clock, seen = DrivenClock(), list[int]()

    def set_another() -> None:
        clock.call_at(5, lambda: seen.append(clock.now()))

    clock.call_at(3, set_another)
    clock.advance(10)
    assert seen == [5]


def test_a_cancelled_timer_does_not_run() -> None:
    clock, seen = DrivenClock(), list[int]()
    clock.call_at(3, lambda: seen.append(1)).cancel()
    clock.advance(10)
    assert seen == []


def test_time_does_not_go_back() -> None:
    with pytest.raises(BadRequest, match="does not go back"):
        DrivenClock(5).advance_to(4)


async def test_an_accelerated_clock_starts_where_it_is_told_and_runs_faster() -> None:
    clock, due = AcceleratedClock(start=0, speed=1_000_000), asyncio.Event()
    clock.call_at(3_600_000_000_000, due.set)
    await due.wait()
    assert clock.now() >= 3_600_000_000_000


async def test_the_real_clock_runs_a_timer_that_is_due() -> None:
    clock, due = RealClock(), asyncio.Event()
    clock.call_at(clock.now(), due.set)
    await asyncio.wait_for(due.wait(), 5)


def test_a_clock_at_speed_zero_is_refused() -> None:
    with pytest.raises(BadRequest, match="speed 0"):
        AcceleratedClock(speed=0)


def test_a_leap_runs_what_is_due_where_it_lands() -> None:
    clock, seen = DrivenClock(0), []
    for when in (7, 3, 20):
        clock.call_at(when, lambda when=when: seen.append((when, clock.now())))  # type: ignore[misc]
    clock.leap_to(10)
    assert seen == [(3, 10), (7, 10)]
    assert clock.next_due == 20


def test_a_cancelled_timer_is_not_due() -> None:
    clock = DrivenClock(0)
    clock.call_at(5, lambda: None).cancel()
    assert clock.next_due is None


async def test_sleep_lasts_as_long_as_the_clock_says() -> None:
    clock = DrivenClock()
    sleeping = asyncio.create_task(sleep(clock, 5))
    await asyncio.sleep(0)
    clock.advance(5_000_000_000 - 1)
    await asyncio.sleep(0)
    assert not sleeping.done()
    clock.advance(1)
    await sleeping


async def test_a_deadline_passes_by_the_clock() -> None:
    clock = DrivenClock()

    async def wait_for_ever() -> None:
        async with deadline(clock, 60):
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait_for_ever())
    await asyncio.sleep(0)
    clock.advance(60_000_000_000)
    with pytest.raises(TimeoutError):
        await waiting


async def test_what_ends_before_its_deadline_leaves_no_timer() -> None:
    clock = DrivenClock()
    async with deadline(clock, 60):
        pass
    assert clock.next_due is None


def test_monotonic_time_starts_where_it_likes_and_only_grows() -> None:
    for clock in (RealClock(), AcceleratedClock(start=0, speed=50), DrivenClock(7)):
        assert clock.monotonic() <= clock.monotonic()
