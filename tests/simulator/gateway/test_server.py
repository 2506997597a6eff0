import asyncio
import logging
import socket

import pytest

from market.clock import DrivenClock
from market.errors import SetupError
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import Gateway, run_in_thread
from simulator.wire.framing import FrameBuffer
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel
from tests.simulator.gateway.raw_client import AAPL, hello, request


class Peer:
    """A raw client on a real socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.frames = FrameBuffer()

    async def message(self) -> list[bytes]:
        while (payload := self.frames.frame()) is None:
            data = await asyncio.wait_for(self.reader.read(65_536), 5)
            if not data:
                raise EOFError
            self.frames.feed(data)
        return payload.split(b"\0")[:-1]

    async def until(self, *start: bytes) -> list[bytes]:
        """The next message that begins with these fields."""
        while (fields := await self.message())[: len(start)] != list(start):
            pass
        return fields

    async def gone(self) -> bool:
        """Whether the gateway hangs up."""
        try:
            while True:
                await self.message()
        except (EOFError, ConnectionError):
            return True

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return


async def connect(port: int, client_id: int) -> Peer:
    peer = Peer(*await asyncio.open_connection("127.0.0.1", port))
    peer.writer.write(hello())
    assert (await peer.message())[0] == b"200"
    peer.writer.write(request(71, 2, client_id, ""))
    await peer.until(b"9")
    return peer


async def test_several_clients_are_served_at_once() -> None:
    clock = DrivenClock(FRIDAY_NOON)
    gateway = Gateway(FakeModel(), clock)
    port = await gateway.start()
    peers = [await connect(port, n) for n in range(3)]
    for n, peer in enumerate(peers):
        peer.writer.write(request(97, n, *AAPL, "BidAsk", 0, 0) + request(49, 1))
        await peer.until(b"49")
    clock.advance(1_000_000_000)
    for n, peer in enumerate(peers):
        assert (await peer.until(b"99"))[1] == str(n).encode()
    await gateway.stop()
    assert all([await peer.gone() for peer in peers])
    for peer in peers:
        await peer.close()


async def test_a_client_that_does_not_read_is_cut_off_and_the_others_are_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    options = GatewayOptions(write_limit=100_000, message_rate=0)
    gateway = Gateway(FakeModel(), DrivenClock(FRIDAY_NOON), options)
    port = await gateway.start()
    slow, quick = await connect(port, 1), await connect(port, 2)
    ticks = request(96, 5, *AAPL, 0, "", "20260109-17:00:00", 1000, "BID_ASK", 0, 0, "")
    while "does not read" not in caplog.text:
        slow.writer.write(ticks)
        await asyncio.sleep(0)
    quick.writer.write(request(49, 1))
    assert await quick.until(b"49")
    await gateway.stop()
    await slow.close()
    await quick.close()


async def test_a_web_browser_is_hung_up_on_with_one_line(caplog: pytest.LogCaptureFixture) -> None:
    gateway = Gateway(FakeModel(), DrivenClock(FRIDAY_NOON))
    peer = Peer(*await asyncio.open_connection("127.0.0.1", await gateway.start()))
    peer.writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert await peer.gone()
    (warning,) = (r.message for r in caplog.records if r.levelno >= logging.WARNING)
    assert warning.endswith("it does not speak to TWS")
    await peer.close()
    await gateway.stop()


async def test_nothing_waits_for_an_acknowledgement_before_or_after_the_port_was_shut() -> None:
    gateway = Gateway(FakeModel(), DrivenClock(FRIDAY_NOON))
    await gateway.start()
    before = await connect(gateway.port, 1)
    gateway.suspend_listening()
    gateway.resume_listening()
    after = await connect(gateway.port, 2)
    lines = [each.transport.get_extra_info("socket") for each in gateway.connections]
    assert len(lines) == 2
    assert all(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for line in lines)
    await before.close()
    await after.close()
    await gateway.stop()


async def test_a_port_that_is_taken_is_a_set_up_error() -> None:
    first, second = (Gateway(FakeModel(), DrivenClock(FRIDAY_NOON)) for _ in range(2))
    port = await first.start()
    with pytest.raises(SetupError, match="choose another port"):
        await second.start(port=port)
    await first.stop()
    await second.stop()


def test_a_thread_s_gateway_reports_its_errors_and_stops_with_its_block() -> None:
    with run_in_thread(FakeModel(), DrivenClock(FRIDAY_NOON)) as running:
        assert running.call(lambda: running.gateway.port) == running.port
        with pytest.raises(ZeroDivisionError):
            running.call(lambda: 1 // 0)
        with (
            pytest.raises(SetupError),
            run_in_thread(FakeModel(), DrivenClock(FRIDAY_NOON), port=running.port),
        ):
            pass
