"""Needs 12 and 13: delayed data that just works, and a competing session that is explained and waited out."""

import pytest

from market.events import DataType, Quote, Trade
from market.times import SECOND
from market.wanted import WantedTicks
from simulator import faults
from tests.end_to_end.needs.stage import on_stage


async def test_without_a_subscription_delayed_values_come_and_say_so() -> None:
    async with on_stage() as stage:
        async with faults.unentitled(stage.gateway, "AAPL", "delayed"):
            share = await stage.broker.resolve("AAPL")
            stream = await stage.broker.stream(share, "Last")
            await stage.pass_time(60)
        assert stream.source == "l1"
        assert stream.data_type is DataType.DELAYED
        assert "10189" in stream.note
        values: list[Trade | Quote] = [*stage.of(Trade), *stage.of(Quote)]
        assert len(values) > 5
        assert {each.data_type.label for each in values} == {"DELAYED"}


async def test_a_tick_stream_that_ib_only_remarks_on_is_taken_back_before_the_line_takes_its_place() -> None:
    async with on_stage() as stage:
        share = await stage.broker.resolve("AAPL")
        stream = await stage.broker.stream(share, "Last")
        (session,) = stage.gateway.services.clients.values()
        ((_, request_id),) = session.subscriptions("ticks")
        session.error(request_id, 10167, "Requested market data is not subscribed. Displaying delayed data.")
        await stage.until(lambda: stream.source == "l1" and stream.state == "live")
        assert stage.live_at_gateway() == {"line": 1}


async def test_without_any_permission_it_is_refused_with_what_to_do() -> None:
    async with on_stage() as stage, faults.unentitled(stage.gateway, "AAPL"):
        share = await stage.broker.resolve("AAPL")
        with pytest.raises(Exception, match=r"354|10168|10186") as refused:
            await stage.broker.stream(share, "Last")
        assert "subscribe" in str(refused.value).lower()


async def test_a_competing_session_is_told_once_then_waited_out() -> None:
    async with on_stage() as stage:
        share, other = [await stage.broker.resolve(name) for name in ("AAPL", "MSFT")]
        streams = [
            await stage.broker.subscribe(wanted)
            for wanted in (
                WantedTicks(instrument=share),
                WantedTicks(instrument=other),
                WantedTicks(instrument=other, source="l1"),
            )
        ]
        await stage.pass_time(5)
        before = stage.live_at_gateway()
        async with faults.competing(stage.gateway):
            await stage.until(lambda: {each.state for each in streams} == {"paused"}, 5)
            begun = stage.clock.now()
            await stage.pass_time(300)
            warnings = [each for each in stage.told(10197) if each.severity != "info"]
            assert len(warnings) == 1, [each.message for each in warnings]
            assert "another session" in warnings[0].message
            assert warnings[0].advice
        await stage.until(lambda: {each.state for each in streams} == {"live"}, 60)
        assert stage.live_at_gateway() == before
        resumed = stage.clock.now()
        await stage.pass_time(20)
        assert not stage.trades(share, begun + SECOND, begun + 290 * SECOND)
        assert stage.trades(share, resumed + 2 * SECOND, resumed + 15 * SECOND)
