import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_storage.layout import FOREVER
from market.bar_size import BarSize
from market.errors import ConnectionFailed, NoPermission, PacingRefused, RequestTimedOut
from market.events import Refilled
from market.times import MINUTE, SECOND
from tests.data_processing.refill_world import ID, World, one_thread
from tests.fakes import T0, bar

ONE = BarSize.parse("1m")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    with one_thread():
        world = World(tmp_path)
        world.change("live")
        yield world
        await world.close()


async def outage(world: World, seconds: int = 5) -> None:
    """Three seconds of ticks, then none, then live again."""
    await world.run(3)
    await world.run(seconds, within="interrupted")
    await world.run(2, within="live")


async def test_what_was_missed_is_filled_in_by_whole_seconds(world: World) -> None:
    await outage(world)
    assert len(world.stored()) < len(world.truth(0, 10))
    await world.run(20)
    assert world.stored()[: 2 * 28] == world.truth(0, 28)
    assert world.states() == [(1, 3, "have"), (3, 9, "filled"), (9, None, "have")]
    assert world.refill.pending == []


async def test_what_of_a_hole_is_stored_is_told_part_by_part_and_once(world: World) -> None:
    told = list[Refilled]()
    world.bus.subscribe(Refilled, told.append)
    await outage(world)
    await world.run(30)
    parts = [((each.time - T0) // SECOND, (each.end - T0) // SECOND) for each in told]
    assert (parts[0][0], parts[-1][1]) == (3, 9)
    assert all(before[1] == after[0] for before, after in pairwise(parts))
    assert {(each.contract_id, each.kind) for each in told} == {(ID, "Last")}


async def test_both_seconds_of_the_seam_come_from_history_and_none_twice(world: World) -> None:
    await outage(world)
    await world.run(20)
    await world.realtime.recorder.flush()  # type: ignore[union-attr]
    table = world.db.ticks(ID, "SMART", "Last", T0 + 2 * SECOND, T0 + 10 * SECOND)
    assert table["source"].to_pylist() == ["tbt"] * 2 + ["history"] * 12 + ["tbt"] * 2
    assert all(table["whole"].to_pylist())


async def test_a_bar_that_nobody_told_of_before_the_break_is_fetched(world: World) -> None:
    world.history.stored = [bar(minute) for minute in range(6)]
    world.change("live", kind="1m", source="live")
    running = bar(0, final=False, source="live")
    world.bus.publish(running)
    await world.wait(120)
    world.change("interrupted", at=5, kind="1m", source="live")
    await world.wait(120)
    world.change("live", kind="1m", source="live")
    await world.wait(120)
    stored = world.db.bars(ID, "SMART", "1m", T0, T0 + 60 * MINUTE)["time"].cast("int64").to_pylist()
    assert stored[:4] == [T0 + minute * MINUTE for minute in range(4)]


async def test_ticks_that_came_after_the_last_good_moment_are_not_trusted(world: World) -> None:
    await world.run(2)
    world.lossy = True
    await world.run(3)
    world.lossy = False
    world.change("interrupted", at=-3)
    await world.run(1, within="live")
    await world.run(30)
    assert world.stored()[: len(world.truth(0, 20))] == world.truth(0, 20)


@pytest.mark.parametrize(
    "error", [PacingRefused("slower"), ConnectionFailed("cut"), RequestTimedOut("late"), OSError(28, "full")]
)
async def test_what_history_does_not_give_now_is_asked_for_again(world: World, error: Exception) -> None:
    world.history.refusals = [*[error] * 9]
    await outage(world)
    await world.wait(3_600)
    assert (world.states()[1], world.gaps) == ((3, 9, "filled"), [])


async def test_a_refusal_that_stays_makes_a_gap_with_its_words(world: World) -> None:
    world.history.always = NoPermission("no market data permission for history")
    await outage(world)
    await world.wait(3_600)
    assert world.states()[1] == (3, 9, "gap")
    assert world.gaps == world.db.gaps()
    assert world.gaps[0].reason == "cut; no market data permission for history"


async def test_of_a_hole_only_what_was_refused_is_a_gap(world: World) -> None:
    world.history.refusals = [None, *[NoPermission("not any more")] * 9]
    await outage(world, seconds=9)
    await world.wait(3_600)
    assert world.states() == [(1, 3, "have"), (3, 6, "filled"), (6, 13, "gap"), (13, None, "have")]
    assert world.stored()[:12] == world.truth(0, 6)


async def test_without_a_line_nothing_is_asked_for(world: World) -> None:
    world.line("disconnected")
    await outage(world)
    await world.wait(600)
    assert world.history.asked_ticks == []
    world.line("ready")
    await world.rest()
    assert world.states()[1] == (3, 9, "filled")


async def test_the_newest_hole_goes_first(world: World) -> None:
    world.line("disconnected")
    await outage(world)
    await outage(world)
    await world.run(20)
    world.line("ready")
    await world.rest()
    seconds = [(asked - T0) // SECOND for asked in world.history.asked_ticks]
    assert seconds[0] == 13
    assert seconds[-1] < 9


async def test_a_silent_second_is_confirmed_empty(tmp_path: Path) -> None:
    with one_thread():
        world = World(tmp_path, each=0)
        world.change("live")
        await outage(world)
        world.change("interrupted")
        await world.wait(60)
        world.change("ended")
        await world.wait(120)
        assert {state for *_, state in world.states()} == {"have", "empty"}
        await world.close()


async def test_what_a_line_missed_is_a_gap_at_once(world: World) -> None:
    world.change("live", kind="BidAsk", source="l1")
    await world.run(3)
    world.change("interrupted", kind="BidAsk", source="l1")
    await world.run(4)
    assert world.db.gaps()[0].end == FOREVER[1]
    world.change("live", kind="BidAsk", source="l1")
    (gap,) = world.gaps
    assert (gap.time, gap.end, gap.kind) == (T0 + 3 * SECOND, T0 + 7 * SECOND, "BidAsk")
    assert "state that nobody keeps" in gap.reason


async def test_bars_of_ticks_that_were_missed_are_fetched(tmp_path: Path) -> None:
    with one_thread():
        world = World(tmp_path, candles=[ONE])
        world.history.stored = [bar(minute) for minute in range(60)]
        world.change("live")
        await world.wait(120)
        world.change("interrupted", at=1)
        await world.wait(180)
        world.change("live", at=1)
        await world.wait(600)
        stored = world.db.bars(ID, "SMART", "1m", T0, T0 + 60 * MINUTE)["time"].cast("int64").to_pylist()
        assert stored == [T0 + minute * MINUTE for minute in (2, 3, 4, 5)]
        assert all(span.state != "pending" for span in world.db.spans())
        await world.close()


async def test_all_last_is_filled_with_what_there_is_and_the_rest_named(world: World) -> None:
    world.change("live", kind="AllLast", source="tbt")
    await world.run(1)
    world.change("interrupted", kind="AllLast")
    await world.run(2)
    world.change("live", kind="AllLast")
    await world.run(40)
    assert [gap.kind for gap in world.db.gaps()] == ["AllLast"]
    assert "not in historical ticks" in world.gaps[0].reason


async def test_a_stream_that_its_user_ended_leaves_no_hole(world: World) -> None:
    await world.run(3)
    world.change("ended")
    await world.wait(300)
    world.change("live")
    await world.run(3)
    assert [state for *_, state in world.states()] == ["have", "have"]


async def test_a_clean_stop_leaves_no_hole_but_what_is_pending_waits_on(tmp_path: Path) -> None:
    with one_thread():
        world = World(tmp_path)
        world.change("live")
        world.history.always = PacingRefused("slower")
        await outage(world)
        await world.close()
        assert world.states() == [(1, 3, "have"), (3, 9, "pending"), (9, 10, "have")]
        world.history.always = None
        world._begin()
        await world.wait(60)
        assert world.states()[1] == (3, 9, "filled")
        await world.close()


async def test_what_a_full_memory_lost_is_filled_in(world: World) -> None:
    recorder = world.realtime.recorder
    assert recorder is not None
    await world.run(3)
    recorder._cap = 0
    await world.run(4)
    recorder._cap = 1_000
    await world.run(30)
    await recorder.flush()
    assert world.stored()[: 2 * 25] == world.truth(0, 25)
    assert world.states()[1][2] == "filled"


async def test_a_ledger_that_cannot_be_written_is_told_and_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from market.events import Problem

    problems = list[Problem]()
    world.bus.subscribe(Problem, problems.append)
    with monkeypatch.context() as broken:
        broken.setattr(world.db, "put_spans", _full)
        await world.run(3, within="interrupted")
    assert [problem.severity for problem in problems] == ["error"]
    await world.run(11, within="live")
    assert [state for *_, state in world.states()][-1] == "have"


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


# -- after any sequence of cuts, joins, crashes and refusals

Act = Callable[[World], Awaitable[None]]
PASSING = [PacingRefused("slower"), ConnectionFailed("cut"), RequestTimedOut("late")]


async def _cut(world: World) -> None:
    await world.run(2, within="interrupted")


async def _doubt(world: World) -> None:
    world.lossy = True
    await world.run(2)
    world.lossy = False
    world.change("interrupted", at=-2)
    await world.run(1)


async def _join(world: World) -> None:
    await world.run(2, within="live")


async def _go_on(world: World) -> None:
    await world.run(3)


async def _fill(world: World) -> None:
    await world.run(15)


async def _crash(world: World) -> None:
    await world.crash()
    await world.run(1)


async def _crash_late(world: World) -> None:
    await world.crash(unwritten=3)


async def _refuse(world: World) -> None:
    world.history.refusals += PASSING


async def _offline(world: World) -> None:
    world.line("disconnected")
    await world.run(1, within="interrupted")


async def _online(world: World) -> None:
    world.line("ready")
    await world.run(1, within="live")


ACTS = st.lists(
    st.sampled_from([_cut, _doubt, _join, _go_on, _fill, _crash, _crash_late, _refuse, _offline, _online]),
    max_size=12,
)


async def _play(folder: Path, acts: list[Act], lasting: Exception | None) -> None:
    with one_thread():
        world = World(folder)
        world.change("live")
        await world.run(2)
        for act in acts:
            await act(world)
        world.history.always = lasting
        world.line("ready")
        await world.run(3, within="live")
        await world.wait(3_600)
        await world.close()
        _check(world, served=lasting is None)


def _check(world: World, *, served: bool) -> None:
    """Each second is there whole and once, or in a gap; there is no gap over what could be served."""
    spans = world.states()
    assert [end for _, end, _ in spans[:-1]] == [start for start, *_ in spans[1:]], spans
    assert "pending" not in {state for *_, state in spans}
    assert not (served and world.db.gaps())
    for start, end, state in spans:
        assert end is not None
        if state != "gap":
            assert [t for t in world.stored() if start <= t[0] < end] == world.truth(start, end), spans


@pytest.mark.timeout(120)
@settings(max_examples=25)
@given(ACTS)
def test_every_second_is_there_once_whatever_happens(acts: list[Act]) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(_play(Path(folder), acts, None))


@pytest.mark.timeout(120)
@settings(max_examples=10)
@given(ACTS)
def test_what_is_refused_for_good_is_a_gap_and_the_rest_is_there(acts: list[Act]) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(_play(Path(folder), acts, NoPermission("not for you")))


async def test_a_second_in_which_the_recording_was_cut_is_filled_in_though_nothing_was_missed(
    world: World,
) -> None:
    world.change("live", at=-1)
    await world.run(6)
    world._happen(0)
    world.change("interrupted", at=-3)
    world.live = True
    world._happen(1)
    world.change("live", at=-3)
    world.clock.advance(SECOND)
    await world.run(60)
    assert world.stored()[: len(world.truth(0, 50))] == world.truth(0, 50)
    assert world.states()[-1][0] == 7
