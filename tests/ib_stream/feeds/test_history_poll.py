"""History is asked once for all frames of one base, on a driven clock."""

import asyncio
from typing import Any

import pytest

from ib_stream.feeds.history_poll import LAG, POLL, RETRY
from market.errors import RequestFailed
from market.times import MINUTE
from tests.fakes import T0, trade
from tests.ib_stream.feeds.fakes import ID, World


class History:
    """`asked` are the base, the start and the end of every question; `refusal` is its answer, if any."""

    def __init__(self) -> None:
        self.asked = list[tuple[str, int, int]]()
        self.refusal: Exception | None = None

    async def backfill(self, instrument: Any, size: Any, start: int, end: int, **options: Any) -> None:
        self.asked.append((size.name, start, end))
        if self.refusal is not None:
            raise self.refusal


@pytest.fixture
def history(world: World) -> History:
    found = History()
    world.feeds._desk.history = found  # type: ignore[assignment]
    return found


async def settle() -> None:
    for _ in range(40):
        await asyncio.sleep(0)


async def after(world: World, nanoseconds: int) -> None:
    world.clock.advance(nanoseconds)
    await settle()


async def test_frames_of_one_base_ask_once_each_minute_as_far_back_as_one_of_them_needs(
    world: World, history: History
) -> None:
    names = [f"candle:{ID}:{frame}:all" for frame in ("1m", "5m", "1h")]
    with await world.feeds.join(names):
        await settle()
        history.asked.clear()
        await after(world, POLL + LAG)
        ((size, start, _),) = history.asked
        assert (size, world.clock.now() - start > 120 * MINUTE) == ("1m", True)
        await after(world, POLL)
        assert len(history.asked) == 2


async def test_bars_are_asked_again_for_as_long_as_tws_may_revise_them(
    world: World, history: History
) -> None:
    with await world.feeds.join([f"candle:{ID}:1m:all"]):
        await settle()
        assert history.asked[0][1] <= T0 - 16 * MINUTE


async def test_another_base_has_a_poll_of_its_own_and_the_last_listener_ends_it(
    world: World, history: History
) -> None:
    joined = await world.feeds.join([f"candle:{ID}:1m:all", f"candle:{ID}:5s:all"])
    await settle()
    assert {size for size, *_ in history.asked} == {"1m", "5s"}
    joined.leave()
    await after(world, MINUTE)
    history.asked.clear()
    await after(world, 3 * POLL)
    assert (history.asked, world.feeds._desk.polls) == ([], {})


async def test_after_an_outage_history_is_asked_until_it_answers(world: World, history: History) -> None:
    with await world.feeds.join([f"candle:{ID}:1m:all"]):
        await settle()
        world.bus.publish(trade(0, 10.0))
        history.refusal = RequestFailed("not now")
        world.broker.change("interrupted", world.broker.streams[0])
        world.broker.change("live", world.broker.streams[0])
        await settle()
        asked = len(history.asked)
        await after(world, RETRY)
        assert len(history.asked) == asked + 1
        history.refusal = None
        await after(world, RETRY)
        await after(world, RETRY)
        assert len(history.asked) == asked + 2
