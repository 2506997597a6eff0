import logging
import struct
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from ib_api import IBCallbacks, IBConnector
from ib_api._ibapi import (
    DECIMAL_SIZES,
    DEFAULT_MAX_VERSION,
    BarData,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
)
from ib_api.errors import NotSupported
from ib_api.lines import BarLine, MarketDataLine, TickByTickLine
from ib_api.translate import BarSpec, TickSpec
from market.events import Bar, ConnectionChanged, Event, Midpoint, Problem, Quote, Trade
from market.times import SECOND
from tests.ib_api.gateway import Gateway, Peer, error, eventually, frame, message
from tests.ib_api.test_depth import Heard

NO_FLAGS = SimpleNamespace(
    canAutoExecute=True, pastLimit=False, unreported=False, bidPastLow=False, askPastHigh=False
)


def callbacks() -> tuple[IBCallbacks, list[Event]]:
    events = list[Event]()
    return IBCallbacks(events.extend), events


@pytest.mark.parametrize(
    "arguments",
    [(321, "bad"), (321, "bad", ""), (1767969000000, 321, "bad"), (1767969000000, 321, "bad", "{}")],
)
def test_every_generation_of_error_is_understood(arguments: tuple[Any, ...]) -> None:
    router, events = callbacks()
    router.error(7, *arguments)
    (problem,) = events
    assert isinstance(problem, Problem)
    assert (problem.code, problem.message, problem.request_id) == (321, "bad", 7)


@pytest.mark.parametrize(("code", "state"), [(1100, "degraded"), (1101, "ready"), (1102, "ready")])
def test_the_line_between_tws_and_ib_is_told(code: int, state: str) -> None:
    router, events = callbacks()
    router.error(-1, code, "Connectivity between IB and TWS ...")
    assert [event.state for event in events if isinstance(event, ConnectionChanged)] == [state]


def test_ticks_given_by_hand_become_events() -> None:
    router, events = callbacks()
    router.registry.streams.update(
        {1: MarketDataLine("l1", 5, "SMART"), 2: TickByTickLine("tbt", 5, "SMART", "AllLast")}
    )
    router.marketDataType(1, 3)
    router.tickString(1, 45, "900")
    router.tickPrice(1, 4, 100.5, NO_FLAGS)
    router.tickSize(1, 5, Decimal(10))
    router.tickByTickAllLast(2, 2, 900, 100.5, Decimal(10), NO_FLAGS, "ARCA", "")
    router.tickByTickBidAsk(2, 900, 100, 101, Decimal(1), Decimal(0), NO_FLAGS)
    router.tickByTickMidPoint(2, 900, 100.5)
    assert [type(event) for event in events] == [Trade, Trade, Trade, Quote, Midpoint]
    first = events[1]
    assert isinstance(first, Trade)
    assert (first.time, first.price, first.size, first.data_type.label) == (
        900 * SECOND,
        100.5,
        10,
        "DELAYED",
    )


def bar() -> BarData:
    made = BarData()
    made.date, made.open, made.high, made.low, made.close, made.barCount = "1767969000", 1, 2, 0.5, 1.5, 3
    made.volume = Decimal(7) if DECIMAL_SIZES else 7
    if DECIMAL_SIZES:
        made.wap = Decimal("1.25")  # type: ignore[attr-defined]
    else:
        made.average = 1.25  # type: ignore[attr-defined]
    return made


def test_bars_given_by_hand_become_answers_and_events() -> None:
    router, events = callbacks()
    answer = router.registry.pending("bars", detail=BarSpec(5, "SMART", "1m", "TRADES", "all"))
    router.registry.streams[2] = BarLine("bars", 5, "SMART", "5s")
    router.historicalData(answer.request_id, bar())
    router.historicalDataEnd(answer.request_id, "", "")
    router.realtimeBar(2, 1767969000, 1, 2, 0.5, 1.5, Decimal(7), Decimal("1.25"), 3)
    router.historicalDataUpdate(2, bar())
    (history,) = answer.result(0)
    finished, running = events
    assert isinstance(running, Bar)
    assert isinstance(finished, Bar)
    assert {each.average for each in (history, finished, running)} == {1.25}
    assert (history.final, finished.final, running.final) == (True, True, False)


def test_historical_ticks_come_in_several_messages() -> None:
    router, _ = callbacks()
    tick = HistoricalTickLast()
    tick.time, tick.price, tick.size = 900, 100.5, 10
    answer = router.registry.pending("ticks", detail=TickSpec(5, "SMART", "Last"))
    router.historicalTicksLast(answer.request_id, [tick], False)
    assert not answer.done()
    router.historicalTicksLast(answer.request_id, [tick], True)
    assert [each.price for each in answer.result(0)] == [100.5, 100.5]


def test_historical_quotes_and_midpoints_are_read() -> None:
    router, _ = callbacks()
    quote, middle = HistoricalTickBidAsk(), HistoricalTick()
    quote.time, quote.priceBid, quote.sizeBid, quote.priceAsk, quote.sizeAsk = 900, 100.5, 3, -1, 0
    middle.time, middle.price, middle.size = 900, 100.25, 0
    answers = [router.registry.pending("ticks", detail=TickSpec(5, "SMART", "BidAsk")) for _ in range(2)]
    router.historicalTicksBidAsk(answers[0].request_id, [quote], True)
    router.historicalTicks(answers[1].request_id, [middle], True)
    (bid,), (mid,) = (answer.result(0) for answer in answers)
    assert (bid.bid, bid.bid_size, bid.ask, bid.ask_size) == (100.5, 3, None, None)
    assert (mid.price, mid.source) == (100.25, "history")


def test_a_sink_that_fails_costs_its_batch_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    def fail(events: list[Event]) -> None:
        raise OSError("disk full")

    router = IBCallbacks(fail)
    with caplog.at_level(logging.CRITICAL, "ib_api"):
        router.error(-1, 2104, "Market data farm connection is OK:usfarm")
    assert (router.failures, router.farms.market_data) == (1, True)


def test_calling_super_in_an_override_doubles_nothing() -> None:
    class Polite(IBCallbacks):
        calls = 0

        def error(self, *arguments: Any) -> None:
            super().error(*arguments)
            self.calls += 1

    def script(peer: Peer) -> None:
        peer.ready(DEFAULT_MAX_VERSION)
        peer.send(error(DEFAULT_MAX_VERSION, -1, 2104, "Market data farm connection is OK:usfarm"))
        peer.wait_closed()

    events = list[Event]()
    polite = Polite(events.extend)
    with Gateway(script) as gateway, IBConnector(polite) as connector:
        connector.connect(port=gateway.port, timeout=5)
        eventually(lambda: polite.calls == 1)
    assert len([event for event in events if isinstance(event, Problem)]) == 1


def test_one_object_may_be_both_callbacks_and_connector() -> None:
    class App(IBCallbacks, IBConnector):
        def __init__(self) -> None:
            IBCallbacks.__init__(self)
            IBConnector.__init__(self, self)
            self.times = list[int]()

        def currentTime(self, time: int) -> None:
            self.times.append(time)

    def script(peer: Peer) -> None:
        peer.ready(DEFAULT_MAX_VERSION)
        peer.request_of(49)
        peer.send(message(49, 1, 5))
        peer.wait_closed()

    app = App()
    with Gateway(script) as gateway:
        app.connect("127.0.0.1", gateway.port, 1)
        app.reqCurrentTime()
        eventually(lambda: app.times == [5])
        app.disconnect()


@pytest.mark.skipif(not DECIMAL_SIZES, reason="the older generation knows no protobuf")
def test_a_protobuf_session_gives_the_same_events() -> None:
    from ibapi.protobuf.TickByTickData_pb2 import TickByTickData

    def raw(number: int, body: bytes) -> bytes:
        return frame(struct.pack(">I", number) + body)

    def script(peer: Peer) -> None:
        peer.greet(225)
        assert peer.read(8)[4:] == struct.pack(">I", 271)
        peer.send(raw(15, b"1\0DU1\0"), raw(9, b"1\0001\0"))
        tick = TickByTickData(reqId=1, tickType=1)
        last = tick.historicalTickLast
        last.time, last.price, last.size, last.exchange = 900, 100.5, "2.5", "ARCA"
        peer.send(raw(299, tick.SerializeToString()), raw(99, b"1\0004\000900\000100.25\0"))
        peer.wait_closed()

    events = list[Event]()
    router = IBCallbacks(events.extend)
    with Gateway(script) as gateway, IBConnector(router, max_server_version=225) as connector:
        router.registry.streams[1] = TickByTickLine("tbt", 5, "SMART", "Last")
        connector.connect(port=gateway.port, timeout=5)
        eventually(lambda: len(events) == 3)
    assert events[1:3] == [
        Trade(5, "SMART", 900 * SECOND, 0, 100.5, 2.5, venue="ARCA"),
        Midpoint(5, "SMART", 900 * SECOND, 0, 100.25),
    ]


@pytest.mark.parametrize("name", ["rerouteMktDataReq", "rerouteMktDepthReq"])
def test_a_stream_whose_prices_are_another_contracts_is_refused_with_that(name: str) -> None:
    router, events = callbacks()
    heard = Heard()
    line = router.registry.streams[1] = MarketDataLine("market data of IBM CFD", 5, "SMART")
    line.listener = heard
    getattr(router, name)(1, 8314, "NYSE")
    getattr(router, name)(1, 8314, "NYSE")
    (refused,) = heard.errors
    assert isinstance(refused, NotSupported)
    assert (
        str(refused)
        == "market data of IBM CFD: IB sends none of its own; stream 8314@NYSE, whose prices it has"
    )
    assert [event.advice for event in events if isinstance(event, Problem)] == ["stream 8314@NYSE"]
