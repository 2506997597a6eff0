"""Server versions from 201 on: the same events from binary messages as from text, and no answer lost."""

import struct
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import pytest

from ib_api import IBCallbacks, IBConnector, IBContract, IBRequests
from ib_api._ibapi import DEFAULT_MAX_VERSION, LIBRARY_MAX_VERSION
from ib_api.depth_line import DepthLine
from ib_api.dispatch import ColdDecoder, Dispatch
from ib_api.hot import HotDecoder
from ib_api.lines import BarLine, Line, MarketDataLine, ProfitLine, TickByTickLine
from ib_api.pending import Pending
from ib_api.requests_base import Stream
from ib_api.translate import BarSpec
from market.errors import RequestRejected
from market.events import AccountValue, Event, Problem
from tests.ib_api.gateway import Gateway, Peer, eventually, frame, historical, message

pytestmark = pytest.mark.modern

NOW = 1_767_969_000
AAPL = IBContract.by_id(265598)
LINES: Mapping[int, Callable[[], Line]] = {
    1: lambda: MarketDataLine("line", 5, "SMART"),
    2: lambda: DepthLine("book", 5, "SMART"),
    3: lambda: ProfitLine("profit", "DU1", 5),
    4: lambda: BarLine("bars", 5, "SMART", "5s"),
    5: lambda: TickByTickLine("ticks", 5, "SMART", "Last"),
}
LEVEL = {"position": 3, "operation": 0, "side": 1, "price": 99.5, "size": "300"}
BAR = {"open": 100.5, "high": 101, "low": 99.25, "close": 100, "volume": "1200", "WAP": "100.125"}


def binary(number: int, name: str, **fields: Any) -> bytes:
    """A message as IB's own classes write it; its id has 200 added."""
    made = getattr(import_module(f"ibapi.protobuf.{name}_pb2"), name)(**fields)
    return frame(struct.pack(">I", 200 + number) + made.SerializeToString())


def events_of(data: bytes, version: int) -> tuple[list[Event], IBCallbacks]:
    events = list[Event]()
    router = IBCallbacks(events.extend)
    router.registry.streams.update({at: make() for at, make in LINES.items()})
    raw_ids = version > DEFAULT_MAX_VERSION
    cold = ColdDecoder(Dispatch(router, router), router, version, raw_ids)
    HotDecoder(router, lambda name: None, cold.decode, version, raw_ids).feed(data)
    return events, router


BAR_TEXT = (100.5, 101, 99.25, 100, 1200, 100.125, 40)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (
            lambda: binary(1, "TickPrice", reqId=1, tickType=1, price=99.5, size="300", attrMask=1),
            message(1, 6, 1, 1, 99.5, 300, 1),
        ),
        (
            lambda: (
                binary(1, "TickPrice", reqId=1, tickType=4, price=-1.5, size="3", attrMask=2)
                + binary(1, "TickPrice", reqId=1, tickType=2, price=0, size="0", attrMask=0)
            ),
            message(1, 6, 1, 4, -1.5, 3, 2) + message(1, 6, 1, 2, 0, 0, 0),
        ),
        (
            lambda: binary(12, "MarketDepth", reqId=2, marketDepthData=LEVEL),
            message(12, 1, 2, 3, 0, 1, 99.5, 300),
        ),
        (
            lambda: binary(12, "MarketDepth", reqId=2, marketDepthData={**LEVEL, "operation": 2}),
            message(12, 1, 2, 3, 2, 1, 99.5, 300),
        ),
        (
            lambda: binary(
                13,
                "MarketDepthL2",
                reqId=2,
                marketDepthData={**LEVEL, "marketMaker": "ARCA", "isSmartDepth": True},
            ),
            message(13, 1, 2, 3, "ARCA", 0, 1, 99.5, 300, 1),
        ),
        (
            lambda: binary(94, "PnL", reqId=3, dailyPnL=-1, unrealizedPnL=5.5),
            message(94, 3, -1, 5.5, "1.7976931348623157E308"),
        ),
        (
            lambda: binary(95, "PnLSingle", reqId=3, position="3", dailyPnL=-1, realizedPnL=2, value=9),
            message(95, 3, 3, -1, "1.7976931348623157E308", 2, 9),
        ),
        (
            lambda: binary(6, "AccountValue", key="Cash", value="1", currency="USD", accountName="DU1"),
            message(6, 2, "Cash", 1, "USD", "DU1"),
        ),
        (
            lambda: binary(50, "RealTimeBarTick", reqId=4, time=NOW, **BAR, count=40),
            message(50, 3, 4, NOW, *BAR_TEXT),
        ),
        (
            lambda: binary(
                90,
                "HistoricalDataUpdate",
                reqId=4,
                historicalDataBar={"date": str(NOW), **BAR, "barCount": 40},
            ),
            message(90, 4, 40, NOW, 100.5, 100, 101, 99.25, 100.125, 1200),
        ),
        (
            lambda: binary(4, "ErrorMessage", id=2, errorCode=317, errorMsg="RESET", errorTime=1),
            message(4, 2, 317, "RESET", "", 1),
        ),
    ],
    ids=[
        "price",
        "no price",
        "level",
        "deletion",
        "maker",
        "profit",
        "position",
        "value",
        "bar",
        "update",
        "error",
    ],
)
def test_binary_and_text_become_the_same_events(written: Callable[[], bytes], text: bytes) -> None:
    from_binary, _ = events_of(written(), LIBRARY_MAX_VERSION)
    from_text, _ = events_of(text, DEFAULT_MAX_VERSION)
    timeless = [[_without_time(event) for event in events] for events in (from_binary, from_text)]
    assert timeless[0] == timeless[1]
    assert timeless[0]


def _without_time(event: Event) -> tuple[object, ...]:
    """What has no time of its own is stamped on arrival."""
    names = [name for name in event.__struct_fields__ if name not in ("received", "time")]
    return type(event), *(getattr(event, name) for name in names)


def test_a_halt_that_is_told_in_binary_is_known() -> None:
    _, router = events_of(binary(45, "TickGeneric", reqId=1, tickType=49, value=1), LIBRARY_MAX_VERSION)
    assert router.registry.streams[1].halted


def test_a_binary_answer_has_the_bars_of_a_text_answer() -> None:
    answers = list[list[Any]]()
    bar = {"date": str(NOW), **BAR, "barCount": 40}
    written = binary(17, "HistoricalData", reqId=7, historicalDataBars=[bar, bar])
    ended = binary(108, "HistoricalDataEnd", reqId=7, startDateStr="from", endDateStr="to")
    text = historical(DEFAULT_MAX_VERSION, 7, (NOW, *BAR_TEXT), (NOW, *BAR_TEXT))
    for data, version in ((written + ended, LIBRARY_MAX_VERSION), (text, DEFAULT_MAX_VERSION)):
        router, answer = IBCallbacks(), Pending[list[Any]]("bars", 7)
        answer.detail = BarSpec(5, "SMART", "1m", "TRADES", "all")
        router.registry._pending[7] = answer
        raw_ids = version > DEFAULT_MAX_VERSION
        cold = ColdDecoder(Dispatch(router, router), router, version, raw_ids)
        HotDecoder(router, lambda name: None, cold.decode, version, raw_ids).feed(data)
        answers.append(answer.result(0))
    assert answers[0] == answers[1]
    assert len(answers[0]) == 2


Ask = Callable[[IBRequests], Stream]


@pytest.mark.parametrize(
    ("ask", "number", "name"),
    [
        (lambda requests: requests.req_market_depth(AAPL, 5, True), 10, "MarketDepthRequest"),
        (lambda requests: requests.req_profit("DU1"), 92, "PnLRequest"),
        (lambda requests: requests.req_profit("DU1", 7), 94, "PnLSingleRequest"),
        (lambda requests: requests.req_real_time_bars(AAPL), 50, "RealTimeBarsRequest"),
        (
            lambda requests: requests.req_bars_kept_up_to_date(AAPL, "60 S", "1m")[1],
            20,
            "HistoricalDataRequest",
        ),
    ],
    ids=["depth", "profit", "position", "5s", "kept"],
)
def test_streams_are_asked_for_and_cancelled_in_binary(ask: Ask, number: int, name: str) -> None:
    asked = list[tuple[int, bytes]]()

    def take(peer: Peer) -> tuple[int, bytes]:
        (length,) = struct.unpack(">I", peer.read(4))
        payload = peer.read(length)
        return struct.unpack(">I", payload[:4])[0], payload[4:]

    def script(peer: Peer) -> None:
        peer.greet(LIBRARY_MAX_VERSION)
        take(peer)
        peer.send(binary(15, "ManagedAccounts", accountsList="DU1"), binary(9, "NextValidId", orderId=1))
        asked.extend([take(peer), take(peer)])
        peer.wait_closed()

    with (
        Gateway(script) as gateway,
        IBConnector(IBCallbacks(), max_server_version=LIBRARY_MAX_VERSION) as line,
    ):
        line.connect(port=gateway.port, timeout=5)
        stream = ask(IBRequests(line))
        stream.cancel()
        eventually(lambda: len(asked) == 2)
    request = getattr(import_module(f"ibapi.protobuf.{name}_pb2"), name)
    assert asked[0][0] == 200 + number
    assert request.FromString(asked[0][1]).reqId == stream.request_id
    assert asked[1][0] > 200


def test_a_binary_answer_that_cannot_be_read_fails_its_request_at_once() -> None:
    events = list[Event]()
    router = IBCallbacks(events.extend)
    answer = router.registry.pending("first bar")
    cold = ColdDecoder(Dispatch(router, router), router, LIBRARY_MAX_VERSION, True)
    broken = binary(88, "HeadTimestamp", reqId=answer.request_id, headTimestamp="soon")
    HotDecoder(router, lambda name: None, cold.decode, LIBRARY_MAX_VERSION, True).feed(broken)
    with pytest.raises(RequestRejected, match="could not be read"):
        answer.result(0)
    assert [event.code for event in events if isinstance(event, Problem)] == [508]


def test_a_binary_message_that_the_library_does_not_know_is_reported() -> None:
    data = frame(struct.pack(">I", 399) + b"\x08\x01")
    events, _ = events_of(data + binary(6, "AccountValue", key="Cash"), LIBRARY_MAX_VERSION)
    problem, value = events
    assert isinstance(problem, Problem)
    assert isinstance(value, AccountValue)
