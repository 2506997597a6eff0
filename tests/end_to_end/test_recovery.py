"""Whatever happens to the line: every stream comes back, once, and admits what it has missed."""

import asyncio
from contextlib import ExitStack

import pytest
from msgspec.structs import replace

from ib_api.errors import PortRefused
from ib_api.reconnect import Policy
from market.bar_size import BarSize
from market.events import StreamChanged, Trade
from market.instrument import Instrument
from market.times import SECOND
from market.wanted import (
    Wanted,
    WantedAccount,
    WantedBars,
    WantedDepth,
    WantedOrders,
    WantedProfit,
    WantedTicks,
)
from simulator.faults import applied
from simulator.faults.fault import Fault
from simulator.faults.greedy import GreedyClient
from simulator.faults.lines import Cut, HalfOpen, PortChanged, Refused, Restart
from simulator.faults.market import Unentitled
from simulator.faults.services import ClockSkewed, Competing, FarmBroken, Offline, ServerBroken
from simulator.model import generated
from simulator.model.api import MarketModel
from tests.end_to_end.outages import Outage, outage

ONCE = {"ticks": 1, "line": 1, "bars": 1, "depth": 1, "history": 1, "pnl": 1, "account": 1}


@pytest.fixture(scope="module")
def market() -> MarketModel:
    return generated(seed=1, feed="consistent", always_open=True)


@pytest.fixture
def share(market: MarketModel) -> Instrument:
    return named(market, "AAPL")


def named(market: MarketModel, symbol: str) -> Instrument:
    return next(each.instrument for each in market.listings if each.instrument.symbol == symbol)


def everything(share: Instrument, account: str) -> list[Wanted]:
    return [
        WantedTicks(instrument=share),
        WantedTicks(instrument=share, tick_type="BidAsk", source="l1"),
        WantedBars(instrument=share, size=BarSize.parse("5s")),
        WantedBars(instrument=share, size=BarSize.parse("1m")),
        WantedDepth(instrument=share, rows=5),
        WantedAccount(account=account),
        WantedProfit(account=account),
        WantedOrders(),
    ]


async def want_everything(world: Outage, share: Instrument) -> list[str]:
    """Subscribe to every kind; the answer tells what is live."""
    broker = world.broker
    for wanted in everything(share, broker.account):
        await world.opening(asyncio.ensure_future(broker.subscribe(wanted)))
    return [each.state for each in broker.supervisor.keeper.entries.values()]


FAULTS: list[tuple[Fault, float]] = [
    (Cut(), 2),
    (Restart(down=20, farms=10), 50),
    (Restart(down=5, farms=5, server_version=176, reset_order_ids=True), 30),
    (Offline(data="maintained"), 20),
    (Offline(data="lost"), 20),
    (ServerBroken(), 20),
    (FarmBroken(farm="usfarm"), 20),
    (PortChanged(), 2),
    (Competing(), 40),
]


@pytest.mark.parametrize(("fault", "lasts"), FAULTS, ids=lambda each: str(each)[:40])
async def test_after_a_fault_every_stream_is_live_once_and_admits_what_it_missed(
    market: MarketModel, share: Instrument, fault: Fault, lasts: float
) -> None:
    async with outage(market) as world:
        assert set(await want_everything(world, share)) == {"live"}
        await world.advance(20)
        with applied(world.thread, fault):
            await world.advance(lasts)
        await world.advance(60)
        entries = world.broker.supervisor.keeper.entries.values()
        assert {each.state for each in entries} == {"live"}, [(each.wanted, each.note) for each in entries]
        assert world.at_ib() == ONCE
        assert len(world.holes(share)) == 1
        world.check_prints(share)


async def test_the_first_tick_comes_within_a_second_of_a_cut(market: MarketModel, share: Instrument) -> None:
    async with outage(market) as world:
        await world.opening(asyncio.ensure_future(world.broker.stream(share, "Last")))
        await world.advance(10)
        cut = world.clock.now()
        with applied(world.thread, Cut()):
            await world.advance(5)
        (live,) = [each for each in world.of(StreamChanged) if each.state == "live" and each.received > cut]
        assert live.received - cut <= SECOND
        assert world.connection() == ["disconnected", "connecting", "ready"]


async def test_after_a_restart_100_lines_are_back_within_what_the_limits_allow_and_a_second(
    market: MarketModel,
) -> None:
    stocks = [
        each.instrument for each in market.listings if each.instrument.primary_exchange in ("NASDAQ", "NYSE")
    ]
    routes = [replace(each, exchange=exchange) for each in stocks for exchange in each.valid_exchanges][:100]
    async with outage(market) as world:
        subscribing = [
            asyncio.ensure_future(world.broker.subscribe(WantedTicks(instrument=each, source="l1")))
            for each in routes
        ]
        for each in subscribing:
            await world.opening(each)
        begun = world.clock.now()
        with applied(world.thread, Restart(down=5, farms=10)):
            await world.advance(30)
        assert {each.state for each in world.broker.supervisor.keeper.entries.values()} == {"live"}
        assert world.at_ib() == {"line": 100}
        asked = 100 + 1 + 4  # and the data type, and what is read again of the account
        live = [each.received for each in world.of(StreamChanged) if each.state == "live"]
        assert max(live) - (begun + 15 * SECOND) <= (asked / 40 + 1) * SECOND


@pytest.mark.modern
async def test_a_farm_that_breaks_leaves_streams_of_other_farms_whole(market: MarketModel) -> None:
    share, euro = named(market, "AAPL"), named(market, "EUR")
    async with outage(market) as world:
        await world.opening(asyncio.ensure_future(world.broker.stream(share, "Last")))
        await world.opening(asyncio.ensure_future(world.broker.stream(euro, "BidAsk")))
        await world.advance(5)
        with applied(world.thread, FarmBroken(farm="usfarm")):
            await world.advance(20)
            assert world.states(euro, "BidAsk") == ["live", "interrupted", "live"]
            assert world.states(share, "Last") == ["live", "interrupted"]
        ((since, until),) = world.holes(euro, "BidAsk")
        assert since == until


async def test_a_competing_session_is_told_of_once_and_everything_comes_back_when_it_leaves(
    market: MarketModel, share: Instrument
) -> None:
    async with outage(market) as world:
        await want_everything(world, share)
        await world.advance(1)
        with applied(world.thread, Competing()):
            await world.advance(70)
            states = {
                type(each.wanted).__name__: each.state
                for each in world.broker.supervisor.keeper.entries.values()
            }
            assert states["WantedTicks"] == states["WantedDepth"] == "paused"
            assert states["WantedAccount"] == "live"
        (problem,) = world.problems(10197)
        assert "another session" in problem.message
        assert "log the other session out" in problem.advice
        await world.advance(45)
        assert world.states(share, "Last") == ["live", "interrupted", "paused", "live"]


async def test_what_is_wanted_twice_is_asked_for_once_and_ends_with_the_last_user(
    market: MarketModel, share: Instrument
) -> None:
    wanted = WantedTicks(instrument=share, tick_type="BidAsk", source="l1")
    async with outage(market) as world:
        first = await world.opening(asyncio.ensure_future(world.broker.subscribe(wanted)))
        second = await world.opening(asyncio.ensure_future(world.broker.subscribe(wanted)))
        assert world.at_ib() == {"line": 1}
        first.cancel()
        first.cancel()
        await world.advance(1)
        assert (world.at_ib(), first.state, second.state) == ({"line": 1}, "ended", "live")
        second.cancel()
        await world.advance(1)
        assert world.at_ib() == {}


async def test_a_tick_by_tick_stream_lingers_for_whoever_comes_back_within_15_seconds(
    market: MarketModel, share: Instrument
) -> None:
    async with outage(market) as world:
        first = await world.opening(asyncio.ensure_future(world.broker.stream(share, "Last")))
        await world.advance(5)
        first.cancel()
        heard = len(world.of(Trade))
        await world.advance(10)
        assert (world.at_ib(), len(world.of(Trade))) == ({"ticks": 1}, heard)
        second = await world.opening(asyncio.ensure_future(world.broker.stream(share, "Last")))
        await world.advance(20)
        assert (second.state, world.at_ib()) == ("live", {"ticks": 1})
        second.cancel()
        await world.advance(16)
        assert world.at_ib() == {}


async def test_a_stream_whose_user_has_waited_already_is_taken_back_at_once(
    market: MarketModel, share: Instrument
) -> None:
    async with outage(market) as world:
        stream = await world.opening(asyncio.ensure_future(world.broker.stream(share, "Last")))
        await world.advance(16)
        stream.cancel(linger=False)
        await world.advance(1)
        assert (world.at_ib(), world.broker.supervisor.keeper.entries) == ({}, {})


async def test_after_the_last_attempt_everything_has_ended_and_says_why(
    market: MarketModel, share: Instrument
) -> None:
    async with outage(market, policy=Policy(attempts=3)) as world:
        stream = await world.opening(asyncio.ensure_future(world.broker.stream(share, "Last")))
        with applied(world.thread, Refused()), applied(world.thread, Cut()):
            await world.advance(10)
        error = await world.opening(asyncio.ensure_future(world.broker.gave_up()))
        assert isinstance(error, PortRefused)
        assert (stream.state, stream.error) == ("ended", error)
        assert world.connection().count("connecting") == 3
        with pytest.raises(PortRefused):
            await world.broker.stream(share, "Last")


async def test_a_client_id_that_is_in_use_after_a_cut_is_replaced_where_that_is_wanted(
    market: MarketModel, share: Instrument
) -> None:
    async with outage(market, policy=Policy(when_in_use="next")) as world:
        stream = await world.opening(asyncio.ensure_future(world.broker.stream(share, "Last")))
        with applied(world.thread, HalfOpen()):
            world.broker.supervisor.line_is_dead(world.clock.now(), "nothing comes")
            await world.advance(5)
            assert (stream.state, world.broker.connector.clientId) == ("live", 8)


async def test_a_stream_that_is_renewed_is_there_once_and_tells_its_hole(
    market: MarketModel, share: Instrument
) -> None:
    async with outage(market) as world:
        stream = await world.opening(asyncio.ensure_future(world.broker.stream(share, "Last")))
        await world.advance(20)
        since = world.clock.now() - 3 * SECOND
        world.broker.supervisor.renew(stream.wanted, since, "it is silent")
        await world.advance(3)
        assert world.at_ib() == {"ticks": 1}
        ((begin, end),) = world.holes(share)
        assert begin == since // SECOND
        assert end >= world.clock.now() // SECOND - 3


async def test_what_comes_from_the_line_for_want_of_a_place_comes_tick_by_tick_once_there_is_one(
    market: MarketModel,
) -> None:
    stocks = [named(market, name) for name in ("AAPL", "AMZN", "TSLA", "MSFT", "NVDA", "IBM")]
    async with outage(market) as world:
        streams = [
            await world.opening(asyncio.ensure_future(world.broker.stream(each, "Last"))) for each in stocks
        ]
        assert [each.source for each in streams] == ["tbt"] * 5 + ["l1"]
        streams[0].cancel()
        await world.advance(20)
        assert (streams[5].source, streams[5].state, streams[5].note) == ("tbt", "live", "")
        assert world.at_ib() == {"ticks": 5}
        told = [each for each in world.of(StreamChanged) if each.contract_id == stocks[5].contract_id]
        assert [(each.state, each.source) for each in told] == [
            ("live", "l1"),
            ("interrupted", "l1"),
            ("live", "tbt"),
        ]


@pytest.mark.timeout(90)
async def test_places_that_another_program_took_during_an_outage_are_won_back_when_it_leaves(
    market: MarketModel,
) -> None:
    stocks = [named(market, name) for name in ("AAPL", "AMZN", "TSLA", "MSFT", "NVDA")]
    async with outage(market) as world:
        streams = [
            await world.opening(asyncio.ensure_future(world.broker.stream(each, "Last"))) for each in stocks
        ]
        await world.advance(16)
        with ExitStack() as greed:
            with applied(world.thread, Refused()), applied(world.thread, Cut()):
                greed.enter_context(applied(world.thread, GreedyClient()))
                await world.advance(5)
            await world.advance(12)
            assert sorted(each.source for each in streams) == ["l1", "l1", "tbt", "tbt", "tbt"]
        await world.advance(150, step=SECOND)
        assert [(each.source, each.state) for each in streams] == [("tbt", "live")] * 5
        assert world.at_ib() == {"ticks": 5}


@pytest.mark.parametrize("by", [60.0, -60.0])
async def test_a_gateway_whose_clock_is_wrong_makes_no_hole_look_smaller(
    market: MarketModel, share: Instrument, by: float
) -> None:
    async with outage(market) as world:
        await world.opening(asyncio.ensure_future(world.broker.stream(share, "Last")))
        await world.advance(20)
        with applied(world.thread, ClockSkewed(by=by)):
            await world.advance(20)
            with applied(world.thread, Cut()):
                await world.advance(2)
            await world.advance(20)
        ((since, until),) = world.holes(share)
        assert until - since <= 15
        world.check_prints(share)


async def test_a_permission_that_was_there_and_is_missing_after_a_cut_is_asked_for_until_it_is_back(
    market: MarketModel, share: Instrument
) -> None:
    async with outage(market) as world:
        wanted = WantedTicks(instrument=share, source="l1")
        stream = await world.opening(asyncio.ensure_future(world.broker.subscribe(wanted)))
        with applied(world.thread, Unentitled("AAPL")), applied(world.thread, Cut()):
            await world.advance(30)
            assert stream.state == "interrupted"
            assert "not subscribed" in stream.note
        await world.advance(100)
        assert (stream.state, stream.note) == ("live", "")
        assert world.at_ib() == {"line": 1}


async def test_what_was_on_its_way_when_ib_went_offline_does_not_make_the_outage_seem_none(
    market: MarketModel, share: Instrument
) -> None:
    async with outage(market) as world:
        await world.opening(asyncio.ensure_future(world.broker.stream(share, "Last")))
        await world.advance(20)
        broke = world.clock.now()
        with applied(world.thread, Offline(data="maintained")):
            (entry,) = world.broker.supervisor.keeper.entries.values()
            await world.advance(1)
            assert entry.way.line is not None
            entry.way.line.heard = world.clock.now()
            world.broker.supervisor.keeper.reconcile()
            await world.advance(20)
        await world.advance(10)
        ((since, until),) = world.holes(share)
        assert since <= broke // SECOND
        assert until >= broke // SECOND + 20
        world.check_prints(share)
