import asyncio
import threading

import pytest

from market.bus import EventBus
from market.errors import (
    BadRequest,
    ContractNotFound,
    NoPermission,
)
from market.events import DataType, Event, Midpoint, Problem, Quote, TickSource, TickType, Trade
from market.instrument import Instrument
from market.times import SECOND
from tests.ib_api.answering import AAPL, NOW, VERSION, Answers, open_broker, request_id, until
from tests.ib_api.gateway import error, message


def recorder(bus: EventBus) -> list[Event]:
    """What comes of contracts, but for how their streams stand."""
    events = list[Event]()
    for kind in (Trade, Quote, Midpoint):
        bus.subscribe(kind, events.append)
    return events


async def test_tick_by_tick_prints_become_trades() -> None:
    answers: Answers = {
        97: lambda fields: [message(99, request_id(fields), 1, NOW // SECOND, 100.5, 25, 2, "ARCA", "T")]
    }
    async with open_broker(answers) as broker:
        events = recorder(broker.bus)
        subscription = await broker.stream(AAPL, "Last")
        await until(lambda: events)
        assert (subscription.source, subscription.note, subscription.data_type) == ("tbt", "", DataType.LIVE)
    assert events == [Trade(265598, "SMART", NOW, 0, 100.5, 25, "Last", "ARCA", "T", False, True)]


async def test_a_missing_side_of_a_quote_is_none() -> None:
    answers: Answers = {97: lambda fields: [message(99, request_id(fields), 3, 5, 99.5, -1, 300, 0, 0)]}
    async with open_broker(answers) as broker:
        events = recorder(broker.bus)
        await broker.stream(AAPL, "BidAsk")
        await until(lambda: events)
    assert events == [Quote(265598, "SMART", 5 * SECOND, 0, 99.5, None, 300, None)]


async def test_midpoints_are_streamed() -> None:
    answers: Answers = {97: lambda fields: [message(99, request_id(fields), 4, 5, 99.75)]}
    async with open_broker(answers) as broker:
        events = recorder(broker.bus)
        await broker.stream(AAPL, "MidPoint")
        await until(lambda: events)
    assert events == [Midpoint(265598, "SMART", 5 * SECOND, 0, 99.75)]


@pytest.mark.parametrize(
    ("code", "text", "why"),
    [
        (10189, "BidAsk tick-by-tick requests are not supported for X", "for this kind of contract"),
        (10189, "No market data permissions for NASDAQ STK", "is not permitted"),
        (10190, "Max number of tick-by-tick requests has been reached.", "in use"),
    ],
)
async def test_without_tick_by_tick_the_market_data_line_takes_over(code: int, text: str, why: str) -> None:
    def line(fields: list[str]) -> list[bytes]:
        at = request_id(fields)
        return [
            message(58, 1, at, 3),
            message(1, 6, at, 66, 99.5, 300, 1),
            message(1, 6, at, 67, 100, 200, 1),
        ]

    seen = list[list[str]]()
    answers: Answers = {
        97: lambda fields: [error(VERSION, int(request_id(fields)), code, text)],
        1: line,
    }
    async with open_broker(answers, seen) as broker:
        events = recorder(broker.bus)
        subscription = await broker.stream(AAPL, "BidAsk")
        await until(lambda: len(events) == 2)
        assert why in subscription.note
        assert (subscription.source, subscription.data_type) == ("l1", DataType.DELAYED)
        subscription.cancel()
        subscription.cancel()
        await broker.now()
    last = events[-1]
    assert isinstance(last, Quote)
    assert (last.bid, last.ask, last.source, last.data_type) == (99.5, 100, "l1", DataType.DELAYED)
    kinds = [fields[0] for fields in seen]
    assert (kinds.count("59"), kinds.count("1"), kinds.count("2")) == (1, 1, 1)


async def test_two_users_share_one_market_data_line() -> None:
    seen = list[list[str]]()
    answers: Answers = {97: lambda fields: [error(VERSION, int(request_id(fields)), 10189, "refused")]}
    async with open_broker(answers, seen) as broker:
        first, second = await broker.stream(AAPL, "Last"), await broker.stream(AAPL, "BidAsk")
        await broker.stream(OTHER, "Last")
        first.cancel()
        second.cancel()
        await broker.now()
    kinds = [fields[0] for fields in seen]
    assert (kinds.count("1"), kinds.count("2")) == (2, 1)


async def test_where_frozen_delayed_data_is_refused_delayed_data_is_asked_for_once() -> None:
    asked = list[str]()

    def asking(fields: list[str]) -> list[bytes]:
        asked.append(fields[2])
        return []

    answers: Answers = {
        97: lambda fields: [error(VERSION, int(request_id(fields)), 10189, "refused")],
        59: asking,
        1: lambda fields: [
            error(VERSION, int(request_id(fields)), 354, "Requested market data is not subscribed")
        ],
    }
    async with open_broker(answers) as broker:
        with pytest.raises(NoPermission, match="not subscribed"):
            await broker.stream(AAPL, "Last")
    assert asked == ["4", "3"]


OTHER = Instrument(contract_id=2, symbol="B", sec_type="STK", exchange="SMART", currency="USD")


async def test_a_line_asked_for_before_the_switch_to_delayed_data_is_asked_for_again() -> None:
    asked = list[str]()

    def both(fields: list[str]) -> list[bytes]:
        """Refuse both lines once the second is there; what is asked for after that is served."""
        asked.append(request_id(fields))
        refusal = "Requested market data is not subscribed. Delayed market data is not enabled."
        if len(asked) == 2:
            return [error(VERSION, int(at), 10168, refusal) for at in asked]
        return [message(1, 6, request_id(fields), 68, 99.5, 300, 0)] if len(asked) > 2 else []

    problems = list[Problem]()
    async with open_broker({1: both}) as broker:
        events = recorder(broker.bus)
        broker.bus.subscribe(Problem, problems.append)
        await asyncio.gather(*(broker.stream(each, "Last", source="l1") for each in (AAPL, OTHER)))
        await until(lambda: len(events) == 2)
    refused = [each for each in problems if each.code == 10168]
    assert [(each.severity, each.contract_id) for each in refused] == [("info", 265598), ("info", 2)]
    assert refused[0].message.startswith("market data of AAPL STK SMART: ")


@pytest.mark.parametrize("source", ["tbt", "l1"])
@pytest.mark.parametrize(
    ("kind", "tick_type", "instead"),
    [
        ("CASH", "Last", "BidAsk or MidPoint"),
        ("CMDTY", "AllLast", "BidAsk or MidPoint"),
        ("IND", "BidAsk", "Last"),
        ("IND", "MidPoint", "Last"),
    ],
)
async def test_a_stream_that_could_never_deliver_is_refused_before_it_is_asked_for(
    kind: str, tick_type: TickType, instead: str, source: TickSource
) -> None:
    seen = list[list[str]]()
    silent = Instrument(contract_id=3, symbol="X", sec_type=kind, exchange="E", currency="USD")
    async with open_broker({}, seen) as broker:
        with pytest.raises(BadRequest, match=f"stream {instead}$"):
            await broker.stream(silent, tick_type, source=source)
        await broker.now()
    assert not [fields for fields in seen if fields[0] in ("1", "97")]


async def test_a_stream_that_ib_rejects_says_why() -> None:
    answers: Answers = {
        97: lambda fields: [error(VERSION, int(request_id(fields)), 200, "No security definition")]
    }
    problems = list[Problem]()
    async with open_broker(answers) as broker:
        broker.bus.subscribe(Problem, problems.append)
        with pytest.raises(ContractNotFound, match="200"):
            await broker.stream(AAPL, "Last")
    assert [(problem.code, problem.contract_id) for problem in problems if problem.code == 200] == [
        (200, 265598)
    ]


async def test_a_stream_whose_asking_is_cancelled_is_ended_at_ib() -> None:
    asked, ended = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def heard(event: asyncio.Event) -> list[bytes]:
        loop.call_soon_threadsafe(event.set)
        return []

    answers: Answers = {
        97: lambda _: heard(asked),
        98: lambda _: heard(ended),
    }
    async with open_broker(answers) as broker:
        await broker.now()
        clock: asyncio.Future[None] = loop.create_future()
        broker.supervisor.keeper._settle = lambda: clock
        opening = asyncio.ensure_future(broker.stream(AAPL, "Last"))
        await asyncio.wait_for(asked.wait(), 5)
        opening.cancel()
        await asyncio.wait_for(ended.wait(), 5)


async def test_one_who_gives_up_takes_nothing_from_others_with_the_same_question() -> None:
    asked, may_answer = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def answer(_: list[str]) -> list[bytes]:
        loop.call_soon_threadsafe(asked.set)
        assert may_answer.wait(5)
        return [message(62, 1)]

    async with open_broker({61: answer}) as broker:
        hasty = asyncio.ensure_future(broker.positions())
        patient = asyncio.ensure_future(broker.positions())
        await asyncio.wait_for(asked.wait(), 5)
        hasty.cancel()
        await asyncio.wait([hasty])
        may_answer.set()
        assert await asyncio.wait_for(patient, 5) == []
