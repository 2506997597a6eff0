import asyncio

import pytest

from ib_api.settling import Settling
from market.clock import DrivenClock
from market.errors import RequestTimedOut
from market.times import SECOND


class Asked:
    """Questions for the time that wait until they are answered."""

    def __init__(self) -> None:
        self.waiting = list[asyncio.Future[None]]()

    async def __call__(self) -> None:
        self.waiting.append(asyncio.get_running_loop().create_future())
        await self.waiting[-1]


async def turn() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_all_who_come_before_the_question_share_it() -> None:
    asked, clock = Asked(), DrivenClock()
    settle = Settling(asked, clock)
    both = [asyncio.ensure_future(settle()) for _ in range(2)]
    await turn()
    asked.waiting[0].set_result(None)
    await asyncio.gather(*both)
    assert len(asked.waiting) == 1


async def test_who_comes_while_a_question_is_under_way_waits_for_the_next() -> None:
    asked, clock = Asked(), DrivenClock()
    settle = Settling(asked, clock)
    first = asyncio.ensure_future(settle())
    await turn()
    second = asyncio.ensure_future(settle())
    asked.waiting[0].set_result(None)
    await first
    await turn()
    assert not second.done()
    clock.advance(SECOND)
    await turn()
    asked.waiting[1].set_result(None)
    await second


async def test_what_goes_wrong_is_raised_to_all_who_wait() -> None:
    asked = Asked()
    settle = Settling(asked, DrivenClock())
    both = [asyncio.ensure_future(settle()) for _ in range(2)]
    await turn()
    asked.waiting[0].set_exception(RequestTimedOut("late"))
    for each in both:
        with pytest.raises(RequestTimedOut):
            await each
