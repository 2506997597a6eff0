"""Need 9: never meet a pacing violation; the gateway punishes every one."""

import asyncio

import pytest

from market.bar_size import BarSize
from market.broker import BarRequest
from market.errors import BadRequest
from market.events import Bar, Problem
from market.times import MINUTE, SECOND
from market.wanted import WantedTicks
from simulator import faults
from tests.end_to_end.needs.stage import Stage, on_stage

VIOLATIONS = (100, 101, 162, 309, 420, 10190)
FIVE = BarSize.parse("5s")


def violations(stage: Stage) -> list[Problem]:
    return [problem for code in VIOLATIONS for problem in stage.told(code)]


async def test_seventy_requests_for_small_bars_at_once_are_all_answered_and_none_too_early() -> None:
    async with on_stage() as stage:
        stage.step = 2 * SECOND
        names = ("AAPL", "MSFT", "NVDA", "AMZN", "TSLA")
        contracts = [await stage.broker.resolve(name) for name in names]
        end = stage.clock.now() // MINUTE * MINUTE
        spans = [(end - n * 30 * MINUTE, end - (n - 1) * 30 * MINUTE) for n in range(1, 15)]
        asked = [
            stage.broker.bars(contract, BarRequest(FIVE, start, until))
            for contract in contracts
            for start, until in spans
        ]
        answers = await asyncio.gather(*asked)
        assert len(answers) == 70
        assert all(isinstance(bar, Bar) for bars in answers for bar in bars)
        assert stage.clock.now() - end > 9 * MINUTE
        assert violations(stage) == []


async def test_the_same_question_twice_waits_its_fifteen_seconds() -> None:
    async with on_stage() as stage:
        share = await stage.broker.resolve("AAPL")
        end = stage.clock.now() // MINUTE * MINUTE
        ask = BarRequest(FIVE, end - MINUTE, end)
        first = await stage.broker.bars(share, ask)
        begun = stage.clock.now()
        assert await stage.broker.bars(share, ask) == first
        assert stage.clock.now() - begun > 14 * SECOND
        assert violations(stage) == []


async def test_two_hundred_contract_questions_at_once_stay_below_fifty_messages_a_second() -> None:
    async with on_stage() as stage:
        found = await asyncio.gather(*(stage.broker.find("AAPL") for _ in range(200)))
        assert {each[0].symbol for each in found} == {"AAPL"}
        assert violations(stage) == []


async def test_a_sixth_tick_by_tick_stream_is_not_asked_of_ib_in_vain() -> None:
    async with on_stage() as stage:
        names = ("AAPL", "MSFT", "NVDA", "AMZN", "TSLA", "IBM", "SPY")
        streams = [await stage.broker.stream(await stage.broker.resolve(name), "Last") for name in names]
        await stage.pass_time(20)
        assert [each.source for each in streams] == ["tbt"] * 5 + ["l1"] * 2
        assert all("tick-by-tick" in each.note for each in streams[5:])
        assert {each.state for each in streams} == {"live"}
        assert violations(stage) == []


async def test_a_stream_left_and_wanted_again_is_not_asked_for_again() -> None:
    async with on_stage() as stage:
        share = await stage.broker.resolve("AAPL")
        for _ in range(4):
            stream = await stage.broker.subscribe(WantedTicks(instrument=share))
            await stage.pass_time(2)
            stream.cancel()
        await stage.broker.subscribe(WantedTicks(instrument=share))
        begun = stage.clock.now()
        await stage.pass_time(30)
        assert stage.live_at_gateway()["ticks"] == 1
        assert stage.trades(share, begun + 2 * SECOND, begun + 25 * SECOND)
        assert violations(stage) == []


async def test_another_program_that_eats_half_the_budget_delays_us_and_fails_nothing() -> None:
    async with on_stage() as stage, faults.greedy_client(stage.gateway):
        stage.step = 2 * SECOND
        await stage.pass_time(60)
        share = await stage.broker.resolve("AAPL")
        end = stage.clock.now() // MINUTE * MINUTE
        spans = [(end - n * 5 * MINUTE, end - (n - 1) * 5 * MINUTE) for n in range(1, 46)]
        answers = await asyncio.gather(
            *(stage.broker.bars(share, BarRequest(FIVE, start, until)) for start, until in spans)
        )
        assert all(answers)


async def test_what_no_waiting_would_mend_is_refused_before_it_is_sent() -> None:
    async with on_stage() as stage:
        share = await stage.broker.resolve("AAPL")
        end = stage.clock.now()
        with pytest.raises(BadRequest, match="more than one request"):
            await stage.broker.bars(share, BarRequest(FIVE, end - 30 * 24 * 60 * MINUTE, end))
        assert violations(stage) == []
