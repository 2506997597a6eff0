"""Need 2: detect "connected but dead", and raise no alarm where there is nothing wrong."""

from ib_api.reconnect import Policy
from market.events import ConnectionChanged, StreamChanged, Trade
from market.times import SECOND, parse
from market.wanted import WantedTicks
from simulator import faults
from tests.end_to_end.needs.stage import on_stage


async def test_a_half_open_line_is_found_within_30_seconds_and_made_anew() -> None:
    async with on_stage(policy=Policy(when_in_use="next")) as stage:
        share = await stage.broker.resolve("AAPL")
        stream = await stage.broker.subscribe(WantedTicks(instrument=share))
        await stage.pass_time(20)
        begun = stage.clock.now()
        async with faults.half_open(stage.gateway):
            await stage.until(lambda: "disconnected" in stage.states, 30)
            await stage.until(lambda: stream.state == "live", 30)
            live = stage.clock.now()
            await stage.pass_time(10)
            assert stage.trades(share, live, stage.clock.now())
        broken = [each for each in stage.changes(share, "Last") if each.state == "interrupted"]
        # What is said to have come for certain was sent before the line died.
        assert [begun - 30 * SECOND < each.time <= begun + SECOND for each in broken] == [True]


async def test_one_muted_stream_is_noticed_and_asked_for_anew_until_it_comes() -> None:
    async with on_stage() as stage:
        share, other = [await stage.broker.resolve(name) for name in ("AAPL", "MSFT")]
        for each in (share, other):
            await stage.broker.subscribe(WantedTicks(instrument=each))
        await stage.pass_time(180)
        muted = stage.clock.now()
        async with faults.stalled(stage.gateway, "AAPL"):
            await stage.until(
                lambda: any(each.state == "interrupted" for each in stage.changes(share, "Last")), 180
            )
            found = stage.clock.now()
        await stage.pass_time(60)
        assert found - muted < 180 * SECOND
        assert stage.changes(share, "Last")[-1].state == "live"
        assert [each.state for each in stage.changes(other, "Last")] == ["live"]
        assert stage.trades(share, stage.clock.now() - 20 * SECOND, stage.clock.now())


async def test_a_stream_that_stays_mute_is_renewed_and_then_the_connection_is_made_anew() -> None:
    async with on_stage() as stage:
        share = await stage.broker.resolve("AAPL")
        stream = await stage.broker.subscribe(WantedTicks(instrument=share))
        await stage.pass_time(180)
        stage.step = SECOND
        async with faults.stalled(stage.gateway, "AAPL"):
            await stage.until(lambda: "disconnected" in stage.states, 1200)
            told = [
                type(each) for each in stage.events if isinstance(each, StreamChanged | ConnectionChanged)
            ]
            first = told.index(ConnectionChanged)
            interrupted = [
                each.reason for each in stage.changes(share, "Last") if each.state == "interrupted"
            ]
            assert first >= 3
            assert len(interrupted) >= 2
            assert all(interrupted)
        await stage.until(lambda: stream.state == "live", 60)
        live = stage.clock.now()
        await stage.pass_time(20)
        assert stage.trades(share, live + 2 * SECOND, live + 18 * SECOND)


async def quiet(start: str, *symbols: str) -> None:
    """Half an hour from `start` on brings no alarm of any kind."""
    async with on_stage(start=parse(start)) as stage:
        contracts = [await stage.broker.resolve(symbol) for symbol in symbols]
        for each in contracts:
            await stage.broker.subscribe(WantedTicks(instrument=each))
        stage.step = 2 * SECOND
        await stage.pass_time(1800)
        assert [len(stage.changes(each, "Last")) for each in contracts] == [1] * len(contracts)
        assert stage.states == []


async def test_a_closed_market_raises_no_alarm() -> None:
    await quiet("2026-04-11T15:00", "AAPL", "RHM@IBIS")


async def test_a_holiday_raises_no_alarm() -> None:
    await quiet("2026-04-03T15:00", "AAPL")


async def test_the_end_of_the_day_raises_no_alarm() -> None:
    await quiet("2026-04-08T23:50", "AAPL", "SAP")


async def test_a_halt_raises_no_alarm_and_its_end_is_noticed_by_itself() -> None:
    async with on_stage() as stage:
        share = await stage.broker.resolve("AAPL")
        await stage.broker.subscribe(WantedTicks(instrument=share))
        await stage.pass_time(120)
        async with faults.halted(stage.gateway, "AAPL"):
            halted = stage.clock.now()
            await stage.pass_time(600)
        await stage.pass_time(60)
        assert [each.state for each in stage.changes(share, "Last")] == ["live"]
        during = [each for each in stage.of(Trade) if halted + SECOND < each.time < halted + 599 * SECOND]
        assert not during
        assert stage.trades(share, stage.clock.now() - 30 * SECOND, stage.clock.now())
