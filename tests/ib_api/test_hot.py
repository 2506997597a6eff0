"""The fast decoder against the official one: same messages, same calls, same arguments."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ib_api import IBCallbacks
from ib_api._ibapi import DECIMAL_SIZES, DEFAULT_MAX_VERSION, PROTOBUF_VERSION, Decoder, EWrapper, interpret
from ib_api.dispatch import ColdDecoder, Dispatch, user_override
from ib_api.framing import frame, frames
from ib_api.hot import HotDecoder
from ib_api.lines import BarLine, Line, MarketDataLine, TickByTickLine
from market.events import Bar, Event, Problem
from tests.ib_api.gateway import historical, message

VERSION = DEFAULT_MAX_VERSION
NAMES = (
    "tickPrice", "tickSize", "tickString", "marketDataType", "tickByTickAllLast", "tickByTickBidAsk",
    "tickByTickMidPoint", "realtimeBar", "historicalData", "historicalDataEnd", "historicalDataUpdate",
    "updateMktDepth", "updateMktDepthL2",
)  # fmt: skip


def plain(value: Any) -> Any:
    """An argument that can be compared: the vendor's objects by their attributes."""
    return sorted(vars(value).items()) if hasattr(value, "__dict__") else value


class Recorder:
    """Overrides that write their calls down."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        for name in NAMES:
            setattr(self, name, lambda *args, name=name: self.calls.append((name, *map(plain, args))))


def ours(data: bytes, version: int = VERSION) -> tuple[list[tuple[Any, ...]], list[Event]]:
    events, recorder = list[Event](), Recorder()
    router = IBCallbacks(events.extend)
    cold = ColdDecoder(Dispatch(router, recorder), router, version, False)
    decoder = HotDecoder(router, lambda name: user_override(recorder, name), cold.decode, version, False)
    assert decoder.feed(data) == len(data)
    return recorder.calls, events


def official(data: bytes, version: int = VERSION) -> list[tuple[Any, ...]]:
    class Wrapper(EWrapper):
        pass

    wrapper, recorder = Wrapper(), Recorder()
    wrapper.__dict__.update({name: getattr(recorder, name) for name in NAMES})
    decoder = Decoder(wrapper, version)
    for payload in frames(data):
        interpret(decoder, payload, False)
    return recorder.calls


BAR = (1767969000, 100.5, 101, 99.25, 100, 1200, 100.125, 40)
MESSAGES = {
    "bid": message(1, 6, 1001, 1, 100.5, 300, 1),
    "last past limit": message(1, 6, 1001, 4, -1.25, 5, 7),
    "delayed ask": message(1, 6, 1001, 67, 0, 0, 0),
    "high": message(1, 6, 1001, 6, 101, 0, ""),
    "size": message(2, 6, 1001, 8, 123456),
    "string": message(46, 6, 1001, 45, 1767969000),
    "data type": message(58, 1, 1001, 3),
    "print": message(99, 1001, 1, 1767969000, 100.5, 25, 3, "ARCA", "T F"),
    "quote": message(99, 1001, 3, 1767969000, 100, 100.5, 3, 4, 2),
    "midpoint": message(99, 1001, 4, 1767969000, 100.25),
    "level": message(12, 1, 1001, 3, 0, 1, 100.5, 300),
    "deleted level": message(12, 1, 1001, 0, 2, 0, 0, 0),
    "level of a market maker": message(13, 1, 1001, 3, "NSDQ", 1, 0, 100.5, 300, 0),
    "level of an exchange": message(13, 1, 1001, 0, "ARCA", 0, 1, 100.5, 300, 1),
    "5-second bar": message(50, 3, 1001, *BAR),
    "running bar": message(90, 1001, 40, 1767969000, 100.5, 100, 101, 99.25, 100.125, 1200),
    "bars": historical(VERSION, 1001, BAR, BAR),
    "no bars": historical(VERSION, 1001),
    "daily bar": historical(VERSION, 1001, ("20260109", *BAR[1:])),
}


@pytest.mark.parametrize("name", list(MESSAGES))
def test_an_override_is_called_as_the_official_decoder_calls_it(name: str) -> None:
    calls, _ = ours(MESSAGES[name])
    assert calls == official(MESSAGES[name])
    assert calls or name == "no bars"


LINES = {
    "bid": MarketDataLine("line", 1, "SMART"),
    "size": MarketDataLine("line", 1, "SMART"),
    "print": TickByTickLine("prints", 1, "SMART", "Last"),
    "quote": TickByTickLine("quotes", 1, "SMART", "Last"),
    "midpoint": TickByTickLine("midpoints", 1, "SMART", "Last"),
    "5-second bar": BarLine("bars", 1, "SMART", "5s"),
    "running bar": BarLine("bars", 1, "SMART", "1m"),
}


@pytest.mark.parametrize(("name", "line"), LINES.items())
def test_whatever_a_stream_brings_says_when_it_was_heard(name: str, line: Line) -> None:
    router = IBCallbacks()
    router.registry.streams[1001] = line
    cold = ColdDecoder(Dispatch(router, router), router, VERSION, False)
    decoder = HotDecoder(router, lambda name: None, cold.decode, VERSION, False)
    assert line.heard == 0
    decoder.feed(MESSAGES[name])
    assert line.heard == router.received > 0


@pytest.mark.skipif(not DECIMAL_SIZES, reason="only the newer generation knows fractions and unset decimals")
@pytest.mark.parametrize("size", ["0.5", "", "2147483647", "1.7976931348623157E308"])
def test_sizes_are_decimals_of_the_newer_library(size: str) -> None:
    data = message(2, 6, 1001, 8, size)
    assert ours(data)[0] == official(data)
    assert isinstance(ours(data)[0][0][-1], Decimal)


def test_the_flags_of_a_tick_cannot_be_changed() -> None:
    flags = list[Any]()

    class Keeps(IBCallbacks):
        def tickPrice(self, reqId: int, tickType: int, price: float, attrib: Any) -> None:
            flags.append(attrib)

    router = Keeps()
    HotDecoder(router, lambda name: user_override(router, name), lambda _: None, VERSION, False).feed(
        MESSAGES["bid"]
    )
    with pytest.raises(AttributeError, match="copy"):
        flags[0].pastLimit = True


def test_a_layout_we_do_not_know_is_left_to_the_official_decoder() -> None:
    longer = message(1, 6, 1001, 1, 100.5, 300, 1, "something new")
    assert ours(longer) == (official(longer), [])


def test_half_a_message_waits_for_its_other_half() -> None:
    router = IBCallbacks()
    decoder = HotDecoder(router, lambda name: None, lambda _: None, VERSION, False)
    data = MESSAGES["bid"] + MESSAGES["size"]
    assert decoder.feed(data[:-1]) == len(MESSAGES["bid"])


def test_a_wrong_number_of_bars_is_reported() -> None:
    broken = historical(VERSION, 1001, BAR[:-1])
    calls, events = ours(frame(next(frames(broken))))
    assert len(calls) <= 1
    assert [event.code for event in events if isinstance(event, Problem)] == [508]


@pytest.mark.skipif(
    PROTOBUF_VERSION > 225 or not DECIMAL_SIZES, reason="binary ids are of the newer generation"
)
def test_a_message_with_a_binary_id_is_decoded_too() -> None:
    events = list[Event]()
    router = IBCallbacks(events.extend)
    router.registry.streams[1001] = BarLine("bars", 7, "SMART", "5s")
    decoder = HotDecoder(router, lambda name: None, lambda _: None, 203, True)
    text = next(frames(MESSAGES["5-second bar"]))
    decoder.feed(frame((50).to_bytes(4, "big") + text.partition(b"\0")[2]))
    assert [type(event) for event in events] == [Bar]


def test_5_second_bars_and_running_bars_become_bars() -> None:
    events = list[Event]()
    router = IBCallbacks(events.extend)
    router.registry.streams[1001] = BarLine("bars", 7, "SMART", "5s")
    HotDecoder(router, lambda name: None, lambda _: None, VERSION, False).feed(
        MESSAGES["5-second bar"] + MESSAGES["running bar"]
    )
    finished, running = events
    assert isinstance(finished, Bar)
    assert isinstance(running, Bar)
    assert (finished.final, finished.source, running.final, running.source) == (True, "rtbar", False, "live")
    assert (running.open, running.high, running.low, running.close) == (100.5, 101, 99.25, 100)
    assert (finished.volume, finished.average, finished.count) == (1200, 100.125, 40)


RECORDED = Path(__file__).parents[3] / "shared" / "wire"


@pytest.mark.skipif(
    not RECORDED.exists() or not DECIMAL_SIZES, reason="no recordings here, or of a newer version"
)
@pytest.mark.parametrize("name", ["session_sv176.jsonl", "mixed.jsonl"])
def test_recorded_messages_are_read_without_a_complaint(name: str) -> None:
    complaints = list[object]()
    for line in (RECORDED / name).read_text().splitlines():
        record = json.loads(line)
        version = record.get("ibapi_10_30_01", {}).get("server_version_used")
        # Hand-made ones among them lack the last NUL, or are older than what we read.
        if version is None or version < 137 or not record["raw"].endswith("\0"):
            continue
        _, events = ours(frame(record["raw"].encode("latin-1", "replace")), version)
        complaints += [
            (record["id"], event) for event in events if isinstance(event, Problem) and event.code == 508
        ]
    assert complaints == []


def test_a_callback_that_fails_at_one_bar_still_gets_the_others() -> None:
    closes = list[float]()

    class Fails(IBCallbacks):
        def historicalData(self, reqId: int, bar: Any) -> None:
            closes.append(bar.close)
            raise ValueError("user bug")

    router = Fails()
    cold = ColdDecoder(Dispatch(router, router), router, VERSION, False)
    decoder = HotDecoder(router, lambda name: user_override(router, name), cold.decode, VERSION, False)
    decoder.feed(historical(VERSION, 1001, BAR, BAR, BAR))
    assert (len(closes), router.failures) == (3, 3)
