import asyncio
import threading

import pytest

from ib_api.ib_broker import IBBroker
from ib_api.scheduling import acting_as
from market.bar_size import BarSize
from market.broker import BarRequest, MarketData
from market.clock import DrivenClock
from market.errors import (
    AmbiguousContract,
    BadRequest,
    ContractNotFound,
    NoPermission,
    PacingRefused,
    RequestRejected,
)
from market.events import Trade
from market.times import SECOND, parse
from tests.ib_api.answering import (
    AAPL,
    NOW,
    VERSION,
    Answers,
    details,
    details_end,
    gateway_of,
    open_broker,
    request_id,
    until,
)
from tests.ib_api.gateway import Gateway, Peer, error, historical, message


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
            await broker.bars(AAPL, hour(end="2026-12-19"))


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


HALF_PAST = parse("2026-01-09T14:30")


async def test_history_that_is_refused_for_its_pace_is_asked_for_again_in_turn() -> None:
    asked = list[int]()

    def refusing_twice(fields: list[str]) -> list[bytes]:
        asked.append(int(request_id(fields)))
        if len(asked) < 3:
            text = "Historical Market Data Service error message:API pacing violation"
            return [error(VERSION, asked[-1], 162, text)]
        return [historical(VERSION, asked[-1], minute("2026-01-09T14:30"))]

    async with open_broker({20: refusing_twice}) as broker:
        assert (
            len(await broker.bars(AAPL, BarRequest(BarSize.parse("30s"), HALF_PAST, HALF_PAST + 60 * SECOND)))
            == 1
        )
        assert broker.scheduler.quota().small_history.limit < 60
    assert len(set(asked)) == 3


async def test_a_warning_of_too_many_messages_slows_everything_down() -> None:
    text = "Max rate of messages per second has been exceeded:max=50 rec=53 (1)"
    answers: Answers = {61: lambda fields: [error(VERSION, -1, 100, text), message(62, 1)]}
    async with open_broker(answers) as broker:
        broker.scheduler.clock = DrivenClock(0)
        await broker.positions()
        assert broker.scheduler.quota().messages.limit == 22


async def test_a_broker_says_who_holds_what() -> None:
    async with open_broker({}) as broker:
        with acting_as("chart"):
            stream = await broker.stream(AAPL, "Last", source="l1")
        assert broker.scheduler.quota().lines.users == {"chart": 1}
        stream.cancel()
        await until(lambda: broker.scheduler.free("line") == 100)
