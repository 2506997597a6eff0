"""What clients get while the simulated gateway does its worst, compared with what happened in its market."""

import asyncio
import json
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from market.events import Trade
from market.instrument import Instrument
from market.times import SECOND
from simulator.faults import applied
from simulator.faults.fault import Fault
from simulator.faults.lines import Cut, Refused
from simulator.faults.market import Stalled
from simulator.faults.services import Competing, FarmBroken, Offline
from simulator.model import generated
from simulator.model.api import MarketModel
from tests.ib_stream.feeds.gateway import Client, Server, serving, until

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def market() -> MarketModel:
    return generated(seed=1, feed="consistent", always_open=True)


@pytest.fixture(scope="module")
def share(market: MarketModel) -> Instrument:
    return next(each.instrument for each in market.listings if each.instrument.symbol == "AAPL")


FAULTS: list[tuple[tuple[Fault, ...], float]] = [
    ((Cut(),), 2),
    ((Refused(), Cut()), 15),
    ((Offline(data="lost"),), 10),
    ((FarmBroken(farm="usfarm"),), 10),
    ((Competing(),), 20),
    ((Stalled("AAPL"),), 20),
]


@pytest.mark.parametrize(("faults", "lasts"), FAULTS, ids=lambda each: str(each)[:30])
async def test_every_client_gets_all_that_happened_since_it_joined_once(
    market: MarketModel, share: Instrument, tmp_path: Path, faults: tuple[Fault, ...], lasts: float
) -> None:
    async with serving(market, tmp_path) as server:
        early = await server.client("tick:AAPL:Last")
        await server.world.advance(15)
        leaver = await server.client("tick:AAPL:Last")
        with ExitStack() as on:
            for fault in faults:
                on.enter_context(applied(server.world.thread, fault))
            await server.world.advance(lasts / 2)
            amid = await server.client("tick:AAPL:Last")
            await leaver.leave()
            await server.world.advance(lasts / 2)
        await until(server, lambda: "refilled" in early.codes(), 600)
        await until(server, lambda: not server.refill.pending and early.made_good())
        await server.world.advance(5)
        for client in (early, amid):
            await client.check(share)
            assert client.gaps() == []
        assert server.world.at_ib()["ticks"] == 1


async def test_many_who_come_and_go_over_two_cuts_lose_nothing_and_get_nothing_twice(
    market: MarketModel, share: Instrument, tmp_path: Path
) -> None:
    async with serving(market, tmp_path) as server:
        for _ in range(30):
            await server.client("tick:AAPL:Last")
        for step in range(24):
            await server.clients[step].leave()
            await server.world.advance(1)
            if step in (6, 15):
                with applied(server.world.thread, Cut()):
                    await server.client("tick:AAPL:Last")
                    await server.world.advance(2)
        stayed = server.clients[24:]
        await until(server, lambda: not server.refill.pending and all(map(Client.made_good, stayed[:6])))
        for client in stayed:
            await client.check(share)
            assert client.gaps() == []
        assert server.world.at_ib()["ticks"] == 1
        assert len({json.dumps(client.prints()[-20:]) for client in stayed}) == 1


async def test_of_a_history_that_leaves_prints_out_all_comes_and_live_ones_stay(
    share: Instrument, tmp_path: Path
) -> None:
    market = generated(seed=1, feed="tws", always_open=True)
    async with serving(market, tmp_path, feed="tws") as server:
        client = await server.client("tick:AAPL:Last")
        await server.world.advance(15)
        begun = server.world.clock.now()
        with applied(server.world.thread, Refused()), applied(server.world.thread, Cut()):
            await server.world.advance(15)
        await until(server, lambda: not server.refill.pending and client.made_good())
        await server.quiet()
        told = await server.world.opening(
            asyncio.ensure_future(server.world.broker.ticks(share, "Last", begun - 10 * SECOND, 1_000))
        )
        end = begun // SECOND + 30
        history = Counter((t.time // SECOND, t.price, t.size or 0.0) for t in told if isinstance(t, Trade))
        told_of = Counter({each: n for each, n in history.items() if each[0] < end})
        got = Counter(client.prints())
        assert not told_of - got
        every = market.trades(share.contract_id, client.joined - SECOND, end * SECOND)
        truth = Counter((each.time // SECOND, each.price, each.size) for each in every if each.last)
        assert not Counter({each: n for each, n in got.items() if each[0] < end}) - truth
        assert client.gaps() == []


async def test_what_is_derived_names_its_gap_at_once(market: MarketModel, tmp_path: Path) -> None:
    async with serving(market, tmp_path, tick_by_tick=5) as server:
        names = [f"tick:{symbol}:Last" for symbol in ("AMZN", "TSLA", "MSFT", "NVDA", "IBM")]
        await server.client(*names)
        client = await server.client("tick:AAPL:Last")
        assert client.codes() == ["stream", "derived"]
        await server.world.advance(10)
        with applied(server.world.thread, Cut()):
            await server.world.advance(3)
        await until(server, lambda: client.gaps() != [])
        assert client.codes()[2:4] == ["interrupted", "resumed"]
        assert {body["data"]["source"] for body in client.of("tick")} == {"l1"}


async def test_a_client_that_comes_back_goes_on_where_it_was(
    market: MarketModel, share: Instrument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The rings hold little, so that the store has to help.
    monkeypatch.setattr("ib_stream.hub.ring.KEPT_BYTES", 0)
    async with serving(market, tmp_path) as server:
        await server.client("tick:AAPL:Last")
        client = await server.client("tick:AAPL:Last")
        await server.world.advance(10)
        await client.leave()
        for _ in range(4):
            await server.world.advance(20)
            again = await server.client("tick:AAPL:Last", after=client.last_id)
            await server.quiet()
            await again.leave()
            again.joined, again.events = client.joined, [*client.events, *again.events]
            client = again
        await client.check(share)
        assert client.gaps() == []


async def test_after_a_restart_of_the_server_a_client_lacks_only_what_is_named(
    market: MarketModel, share: Instrument, tmp_path: Path
) -> None:
    async with serving(market, tmp_path) as first:
        await first.client("tick:AAPL:Last")
        client = await first.client("tick:AAPL:Last")
        await first.world.advance(10)
        # On a clock that stands still two ticks may have the same moment, and an id may lie between them.
        await first.lull()
        await client.leave()
        await first.world.advance(10)
        await first.close()
        await first.world.advance(3)
        second = Server(first.world, tmp_path, "e2")
        again = await second.client("tick:AAPL:Last", after=client.last_id)
        await second.world.advance(20)
        again.joined, again.events = client.joined, [*client.events, *again.events]
        await again.check(share)
        ((start, end),) = again.gaps()
        assert end - start < 10
        await second.close()


async def test_bars_books_orders_and_the_account_come_and_come_back(
    market: MarketModel, tmp_path: Path
) -> None:
    async with serving(market, tmp_path) as server:
        names = ["bar:AAPL:5s", "bar:AAPL:1m", "depth:AAPL", "orders", "account", "status"]
        client = await server.client(*names)
        await server.world.advance(30)
        with applied(server.world.thread, Cut()):
            await server.world.advance(3)
        await until(server, lambda: client.codes().count("resumed") >= 3)
        await server.world.advance(30)
        kinds = {body["type"] for _, body in client.events}
        assert {"bar", "depth", "value", "status", "info", "gap"} <= kinds
        book = client.of("depth")[-1]["data"]
        assert len(book["bids"]) >= 1
        assert book["bids"][0]["price"] < book["asks"][0]["price"]
        fives = {bar["data"]["unix_time"] for bar in client.of("bar") if bar["data"]["size"] == "5s"}
        await until(server, lambda: not any(h.stream.kind == "5s" for h in server.refill.pending), 300)
        await server.quiet()
        fives |= {bar["data"]["unix_time"] for bar in client.of("bar") if bar["data"]["size"] == "5s"}
        assert fives >= set(range(min(fives), max(fives) + 1, 5))
