from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_processing.pauses import PAUSE, Check, Pauses, missed
from data_storage.ledger import Stream
from market.errors import PacingRefused, RequestRejected
from market.times import MINUTE, SECOND
from tests.data_processing.refill_world import ID, World, one_thread
from tests.fakes import T0, bar

KEY = (1, "SMART", "Last")
TRADES = Stream(*KEY, "tbt")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    with one_thread():
        world = World(tmp_path)
        world.change("live")
        yield world
        await world.close()


async def swallowed(world: World, seconds: int = 4, before: int = 5) -> None:
    """A stream that drops some seconds without a word, and what follows until it is looked at."""
    await world.run(before)
    world.live = False
    await world.run(seconds)
    world.live = True
    await world.run(950)
    await world.rest()


async def test_what_a_stream_dropped_without_a_word_is_found_afterwards(world: World) -> None:
    await swallowed(world)
    assert world.stored()[:200] == world.truth(0, 100)
    assert [state for *_, state in world.states()] == ["have", "filled", "have"]


async def test_a_pause_in_which_nothing_happened_is_no_hole(world: World) -> None:
    await world.run(5)
    world.clock.advance(6 * SECOND)
    await world.run(950)
    asked = world.history.asked_ticks
    assert asked
    assert [state for *_, state in world.states()] == ["have"]


@pytest.mark.parametrize("error", [PacingRefused("slower"), RequestRejected("no permission just now")])
async def test_a_passing_refusal_delays_the_comparison(world: World, error: Exception) -> None:
    world.history.refusals = [error]
    await swallowed(world)
    await world.run(120)
    assert world.stored()[:200] == world.truth(0, 100)


async def test_what_history_refuses_again_and_again_is_left_as_it_came(world: World) -> None:
    world.history.always = RequestRejected("no permission")
    await swallowed(world)
    await world.run(900)
    assert [state for *_, state in world.states()] == ["have"]
    assert not [each for each in world.refill._lanes._checks if each.start < T0 + 60 * SECOND]  # type: ignore[union-attr]


def test_pauses_are_looked_at_together_after_five_minutes_or_a_page() -> None:
    for step, few in ((3 * SECOND, True), (SECOND // 10, False)):
        pauses, time = Pauses(), 100 * MINUTE
        pauses.live(TRADES, time - PAUSE)
        check, ticks = pauses.came(KEY, time), 0
        while check is None:
            ticks, time = ticks + 1, time + step
            check = pauses.came(KEY, time)
        assert check.start == 100 * MINUTE - PAUSE
        assert (time - check.start >= 5 * MINUTE) if few else (ticks < 1_000 and check.end == 100 * MINUTE)


def test_a_stream_that_says_nothing_until_it_breaks_off_is_compared_too() -> None:
    pauses = Pauses()
    pauses.live(TRADES, 100 * SECOND)
    assert pauses.broke(TRADES, 140 * SECOND) == Check(TRADES, 100 * SECOND, 140 * SECOND)


def test_a_break_ends_the_stretch_and_what_follows_is_not_a_pause() -> None:
    pauses = Pauses()
    pauses.live(TRADES, 99 * SECOND)
    for second in (100, 103, 104):
        assert pauses.came(KEY, second * SECOND) is None
    check = pauses.broke(TRADES, 105 * SECOND)
    assert isinstance(check, Check)
    assert (check.start, check.end) == (100 * SECOND, 103 * SECOND)
    assert pauses.came(KEY, 200 * SECOND) is None
    assert pauses.broke(TRADES, 200 * SECOND) is None


async def test_a_stream_that_is_late_to_begin_is_compared_too(world: World) -> None:
    await world.run(3)
    world.change("interrupted")
    await world.run(3)
    world.change("live")
    world.live = False
    await world.run(60)
    world.live = True
    await world.run(950)
    assert world.stored()[:200] == world.truth(0, 100)


async def test_a_bar_that_was_dropped_without_a_word_is_fetched(world: World) -> None:
    world.history.stored = [bar(minute) for minute in range(40)]
    world.change("live", kind="1m", source="live")
    for minute in (0, 1, 4, *range(5, 40)):
        world.bus.publish(bar(minute, source="live"))
        await world.wait(60)
    stored = world.db.bars(ID, "SMART", "1m", T0, T0 + 30 * MINUTE)["time"].cast("int64").to_pylist()
    assert stored == [T0 + minute * MINUTE for minute in range(30)]


async def test_what_was_dropped_within_a_second_beside_a_pause_is_found(world: World) -> None:
    await world.run(5)
    world.lossy = True
    await world.run(1)
    world.lossy = False
    world.clock.advance(2 * SECOND)
    await world.run(950)
    assert world.stored()[:20] == world.truth(0, 12)


seconds = st.dictionaries(st.integers(0, 40), st.integers(1, 3))


@given(seconds, seconds)
def test_what_is_missed_lies_in_a_stretch_and_no_stretch_is_without_it(
    stored: dict[int, int], told: dict[int, int]
) -> None:
    found = missed(stored, told, 0, 40)
    silent = set(told) - set(stored)
    beside = {s for s in told if told[s] > stored.get(s, 0) and not {s - 1, s + 1} <= set(stored)}
    assert all(any(a <= second <= b for a, b in found) for second in silent | beside)
    assert all((silent | beside) & set(range(a, b + 1)) for a, b in found)
    assert found == sorted(found)


@pytest.mark.parametrize("heard", range(3))
def test_a_bar_that_had_to_come_after_a_stream_was_live_is_missed_if_it_did_not(heard: int) -> None:
    stream, length = Stream(1, "SMART", "5s", what="TRADES", hours="all"), 5 * SECOND
    tenths = range(0, 20 * SECOND, SECOND // 10)
    for live, after in product((T0 + tenth for tenth in tenths[:51]), tenths):
        pauses, first = Pauses(), -(-live // length) * length
        pauses.live(stream, live)
        came = [first + n * length for n in range(heard)]
        assert [pauses.came(stream, time) for time in came] == [None] * heard
        check = pauses.broke(stream, live + after)
        lacking = [time for time in range(first, live + after - length + 1, length) if time not in came]
        assert bool(lacking) == (check is not None)
        assert check is None or check.start <= lacking[0] <= lacking[-1] < check.end


async def test_stretches_that_wait_are_compared_together(world: World) -> None:
    lanes = world.refill._lanes
    assert lanes is not None
    for minute in (0, 5, 50, 100):
        lanes.look_at(Check(TRADES, T0 + minute * MINUTE, T0 + (minute + 5) * MINUTE))
    lanes.look_at(Check(Stream(2, "SMART", "Last", "tbt"), T0, T0 + MINUTE))
    assert lanes.unproved == 3
