"""Any sequence of requests: no limit of IB's is exceeded, and everybody is served."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from ib_api.scheduling import Ask, Kind, Limits, Priority, Scheduler
from market.clock import DrivenClock
from market.times import SECOND
from tests.ib_api.scheduling.ib_rules import IBRules
from tests.ib_api.scheduling.play import Play, Step

MILLISECOND = SECOND // 1000
START = 1_800_000_000 * SECOND
FEW = Limits(lines=4, tick_by_tick=2, depth=1, open_history=5, kept_reserved=2, messages=9, order_reserve=2)
KINDS: tuple[Kind, ...] = ("message", "ticks", "line", "depth", "history", "kept")


def few_rules() -> IBRules:
    return IBRules(messages=10, lines=4, ticks=2, depth=1, open_history=5)


ASKS = st.builds(
    Ask,
    kind=st.sampled_from(KINDS),
    priority=st.sampled_from(list(Priority)),
    user=st.sampled_from(["ann", "ben", "cid"]),
    contract_id=st.integers(1, 3),
    exchange=st.sampled_from(["SMART", "IBIS"]),
    what=st.sampled_from(["TRADES", "BID_ASK"]),
    small=st.booleans(),
    identity=st.sampled_from(["", "a", "b", "c", "d"]),
)
STEPS = st.builds(
    Step,
    ask=ASKS,
    gap=st.one_of(st.just(0), st.integers(0, 40 * SECOND)),
    hold=st.one_of(st.just(0), st.integers(0, 90 * SECOND)),
)
BURSTS = st.lists(st.tuples(STEPS, st.integers(1, 20)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(BURSTS)
def test_no_limit_is_exceeded_and_nobody_starves(bursts: list[tuple[Step, int]]) -> None:
    async def scene() -> Play:
        clock = DrivenClock(START)
        play = Play(Scheduler(clock, FEW), clock, few_rules())
        await play.run([step for step, count in bursts for _ in range(count)])
        return play

    play = asyncio.run(scene())
    assert play.rules.broken == []
    assert len(play.order) == sum(count for _, count in bursts)


async def test_a_day_opens_with_everything_at_once_within_ibs_own_numbers() -> None:
    contracts = range(1, 101)
    steps = [
        *(Step(Ask(kind="line", contract_id=each), hold=900 * SECOND) for each in contracts),
        *(Step(Ask(kind="ticks", contract_id=each), hold=20 * SECOND) for each in range(1, 21)),
        *(Step(Ask(kind="depth", contract_id=each), hold=60 * SECOND) for each in range(1, 6)),
        *(Step(Ask(small=True, contract_id=each, what="TRADES")) for each in range(1, 51)),
        *(Step(past(each), hold=SECOND) for each in range(200)),
    ]
    clock = DrivenClock(START)
    play = Play(Scheduler(clock), clock)
    await play.run(steps)
    assert play.rules.broken == []
    lines = [when for when, ask in play.order if ask.kind == "line"]
    # 40 messages in 1.25 s are not kept for orders; small requests take turns with lines.
    assert max(lines) - START <= 4 * SECOND
    # 317 units of a budget of 60 in ten minutes: the last go when five times ten minutes are over.
    assert play.order[-1][0] - START < 3010 * SECOND


def past(number: int) -> Ask:
    return Ask(
        kind="history",
        priority=Priority.HISTORY,
        contract_id=number % 7,
        what="TRADES" if number % 3 else "BID_ASK",
        small=True,
        identity=str(number // 2),
    )


async def test_a_cancel_goes_before_everything_that_waits() -> None:
    clock = DrivenClock(START)
    play = Play(Scheduler(clock), clock)
    lines = [Step(Ask(kind="line", contract_id=each)) for each in range(90)]
    await play.run([*lines, Step(Ask(priority=Priority.ORDER), gap=MILLISECOND)])
    (sent,) = [when for when, ask in play.order if ask.priority is Priority.ORDER]
    assert sent == START + MILLISECOND


async def test_users_of_one_priority_take_turns() -> None:
    clock = DrivenClock(START)
    play = Play(Scheduler(clock), clock)
    many = [Step(Ask(kind="line", user="greedy", contract_id=each)) for each in range(300)]
    await play.run([*many, Step(Ask(kind="line", user="modest"), gap=MILLISECOND)])
    (sent,) = [when for when, ask in play.order if ask.user == "modest"]
    assert sent - START <= 1250 * MILLISECOND


async def test_who_needs_two_units_of_the_budget_is_not_overtaken_for_ever_by_who_needs_one() -> None:
    clock = DrivenClock(START)
    play = Play(Scheduler(clock), clock)
    small = [Step(small_past(each), gap=SECOND) for each in range(60)]
    double = Step(Ask(kind="history", user="late", what="BID_ASK", small=True), gap=SECOND)
    others = [Step(small_past(100 + each), gap=SECOND) for each in range(20)]
    await play.run([*small, double, *others])
    position = [ask.user for _, ask in play.order].index("late")
    assert position == 60


def small_past(number: int) -> Ask:
    return Ask(kind="history", user=f"user {number % 5}", contract_id=number, what="TRADES", small=True)


async def test_places_are_kept_for_bars_that_are_kept_up_to_date() -> None:
    clock = DrivenClock(START)
    play = Play(Scheduler(clock), clock)
    for each in range(60):
        play.begin(Step(Ask(kind="history", contract_id=each), hold=60 * SECOND))
    await play.until(START + 5 * SECOND)
    assert play.scheduler.quota().history.used == 40
    for each in range(12):
        play.begin(Step(Ask(kind="kept", contract_id=each), hold=900 * SECOND))
    await play.until(START + 10 * SECOND)
    quota = play.scheduler.quota()
    assert (quota.kept.used, quota.history.used, quota.history.waiting) == (10, 50, 20)
    await play.run([])
    assert play.rules.broken == []
