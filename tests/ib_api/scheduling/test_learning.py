"""Other programs share the budget: what a refusal teaches, and how it is forgotten again."""

import asyncio
from collections.abc import Callable

import pytest

from ib_api.scheduling import Ask, Kind, Priority, Scheduler
from market.clock import DrivenClock
from market.errors import PacingRefused
from market.times import SECOND
from tests.ib_api.scheduling.play import settle

START = 1_800_000_000 * SECOND
PACING = "Historical Market Data Service error message:Historical data request pacing violation"


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(START)


def small(number: int = 0) -> Ask:
    return Ask(kind="history", priority=Priority.HISTORY, contract_id=number, what="TRADES", small=True)


@pytest.mark.parametrize(
    ("code", "kind", "held"), [(101, "line", 40), (309, "depth", 2), (10190, "ticks", 3)]
)
def test_a_refused_stream_teaches_how_many_there_are(
    clock: DrivenClock, code: int, kind: Kind, held: int
) -> None:
    scheduler = Scheduler(clock)
    for each in range(held):
        scheduler.take(Ask(kind=kind, contract_id=each))
        clock.advance(SECOND)
    refused = scheduler.take(Ask(kind=kind, contract_id=99))
    refused.ended(PacingRefused("one too many", code=code))
    assert scheduler.free(kind) == 0
    clock.advance(59 * SECOND)
    assert scheduler.free(kind) == 0
    clock.advance(SECOND)
    assert scheduler.free(kind) == 1


def test_a_place_that_others_had_is_tried_again_by_who_waits(clock: DrivenClock) -> None:
    async def scene() -> None:
        scheduler = Scheduler(clock)
        scheduler.take(Ask(kind="ticks", contract_id=1)).ended(PacingRefused("full", code=10190))
        waiting = asyncio.create_task(scheduler.turn(Ask(kind="ticks", contract_id=2)))
        await settle()
        assert not waiting.done()
        clock.advance(60 * SECOND)
        await settle()
        assert waiting.done()

    asyncio.run(scene())


def test_a_pacing_violation_pauses_history_and_lowers_its_budget(clock: DrivenClock) -> None:
    scheduler = Scheduler(clock)
    for each in range(30):
        scheduler.take(small(each))
    scheduler.take(small(31)).ended(PacingRefused(PACING, code=162))
    usage = scheduler.quota().small_history
    assert (usage.used, usage.limit, usage.documented) == (31, 30, 60)
    assert (scheduler.delay(small(40)) or 0) >= 15
    assert scheduler.delay(Ask(kind="history")) == 0


async def test_half_of_everything_taken_by_another_program_is_found_out_without_a_storm(
    clock: DrivenClock,
) -> None:
    scheduler, served, refused = Scheduler(clock), list[int](), list[int]()
    theirs = [START] * 30

    def admits() -> bool:
        now = clock.now()
        return sum(at > now - 600 * SECOND for at in theirs + served) < 60

    async def request(number: int) -> None:
        while True:
            permit = await scheduler.turn(small(number))
            if admits():
                served.append(clock.now())
                permit.ended(None)
                return
            refused.append(clock.now())
            permit.ended(PacingRefused(PACING, code=162))

    tasks = [asyncio.create_task(request(each)) for each in range(90)]
    await pass_until(clock, lambda: all(task.done() for task in tasks))
    assert len(served) == 90
    # The first burst is refused as a whole; later tries are single.
    assert len(refused) <= 20
    assert clock.now() - START < 3600 * SECOND


async def pass_until(clock: DrivenClock, claim: Callable[[], bool]) -> None:
    await settle()
    while not claim():
        due = clock.next_due
        assert due is not None, "nothing will ever happen again"
        clock.advance_to(max(due, clock.now()))
        await settle()


def test_too_many_messages_halve_the_rate_until_it_grows_back(clock: DrivenClock) -> None:
    scheduler = Scheduler(clock)
    scheduler.absorb(100, "Max rate of messages per second has been exceeded")
    assert scheduler.quota().messages.limit == 22
    for _ in range(17):
        scheduler.take(Ask())
    with pytest.raises(PacingRefused, match="in 1 s"):
        scheduler.take(Ask())
    scheduler.take(Ask(priority=Priority.ORDER))
    clock.advance(60 * SECOND)
    assert scheduler.quota().messages.limit == 45


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (162, "HMDS query returned no data"),
        (420, "No TRADES data for this contract"),
        (200, "pacing"),
        (354, ""),
    ],
)
def test_a_refusal_that_is_no_matter_of_quotas_teaches_nothing(
    clock: DrivenClock, code: int, text: str
) -> None:
    scheduler = Scheduler(clock)
    before = scheduler.quota()
    assert not scheduler.absorb(code, text)
    assert scheduler.quota() == before
    assert scheduler.delay(small()) == 0
