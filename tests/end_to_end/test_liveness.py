"""Connected but dead: found, told and mended; and no alarm where there is nothing wrong."""

import asyncio

import pytest
from msgspec.structs import replace

from market.events import ConnectionChanged, Problem, StreamChanged
from market.instrument import Instrument
from market.times import SECOND, parse
from market.wanted import Wanted, WantedTicks
from simulator.faults import applied
from simulator.faults.lines import HalfOpen
from simulator.faults.market import Halted, Stalled
from simulator.faults.services import ClockSkewed
from simulator.model import generated
from simulator.model.api import MarketModel
from tests.end_to_end import outages
from tests.end_to_end.outages import Outage, outage


@pytest.fixture(scope="module")
def market() -> MarketModel:
    return generated(seed=1, feed="consistent", always_open=False)


@pytest.fixture
def share(market: MarketModel) -> Instrument:
    return next(each.instrument for each in market.listings if each.instrument.symbol == "AAPL")


@pytest.fixture(autouse=True)
def whole_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "STEP", SECOND)


async def want(world: Outage, wanted: Wanted) -> None:
    await world.opening(asyncio.ensure_future(world.broker.subscribe(wanted)))


async def subscribe(world: Outage) -> Instrument:
    """Trades and the line of the share, as the broker describes it: with its hours."""
    share = await world.opening(asyncio.ensure_future(world.broker.resolve("AAPL")))
    await want(world, WantedTicks(instrument=share))
    await want(world, WantedTicks(instrument=share, tick_type="BidAsk", source="l1"))
    return share


async def test_a_half_open_connection_is_found_within_thirty_seconds_and_made_anew(
    market: MarketModel,
) -> None:
    async with outage(market) as world:
        share = await subscribe(world)
        await world.advance(20)
        begun = world.clock.now()
        with applied(world.thread, HalfOpen()):
            await dead(world, 30)
        # Until its end a half-open line keeps our client id in use.
        await world.advance(30)
        ended = next(each for each in world.of(ConnectionChanged) if each.state == "disconnected")
        assert ended.received - begun <= 30 * SECOND
        assert world.states(share, "Last") == ["live", "interrupted", "live"]
        [interrupted] = [each for each in breaks(world) if each.kind == "Last"]
        assert "answered nothing" in interrupted.reason
        assert begun - 10 * SECOND <= interrupted.time <= begun


async def dead(world: Outage, seconds: int) -> None:
    """Let time pass on a line that does not answer, which `Outage.advance` would wait for."""
    for _ in range(seconds):
        if "disconnected" in world.connection():
            return
        world.thread.call(lambda: world._theirs.advance(SECOND))
        world.clock.advance(SECOND)
        await asyncio.sleep(0.02)


def breaks(world: Outage) -> list[StreamChanged]:
    return [each for each in world.of(StreamChanged) if each.state == "interrupted"]


async def test_a_muted_stream_is_proved_dead_renewed_and_at_last_the_line_is(market: MarketModel) -> None:
    async with outage(market) as world:
        share = await subscribe(world)
        await world.advance(300)
        assert breaks(world) == []
        begun = world.clock.now()
        with applied(world.thread, Stalled("AAPL")):
            await world.advance(60)
            first = breaks(world)
            assert {each.kind for each in first} == {"Last", "BidAsk"}
            assert all("while its market went on" in each.reason for each in first)
            assert all(begun - 10 * SECOND <= each.time <= begun for each in first)
            assert world.connection().count("disconnected") == 0
            await world.advance(500)
            assert world.connection().count("disconnected") == 1
        await world.advance(60)
        assert world.states(share, "Last")[-1] == "live"


@pytest.mark.parametrize("known", [False, True])
async def test_a_halt_raises_no_alarm_whether_a_line_tells_of_it_or_not(
    market: MarketModel, known: bool
) -> None:
    async with outage(market) as world:
        share = await world.opening(asyncio.ensure_future(world.broker.resolve("AAPL")))
        await want(world, WantedTicks(instrument=share))
        if known:
            await want(world, WantedTicks(instrument=share, tick_type="BidAsk", source="l1"))
        await world.advance(120)
        with applied(world.thread, Halted("AAPL")):
            await world.advance(300)
        assert bool(world.broker.watch.liveness.probes) is not known
        await world.advance(30)
        assert world.states(share, "Last") == ["live"]


async def test_the_evening_s_close_raises_no_alarm_and_no_question(
    market: MarketModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "START", parse("2026-04-08T23:58:00Z"))
    async with outage(market) as world:
        await subscribe(world)
        await world.advance(90)
        before = world.broker.watch.liveness.probes
        await world.advance(600)
        assert world.broker.watch.liveness.probes == before
        assert breaks(world) == []


async def test_hours_that_nobody_told_are_asked_for(market: MarketModel, share: Instrument) -> None:
    bare = replace(share, trading_hours="", liquid_hours="")
    async with outage(market) as world:
        await want(world, WantedTicks(instrument=bare))
        await world.advance(5)
        assert world.broker.watch.liveness.untold(world.clock.now()) == {bare}
        await world.advance(610)
        assert world.broker.watch.liveness.untold(world.clock.now()) == set()


@pytest.mark.modern
async def test_a_clock_that_is_wrong_is_warned_about_once(market: MarketModel) -> None:
    async with outage(market) as world:
        with applied(world.thread, ClockSkewed(60.0)):
            await world.advance(60)
            warned = [each for each in world.of(Problem) if "clock is" in each.message]
        assert [each.message for each in warned] == ["this machine's clock is 60.0 s behind the gateway's"]
        await world.advance(120)
        assert any("agrees" in each.message for each in world.of(Problem))


async def test_the_numbers_of_a_connection_can_be_read(market: MarketModel) -> None:
    async with outage(market) as world:
        await subscribe(world)
        await world.advance(60)
        metrics = world.broker.metrics()
    assert (metrics.connections, metrics.streams, metrics.unreadable) == (1, 2, 0)
    assert metrics.events >= len(world.events)
    assert metrics.bytes_received > 1000
    assert metrics.messages_sent > 4
    assert metrics.socket_to_bus.count > 10
    assert metrics.tick_age.quantile(1.0) is not None
