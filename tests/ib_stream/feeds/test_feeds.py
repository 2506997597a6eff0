import asyncio
import json

import pytest
from msgspec.structs import replace

from ib_stream.feeds import BadTopic, TooManyStreams, Unavailable
from market.errors import AmbiguousContract, ContractNotFound, NoPermission, RequestRejected
from market.events import ConnectionChanged
from market.times import SECOND
from market.wanted import WantedTicks
from tests.fakes import AAPL, quote, trade
from tests.ib_stream.feeds.fakes import ABROAD, ID, World

LAST = f"tick:{ID}:Last"


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_one_stream_is_asked_for_however_many_clients_and_names_it_has(world: World) -> None:
    first = await world.feeds.join([LAST])
    second = await world.feeds.join(["tick:AAPL:last", LAST])
    assert [topic.name for topic in second.topics] == [LAST]
    assert [each.wanted for each in world.broker.streams] == [WantedTicks(instrument=AAPL)]
    assert world.feeds.active()[0].clients == 2
    for joined in (first, second, second):
        joined.leave()
    assert world.feeds.active()[0].clients == 0


async def test_a_stream_is_taken_back_15_seconds_after_its_last_client_and_at_once(world: World) -> None:
    with await world.feeds.join([LAST]):
        world.clock.advance(60 * SECOND)
    world.clock.advance(14 * SECOND)
    world.bus.publish(trade(74))
    (stream,) = world.broker.streams
    assert (stream.lingers, len(world.hub.of("tick"))) == (None, 1)
    world.clock.advance(1 * SECOND)
    world.bus.publish(trade(75))
    assert (stream.lingers, len(world.hub.of("tick")), world.hub.topics) == (False, 1, {})


async def test_who_comes_back_in_time_finds_the_stream_as_it_was(world: World) -> None:
    (await world.feeds.join([LAST])).leave()
    world.clock.advance(14 * SECOND)
    again = await world.feeds.join([LAST])
    world.clock.advance(60 * SECOND)
    assert (len(world.broker.streams), world.broker.streams[0].lingers) == (1, None)
    again.leave()


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("tick:265598:Best", BadTopic, "Last, AllLast, BidAsk, MidPoint"),
        ("bar:265598:7m", BadTopic, "1m"),
        ("book:265598", BadTopic, "depth:CONTRACT"),
        ("", BadTopic, "orders, account or status"),
        ("tick:" + "A" * 200 + ":Last", BadTopic, "no topic"),
        ("tick:NOSUCH:Last", ContractNotFound, "NOSUCH"),
        ("depth:TWO", AmbiguousContract, "two contracts"),
    ],
)
async def test_a_name_that_means_nothing_is_refused_with_what_there_is(
    world: World, name: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        await world.feeds.join(["status", name])
    assert all(not each.clients for each in world.feeds.active())


async def test_a_contract_on_another_exchange_is_another_stream(world: World) -> None:
    joined = await world.feeds.join([LAST, "tick:AAPL@IBIS:Last"])
    assert [topic.name for topic in joined.topics] == [LAST, f"tick:{ID}@IBIS:Last"]
    world.bus.publish(trade(1, exchange="IBIS"))
    assert [name for _, name, body, _ in world.hub.sent if body["type"] == "tick"] == [f"tick:{ID}@IBIS:Last"]
    assert joined.instruments == (AAPL, ABROAD)


async def test_more_streams_than_allowed_are_refused_unless_one_has_no_clients(world: World) -> None:
    kept = [await world.feeds.join([f"tick:{ID}:{kind}"]) for kind in ("Last", "BidAsk", "MidPoint")]
    with pytest.raises(TooManyStreams, match="all 3 streams") as refused:
        await world.feeds.join(["tick:MSFT:Last"])
    assert refused.value.retry_after > 0
    kept[1].leave()
    await world.feeds.join(["tick:MSFT:Last"])
    assert [each.detail for each in world.feeds.active()] == ["Last", "MidPoint", "Last"]


async def test_what_goes_on_without_clients_makes_room_at_ib_for_what_has_one(world: World) -> None:
    (await world.feeds.join([LAST])).leave()
    world.broker.free_places = 0
    await world.feeds.join(["tick:MSFT:Last"])
    assert [each.symbol for each in world.feeds.active()] == ["MSFT"]


async def test_without_a_connection_only_what_runs_already_can_be_joined(world: World) -> None:
    await world.feeds.join([LAST])
    world.bus.publish(ConnectionChanged("disconnected", "cut", world.clock.now()))
    await world.feeds.join([LAST])
    with pytest.raises(Unavailable) as refused:
        await world.feeds.join(["tick:MSFT:Last"])
    assert refused.value.retry_after > 0
    world.bus.publish(ConnectionChanged("ready", "", world.clock.now()))
    await world.feeds.join(["tick:MSFT:Last"])


async def test_what_the_broker_refuses_for_good_is_raised_and_leaves_nothing(world: World) -> None:
    world.broker.refusal = RequestRejected("no such data", code=162)
    with pytest.raises(RequestRejected, match="no such data"):
        await world.feeds.join(["depth:AAPL"])
    assert world.feeds.active() == []


async def test_a_refusal_after_a_client_was_let_in_ends_its_stream_with_an_error(world: World) -> None:
    world.broker.gate = asyncio.Event()
    joining = asyncio.ensure_future(world.feeds.join([LAST]))
    await settle()
    world.clock.advance(3 * SECOND)
    await settle()
    assert (await joining).hello
    world.broker.refusal = NoPermission("not subscribed", code=354)
    world.broker.gate.set()
    await settle()
    assert world.hub.of("error")[0]["error"]["message"] == "not subscribed"
    assert (world.hub.stopped, world.feeds.active()) == ([(LAST, "stream_ended")], [])


async def test_clients_of_a_stream_that_is_stopped_are_told_and_it_is_taken_back(world: World) -> None:
    await world.feeds.join([LAST, f"tick:{ID}:BidAsk", "status"])
    assert await world.feeds.stop(1) == 0
    assert await world.feeds.stop(ID) == 2
    assert {reason for _, reason in world.hub.stopped} == {"stopped"}
    assert [stream.lingers for stream in world.broker.streams] == [False, False]
    assert await world.feeds.stop(None) == 1
    assert world.feeds.active() == []


async def test_all_streams_of_a_client_are_asked_for_before_any_is_waited_for(world: World) -> None:
    world.broker.gate = asyncio.Event()
    joining = asyncio.ensure_future(world.feeds.join([LAST, f"tick:{ID}:BidAsk", "tick:MSFT:Last"]))
    await settle()
    assert len(world.broker.streams) == 3
    world.clock.advance(3 * SECOND)
    await settle()
    assert [each.clients for each in world.feeds.active()] == [1, 1, 1]
    (await joining).leave()
    world.clock.advance(15 * SECOND)
    assert world.feeds.active() == []


async def test_a_client_that_waits_while_its_stream_is_stopped_is_told_so(world: World) -> None:
    world.broker.gate = asyncio.Event()
    joining = asyncio.ensure_future(world.feeds.join([LAST]))
    await settle()
    await world.feeds.stop()
    with pytest.raises(Unavailable, match="stopped"):
        await joining


async def test_hello_says_what_the_stream_is_and_that_it_is_derived(world: World) -> None:
    world.broker.source_of_ticks = "l1"
    joined = await world.feeds.join(["tick:AAPL:Last"])
    stream, derived = (json.loads(body) for body in joined.hello)
    assert (stream["code"], stream["contract"]["symbol"], stream["source"]) == ("stream", "AAPL", "l1")
    assert (derived["code"], derived["topic"]) == ("derived", LAST)
    world.bus.publish(trade(1, source="l1"))
    world.bus.publish(trade(1))
    assert [body["data"]["source"] for body in world.hub.of("tick")] == ["l1"]


async def test_strict_gets_every_tick_or_is_refused(world: World) -> None:
    await world.feeds.join([LAST], strict=True)
    world.broker.source_of_ticks = "l1"
    with pytest.raises(TooManyStreams, match="without strict"):
        await world.feeds.join(["tick:MSFT:Last"], strict=True)


async def test_midpoints_that_are_not_to_be_had_are_made_of_the_lines_quotes(world: World) -> None:
    world.broker.source_of_ticks = "l1"
    await world.feeds.join(["tick:AAPL:MidPoint"])
    world.bus.publish(quote(1, 9.0, 10.0, source="l1"))
    world.bus.publish(quote(2, None, 10.0, source="l1"))
    world.bus.publish(quote(3, 1.0, 2.0))
    assert [body["data"]["mid_point"] for body in world.hub.of("tick")] == [9.5]


async def test_each_topic_gets_its_own_kind_of_trade(world: World) -> None:
    await world.feeds.join([LAST, f"tick:{ID}:AllLast"])
    world.bus.publish(trade(1))
    world.bus.publish(replace(trade(1), tick_type="AllLast"))
    world.bus.publish(trade(1, contract_id=1))
    sent = [(name, body) for _, name, body, _ in world.hub.sent if body["type"] == "tick"]
    assert [(name, body["data"]["type"]) for name, body in sent] == [
        (LAST, "last"),
        (f"tick:{ID}:AllLast", "all_last"),
    ]


async def test_slots_tell_our_places_and_ibs(world: World) -> None:
    await world.feeds.join([LAST])
    slots = world.feeds.slots()
    assert (slots.streams, slots.most, slots.broker.tick_by_tick.documented) == (1, 3, 5)
