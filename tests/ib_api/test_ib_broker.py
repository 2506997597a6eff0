import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from ib_api._ibapi import DEFAULT_MAX_VERSION
from ib_api.ib_broker import IBBroker
from market.bar_size import BarSize
from market.broker import BarRequest, MarketData
from market.bus import EventBus
from market.errors import (
    AmbiguousContract,
    BadRequest,
    ContractNotFound,
    NoPermission,
    PacingRefused,
    RequestRejected,
)
from market.events import DataType, Event, MarketEvent, Midpoint, Problem, Quote, TickSource, TickType, Trade
from market.instrument import Instrument
from market.times import SECOND, parse
from tests.ib_api.gateway import Gateway, Peer, Script, error, historical, message

VERSION = DEFAULT_MAX_VERSION
NOW = parse("2026-01-09T15:00:00Z")
AAPL = Instrument(contract_id=265598, symbol="AAPL", sec_type="STK", exchange="SMART", currency="USD")

Answers = dict[int, Callable[[list[str]], list[bytes]]]


def details(
    request_id: str, symbol: str, contract_id: int, exchange: str, currency: str, primary: str
) -> bytes:
    """Message 10 of a stock, in the layouts of 157 and 200."""
    head: list[object] = [10, request_id] if VERSION >= 164 else [10, 8, request_id]
    dates: list[object] = ["", ""] if VERSION >= 182 else [""]
    contract = [symbol, "STK", *dates, 0, "", exchange, currency, symbol, "NMS", "NMS", contract_id, 0.01]
    multiplier: list[object] = [""] if VERSION >= 164 else ["", 100]
    names = ["LMT,MKT", "SMART,NASDAQ", 1, 0, f"{symbol} INC", primary, "", "", "", "", "US/Eastern"]
    hours = ["20260109:0400-20260109:2000", "20260109:0930-20260109:1600", "", 0, 0, 1, "", "", "26,26", ""]
    tail: list[object] = ["COMMON", 1, 1, 100] if VERSION >= 164 else ["COMMON"]
    ineligible: list[object] = [0] if VERSION >= 186 else []
    return message(*head, *contract, *multiplier, *names, *hours, *tail, *ineligible)


def details_end(request_id: str) -> bytes:
    return message(52, 1, request_id)


def request_id(fields: list[str]) -> str:
    """Where each request has its id."""
    position = {"1": 2, "9": 2, "20": 1 if VERSION >= 124 else 2, "96": 1, "97": 1, "81": 1, "87": 1, "2": 2}
    return fields[position[fields[0]]]


def replies(fields: list[str], answers: Answers) -> list[bytes]:
    kind = int(fields[0])
    if kind == 49:
        return [message(49, 1, NOW // SECOND)]
    if kind == 105:
        return [message(109, NOW // 1_000_000)]
    return answers[kind](fields) if kind in answers else []


def gateway_of(answers: Answers, account: str = "DU1234567", seen: list[list[str]] | None = None) -> Script:
    def script(peer: Peer) -> None:
        peer.ready(VERSION, account)
        peer.send(error(VERSION, -1, 2104, "Market data farm connection is OK:usfarm"))
        peer.send(error(VERSION, -1, 2106, "HMDS data farm connection is OK:ushmds"))
        try:
            while True:
                fields = peer.request()
                if seen is not None:
                    seen.append(fields)
                peer.send(*replies(fields, answers))
        except (ConnectionError, TimeoutError):
            return

    return script


@asynccontextmanager
async def open_broker(answers: Answers, seen: list[list[str]] | None = None) -> AsyncIterator[IBBroker]:
    with Gateway(gateway_of(answers, seen=seen)) as gateway:
        broker = await IBBroker.open(port=gateway.port, timeout=5)
        try:
            yield broker
        finally:
            await broker.close()


async def until(claim: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not claim():  # noqa: ASYNC110 - what is waited for happens on the other side of a socket
            await asyncio.sleep(0.001)


async def test_a_broker_knows_its_account_its_source_and_the_time() -> None:
    async with open_broker({}) as broker:
        data: MarketData = broker
        assert await data.now() == NOW
        assert (broker.account, broker.source.label, broker.server_version) == ("DU1234567", "PAPER", VERSION)
        assert broker.farms["usfarm"] == "ok"


async def test_a_login_with_several_accounts_asks_which() -> None:
    with Gateway(gateway_of({}, account="DU1,DU2")) as gateway, pytest.raises(BadRequest, match="DU1, DU2"):
        await IBBroker.open(port=gateway.port, timeout=5)


async def test_an_account_that_is_not_of_the_login_is_refused() -> None:
    with Gateway(gateway_of({})) as gateway, pytest.raises(BadRequest, match="not of this login"):
        await IBBroker.open(port=gateway.port, timeout=5, account="U9")


async def test_a_connection_whose_opening_was_cancelled_is_ended_when_it_is_there() -> None:
    arrived, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        arrived.set()
        assert go_on.wait(5)
        peer.ready(VERSION)
        peer.wait_closed()
        closed.set()

    with Gateway(script) as gateway:
        opening = asyncio.create_task(IBBroker.open(port=gateway.port, timeout=5))
        await until(arrived.is_set)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        go_on.set()
        await until(closed.is_set)


async def test_a_symbol_alone_prefers_dollars() -> None:
    def two(fields: list[str]) -> list[bytes]:
        at = request_id(fields)
        return [
            details(at, "AAPL", 265598, "SMART", "USD", "NASDAQ"),
            details(at, "AAPL", 38708077, "SMART", "CHF", "EBS"),
            details_end(at),
        ]

    async with open_broker({9: two}) as broker:
        found = await broker.resolve("AAPL")
    assert (found.contract_id, found.name, found.time_zone) == (265598, "AAPL INC", "US/Eastern")
    assert found.market_rule_ids == (26, 26)


async def test_an_ambiguous_symbol_lists_its_candidates() -> None:
    def two(fields: list[str]) -> list[bytes]:
        at = request_id(fields)
        return [
            details(at, "RHM", 1, "SMART", "EUR", "IBIS"),
            details(at, "RHM", 2, "SMART", "EUR", "FWB2"),
            details_end(at),
        ]

    async with open_broker({9: two}) as broker:
        with pytest.raises(AmbiguousContract, match="2 contracts are called 'RHM'") as raised:
            await broker.resolve("RHM")
    assert [line.split("(")[0].strip() for line in raised.value.candidates] == [
        "RHM STK IBIS EUR",
        "RHM STK FWB2 EUR",
    ]


async def test_an_unknown_symbol_is_not_found() -> None:
    answers: Answers = {
        9: lambda fields: [error(VERSION, int(request_id(fields)), 200, "No security definition")],
        81: lambda fields: [message(79, request_id(fields), 0)],
    }
    async with open_broker(answers) as broker:
        assert await broker.find("NOPE") == []
        with pytest.raises(ContractNotFound, match="NOPE"):
            await broker.resolve("NOPE")


def minute(start: str, close: float = 100.5) -> tuple[object, ...]:
    return parse(start) // SECOND, 100, 101, 99.5, close, 1200, 100.25, 40


def hour(size: str = "1m", end: str = "2026-01-09T15:00") -> BarRequest:
    return BarRequest(BarSize.parse(size), parse("2026-01-09T14:00"), parse(end))


async def test_bars_come_sorted_cut_to_the_range_and_final_once_their_end_has_passed() -> None:
    def answer(fields: list[str]) -> list[bytes]:
        starts = ["2026-01-09T13:59", "2026-01-09T14:58", "2026-01-09T14:59", "2026-01-09T15:00"]
        return [historical(VERSION, int(request_id(fields)), *(minute(start) for start in starts))]

    seen = list[list[str]]()
    async with open_broker({20: answer}, seen) as broker:
        bars = await broker.bars(AAPL, hour(end="2026-01-09T15:01"))
    assert [bar.final for bar in bars] == [True, True, False]
    assert (bars[0].time, bars[0].volume, bars[0].average, bars[0].count) == (
        parse("2026-01-09T14:58"),
        1200,
        100.25,
        40,
    )
    sent = next(fields for fields in seen if fields[0] == "20")
    assert "3660 S" in sent
    assert "1 min" in sent
    assert "2" in sent[-5:]


async def test_a_past_end_is_sent_as_utc() -> None:
    seen = list[list[str]]()
    answers: Answers = {20: lambda fields: [historical(VERSION, int(request_id(fields)))]}
    async with open_broker(answers, seen) as broker:
        assert await broker.bars(AAPL, hour(end="2026-01-09T14:30")) == []
    assert "20260109-14:30:00" in next(fields for fields in seen if fields[0] == "20")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Historical Market Data Service error message:API pacing violation", PacingRefused),
        (
            "Historical Market Data Service error message:No market data permissions for NYSE STK",
            NoPermission,
        ),
        ("Historical Market Data Service error message:invalid step", RequestRejected),
    ],
)
async def test_a_refused_history_says_what_ib_said(text: str, kind: type[Exception]) -> None:
    answers: Answers = {20: lambda fields: [error(VERSION, int(request_id(fields)), 162, text)]}
    async with open_broker(answers) as broker:
        with pytest.raises(kind, match="1m bars of AAPL STK SMART: IB says 162"):
            await broker.bars(AAPL, hour())


async def test_no_data_is_an_empty_list() -> None:
    text = "Historical Market Data Service error message:HMDS query returned no data"
    answers: Answers = {20: lambda fields: [error(VERSION, int(request_id(fields)), 162, text)]}
    async with open_broker(answers) as broker:
        assert await broker.bars(AAPL, hour()) == []


async def test_a_range_of_several_requests_is_refused() -> None:
    async with open_broker({}) as broker:
        with pytest.raises(BadRequest, match="more than one request"):
            await broker.bars(AAPL, hour(end="2026-01-19"))


async def test_the_first_bar_and_historical_ticks_are_told() -> None:
    def ticks(fields: list[str]) -> list[bytes]:
        row = (NOW // SECOND, 1, 100.5, 25, "ARCA", "T")
        return [message(98, request_id(fields), 2, *row, *row, 1)]

    answers: Answers = {
        87: lambda fields: [message(88, request_id(fields), 345479400)],
        96: ticks,
    }
    async with open_broker(answers) as broker:
        assert await broker.head_time(AAPL) == 345479400 * SECOND
        trades = await broker.ticks(AAPL, "Last", NOW, 2)
    assert [type(trade) for trade in trades] == [Trade, Trade]
    assert isinstance(trades[0], Trade)
    assert (trades[0].time, trades[0].past_limit, trades[0].source) == (NOW, True, "history")


def recorder(bus: EventBus) -> list[Event]:
    events = list[Event]()
    bus.subscribe(MarketEvent, events.append)
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
        broker.requests.tick_by_tick.begin = lambda *args: None  # type: ignore[method-assign]
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
        clock: asyncio.Future[int] = loop.create_future()
        broker.now = lambda: clock  # type: ignore[method-assign,assignment,return-value]
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


async def test_a_range_within_a_second_asks_for_the_bar_that_starts_in_it() -> None:
    start = parse("2026-01-09T14:30:00Z")
    bar = (start // SECOND, 1, 2, 1, 2, 5, 1.5, 1)
    asked = list[str]()

    def serve(fields: list[str]) -> list[bytes]:
        asked.extend(fields)
        return [historical(VERSION, int(request_id(fields)), bar)]

    async with open_broker({20: serve}) as broker:
        request = BarRequest(BarSize.parse("1s"), start - 5, start + 5)
        (found,) = await broker.bars(AAPL, request)
        assert await broker.bars(AAPL, BarRequest(BarSize.parse("1s"), start + 1, start + 5)) == []
    assert found.time == start
    assert "20260109-14:30:01" in asked


async def test_account_and_positions_are_read() -> None:
    position = message(
        61,
        3,
        "DU1234567",
        265598,
        "AAPL",
        "STK",
        "",
        0.0,
        "",
        "",
        "NASDAQ",
        "USD",
        "AAPL",
        "NMS",
        500,
        196.77,
    )
    answers: Answers = {
        6: lambda fields: [
            message(6, 2, "NetLiquidation", "1000.5", "USD", "DU1234567"),
            message(54, 1, "DU1234567"),
        ],
        61: lambda fields: [position, message(62, 1)],
    }
    async with open_broker(answers) as broker:
        (value,) = await broker.account_values()
        (held,) = await broker.positions()
    assert (value.key, value.value, value.currency) == ("NetLiquidation", "1000.5", "USD")
    assert (held.symbol, str(held.quantity), held.average_cost) == ("AAPL", "500", 196.77)
