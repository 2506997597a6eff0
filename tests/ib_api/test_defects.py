"""Each defect of the official client has a test that the connector does not share it."""

import logging
import threading

import pytest

from ib_api import IBCallbacks, IBConnector
from ib_api._ibapi import DECIMAL_SIZES, DEFAULT_MAX_VERSION
from ib_api.errors import PortRefused, SilentGateway
from market.events import Event, Problem
from tests.ib_api.gateway import Gateway, Peer, chunks, eventually, free_port, message

VERSION = DEFAULT_MAX_VERSION


class Ticks(IBCallbacks):
    """Counts what reaches a callback of the user."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        super().__init__(self.events.extend)
        self.sizes: list[float] = []
        self.closed = 0

    def tickSize(self, reqId: int, tickType: int, size: float) -> None:
        self.sizes.append(float(size))

    def connectionClosed(self) -> None:
        self.closed += 1


def tick(size: object) -> bytes:
    return message(2, 6, 1001, 0, size)


def connected(gateway: Gateway, callbacks: IBCallbacks) -> IBConnector:
    connector = IBConnector(callbacks)
    connector.connect(port=gateway.port, client_id=1, timeout=5)
    return connector


def test_b1_a_burst_of_exactly_full_buffers_followed_by_silence_loses_nothing() -> None:
    length = len(tick("1".zfill(8)))
    burst = b"".join(tick(str(n).zfill(8)) for n in range(4096 * 4 // length))
    filler = 4096 * 4 - len(burst)
    burst += b"" if not filler else tick("1".zfill(8 + filler - length) if filler >= length else 1)

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        for part in chunks(burst + tick(7), 4096):
            peer.send(part)
        peer.wait_closed()

    callbacks = Ticks()
    with Gateway(script) as gateway, connected(gateway, callbacks):
        eventually(lambda: callbacks.sizes and callbacks.sizes[-1] == 7)
    assert callbacks.sizes[: 4096 * 4 // length] == [float(n) for n in range(4096 * 4 // length)]


def test_b2_a_callback_that_raises_is_logged_and_reported_and_the_connection_lives_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Clumsy(Ticks):
        def tickSize(self, reqId: int, tickType: int, size: float) -> None:
            super().tickSize(reqId, tickType, size)
            if len(self.sizes) == 1:
                raise ValueError("user bug")

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.send(tick(1), tick(2))
        peer.wait_closed()

    callbacks = Clumsy()
    caplog.set_level(logging.ERROR, "ib_api")
    with Gateway(script) as gateway, connected(gateway, callbacks) as connector:
        eventually(lambda: len(callbacks.sizes) == 2)
        assert connector.isConnected()
    assert "user bug" in caplog.text
    problems = [event for event in callbacks.events if isinstance(event, Problem)]
    assert [problem.message for problem in problems] == [
        "your tickSize callback failed; its traceback is in the log"
    ]


@pytest.mark.parametrize(
    "broken",
    [message(1, 6, 1001), message(10, 1), message(8, 1), message(999, 1), b"\0\0\0\0", message("x", 1)],
    ids=["hot", "cold", "field count", "unknown id", "empty", "no id"],
)
def test_b3_a_message_that_cannot_be_read_is_reported_and_left_out(broken: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.send(broken, tick(2))
        peer.wait_closed()

    callbacks = Ticks()
    with Gateway(script) as gateway, connected(gateway, callbacks):
        eventually(lambda: callbacks.sizes == [2])
    assert [event.code for event in callbacks.events if isinstance(event, Problem)] == [508]
    assert callbacks.unreadable == 1


def test_b4_a_fractional_size_is_a_number_like_any_other() -> None:
    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.send(tick("0.5"), message(1, 6, 1001, 1, "1.5", "0.25", 0))
        peer.wait_closed()

    callbacks = Ticks()
    with Gateway(script) as gateway, connected(gateway, callbacks):
        eventually(lambda: callbacks.sizes == [0.5, 0.25])
    assert DECIMAL_SIZES or callbacks.unreadable == 0


def test_b5_nothing_comes_after_disconnect_however_much_is_queued() -> None:
    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.send(*(tick(n) for n in range(20_000)))
        peer.wait_closed()

    class Quits(Ticks):
        def tickSize(self, reqId: int, tickType: int, size: float) -> None:
            super().tickSize(reqId, tickType, size)
            if len(self.sizes) == 10:
                connector.disconnect()

    callbacks = Quits()
    connector = IBConnector(callbacks)
    with Gateway(script) as gateway:
        connector.connect(port=gateway.port, timeout=5)
        connector.run()
        eventually(lambda: callbacks.closed == 1)
    assert len(callbacks.sizes) == 10


def test_b6_a_peer_that_accepts_and_keeps_quiet_is_given_up_in_time() -> None:
    with Gateway(Peer.wait_closed) as gateway, pytest.raises(SilentGateway, match="dialog in TWS"):
        IBConnector(IBCallbacks()).connect(port=gateway.port, timeout=0.2)


def test_b7_a_handshake_in_pieces_is_put_together() -> None:
    def script(peer: Peer) -> None:
        peer.read(4)
        peer.request()
        for part in chunks(message(VERSION, "20250101 10:00:00 EST"), 3):
            peer.send(part)
        peer.request()
        peer.send(message(15, 1, "DU1"), message(9, 1, 1))
        peer.wait_closed()

    with Gateway(script) as gateway, connected(gateway, IBCallbacks()) as connector:
        assert connector.serverVersion() == VERSION
        assert connector.twsConnectionTime() == b"20250101 10:00:00 EST"


def test_b8_what_is_glued_to_the_handshake_is_not_dropped() -> None:
    def script(peer: Peer) -> None:
        peer.read(4)
        peer.request()
        peer.send(message(VERSION, "now") + tick(77) + message(15, 1, "DU1") + message(9, 1, 1))
        peer.wait_closed()

    callbacks = Ticks()
    with Gateway(script) as gateway, connected(gateway, callbacks):
        eventually(lambda: callbacks.sizes == [77])


def test_b9_a_message_beyond_16_mib_is_read() -> None:
    xml = "x" * (17 << 20)

    class Scanner(Ticks):
        length = 0

        def scannerParameters(self, xml: str) -> None:
            self.length = len(xml)

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.send(message(19, 1, xml), tick(1))
        peer.wait_closed()

    callbacks = Scanner()
    with Gateway(script) as gateway, connected(gateway, callbacks):
        eventually(lambda: callbacks.sizes == [1])
    assert callbacks.length == len(xml)


def test_b10_a_refused_port_raises_at_once_and_calls_nothing() -> None:
    callbacks = Ticks()
    with pytest.raises(PortRefused, match="start TWS or IB Gateway"):
        IBConnector(callbacks).connect(port=free_port(), timeout=5)
    assert (callbacks.closed, callbacks.events) == (0, [])


def test_b12_a_large_message_is_sent_whole_to_a_slow_reader() -> None:
    text = "y" * 20_000_000
    got = list[int]()

    def script(peer: Peer) -> None:
        peer.ready(VERSION)
        got.append(len("".join(peer.request()[1:])))
        got.append(len(peer.request()))
        peer.wait_closed()

    with Gateway(script) as gateway, connected(gateway, IBCallbacks()) as connector:
        parts = (49, f"{text}\0") if DECIMAL_SIZES else (f"49\0{text}\0",)
        connector.sendMsg(*parts)
        connector.reqCurrentTime()
        eventually(lambda: len(got) == 2)
    assert got == [len(text), 2]


def test_b13_nothing_of_an_old_session_reaches_a_new_one() -> None:
    busy, go_on = threading.Event(), threading.Event()

    class Slow(Ticks):
        def tickSize(self, reqId: int, tickType: int, size: float) -> None:
            super().tickSize(reqId, tickType, size)
            if size == 0:
                busy.set()
                go_on.wait(5)

    def old(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.send(*(tick(n) for n in range(8)))
        peer.wait_closed()

    def new(peer: Peer) -> None:
        peer.ready(VERSION)
        peer.send(tick(100))
        peer.wait_closed()

    callbacks = Slow()
    with Gateway(old, new) as gateway:
        connector = connected(gateway, callbacks)
        assert busy.wait(5)
        ending = threading.Thread(target=connector.disconnect)
        ending.start()
        eventually(lambda: not connector.isConnected())
        go_on.set()
        ending.join(5)
        connector.connect(port=gateway.port, timeout=5)
        eventually(lambda: 100 in callbacks.sizes)
        connector.disconnect()
    assert callbacks.sizes == [0, 100]
