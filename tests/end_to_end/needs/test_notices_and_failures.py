"""Needs 7 and 8: notices are not errors; failures raise, with IB's text, each in its own way."""

import pytest

from ib_api.errors import NotConnected
from market.bar_size import BarSize
from market.broker import BarRequest
from market.errors import ContractNotFound, NoPermission, PacingRefused, RequestTimedOut
from market.events import Quote
from market.times import DAY, MINUTE, SECOND
from market.wanted import WantedTicks
from simulator import faults
from simulator.gateway.session import Session
from tests.end_to_end.needs.stage import Stage, on_stage

NOTICES = [2104, 2106, 2108, 2119, 2137, 2150, 2158, 2174, 2176, 10349, 399]


def session(stage: Stage) -> Session:
    (only,) = stage.gateway.services.clients.values()
    return only


@pytest.mark.parametrize("code", NOTICES)
async def test_a_notice_leaves_the_stream_that_it_names_alive(code: int) -> None:
    async with on_stage() as stage:
        share = await stage.broker.resolve("AAPL")
        stream = await stage.broker.subscribe(WantedTicks(instrument=share))
        ((_, request_id),) = session(stage).subscriptions("ticks")
        session(stage).error(request_id, code, "a remark")
        await stage.until(lambda: bool(stage.told(code)))
        begun = stage.clock.now()
        await stage.pass_time(10)
        assert (stream.state, stream.error) == ("live", None)
        assert stage.trades(share, begun, begun + 5 * SECOND)
        assert stage.told(code)[0].severity in ("info", "warning")


@pytest.mark.parametrize("code", [10167, 10090, 10091])
async def test_a_line_of_which_only_a_part_may_be_had_goes_on(code: int) -> None:
    async with on_stage() as stage:
        share = await stage.broker.resolve("AAPL")
        stream = await stage.broker.subscribe(WantedTicks(instrument=share, tick_type="BidAsk", source="l1"))
        ((_, request_id),) = session(stage).subscriptions("line")
        session(stage).error(request_id, code, "a part of it")
        await stage.until(lambda: bool(stage.told(code)))
        heard = len(stage.of(Quote))
        await stage.pass_time(20)
        assert (stream.state, stream.error) == ("live", None)
        assert len(stage.of(Quote)) > heard


async def test_a_code_that_nobody_knows_is_passed_on_and_counted() -> None:
    async with on_stage() as stage:
        session(stage).error(-1, 98765, "something new")
        await stage.until(lambda: bool(stage.told(98765)))
        assert "something new" in stage.told(98765)[0].message
        assert stage.broker.callbacks.unknown_codes[98765] == 1


async def test_no_failure_looks_like_an_empty_answer_or_like_another_failure() -> None:
    async with on_stage() as stage:
        broker = stage.broker
        share, silent = [await broker.resolve(name) for name in ("AAPL", "MSFT")]
        end = stage.clock.now() // MINUTE * MINUTE
        ask = BarRequest(BarSize.parse("1m"), end - 5 * MINUTE, end)
        assert len(await broker.bars(share, ask)) == 5
        sunday = end - 3 * DAY
        nothing = BarRequest(BarSize.parse("1m"), sunday, sunday + MINUTE)
        assert await broker.bars(share, nothing) == []
        async with faults.unentitled(stage.gateway, "AAPL"):
            with pytest.raises(NoPermission, match=r"162.*No market data permissions"):
                await broker.bars(share, ask)
        with pytest.raises(ContractNotFound, match="NOSUCHTHING"):
            await broker.resolve("NOSUCHTHING")
        async with faults.farm_broken(stage.gateway, "ushmds"):
            session(stage).services.trouble.changed()
            with pytest.raises(RequestTimedOut):
                await broker.bars(silent, ask)


async def test_pacing_is_an_error_of_its_own_with_ibs_text_and_the_request() -> None:
    async with on_stage() as stage:
        pending = stage.broker.requests.registry.pending("bars of AAPL")
        text = "Historical Market Data Service error message:API historical data pacing violation"
        session(stage).error(pending.request_id, 162, text)
        await stage.until(pending.done)
        error = pending.error
        assert isinstance(error, PacingRefused)
        assert (error.code, error.request_id) == (162, pending.request_id)
        assert "bars of AAPL" in str(error)
        assert "pacing violation" in str(error)


async def test_who_waits_when_the_line_breaks_is_told_so() -> None:
    async with on_stage() as stage:
        waiting = stage.broker.requests.registry.pending("anything")
        async with faults.cut(stage.gateway):
            await stage.until(waiting.done)
        assert isinstance(waiting.error, NotConnected)
