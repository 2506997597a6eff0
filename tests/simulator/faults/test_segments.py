import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from market.clock import DrivenClock
from market.errors import BadRequest
from simulator import faults
from simulator.gateway.server import Connection, Gateway
from simulator.wire.framing import frame
from tests.simulator.fake_model import FRIDAY_NOON
from tests.simulator.faults.stage import Stage, demonstrates, hears_nothing, listening, peer, served
from tests.simulator.gateway.raw_client import hello, request

REPLY = 30
"""The length of the reply to the handshake."""


class Sized(asyncio.Protocol):
    """A client that knows in which pieces bytes came. It sees each segment, for each comes alone."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[bytes] = asyncio.Queue()

    def data_received(self, data: bytes) -> None:
        self.pieces.put_nowait(data)

    async def next(self) -> bytes:
        return await asyncio.wait_for(self.pieces.get(), 5)


@asynccontextmanager
async def sized(gateway: Gateway) -> AsyncIterator[Sized]:
    """A client that has sent its greeting."""
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_connection(Sized, "127.0.0.1", gateway.port)
    transport.write(hello())
    try:
        yield client
    finally:
        transport.abort()
        await asyncio.sleep(0)


@demonstrates("split")
async def test_the_reply_to_the_handshake_comes_in_two_segments() -> None:
    clock = DrivenClock(FRIDAY_NOON)
    bent = faults.split
    async with listening(clock) as gateway, bent(gateway, sizes=(5, 1000), gap=0.5), sized(gateway) as client:
        assert len(await client.next()) == 5
        clock.advance(500_000_000)
        assert len(await client.next()) == REPLY - 5


async def test_single_bytes_make_up_every_message() -> None:
    async with listening() as gateway, faults.split(gateway), peer(gateway) as client:
        client.writer.write(request(49, 1))
        assert (await client.until(b"49"))[1] == b"1"


@demonstrates("glued")
async def test_messages_of_different_moments_come_in_one_segment() -> None:
    clock = DrivenClock(FRIDAY_NOON)
    async with listening(clock) as gateway, peer(gateway, 1) as client, peer(gateway, 2) as witness:
        assert await served(client)
        async with faults.glued(gateway, hold=0.2, client=1):
            for ask in (49, 8):
                client.writer.write(request(ask, 1))
                assert await served(witness)
            assert await hears_nothing(client)
            clock.advance(200_000_000)
            assert await client.reader.read(65_536) == frame(b"49\x001\x001767978000\0") + frame(
                b"9\x001\x001\0"
            )


@demonstrates("handshake_glued")
async def test_a_notice_is_glued_to_the_reply_to_the_handshake() -> None:
    async with listening() as gateway, faults.handshake_glued(gateway), sized(gateway) as client:
        data = await client.next()
        assert len(data) > REPLY
        assert data[REPLY + 4 :].startswith(b"4\0-1\x002104\0")


@demonstrates("bursts")
async def test_a_burst_has_4096_bytes_and_the_rest_comes_after_a_silence() -> None:
    clock = DrivenClock(FRIDAY_NOON)
    async with listening(clock) as gateway, sized(gateway) as client:
        assert len(await client.next()) == REPLY
        (line,) = gateway.connections
        async with faults.bursts(gateway):
            line.session.send(*[frame(b"x" * 96)] * 45)
            assert len(await client.next()) == 4096
            assert client.pieces.empty()
            clock.advance(1_100_000_000)
            assert len(await client.next()) == 45 * 100 - 4096


@demonstrates("delayed")
async def test_a_delayed_answer_comes_when_its_time_has_come() -> None:
    clock = DrivenClock(FRIDAY_NOON)
    async with listening(clock) as gateway, peer(gateway, 1) as client, peer(gateway, 2) as witness:
        assert await served(client)
        async with faults.delayed(gateway, by=3, client=1):
            client.writer.write(request(49, 1))
            assert await served(witness)
            assert await hears_nothing(client)
            clock.advance(3_000_000_000)
            assert await client.until(b"49")


@demonstrates("truncated")
async def test_a_truncated_message_lacks_its_second_half_and_the_next_is_whole() -> None:
    async with listening() as gateway, peer(gateway) as client:
        client.writer.write(request(49, 1))
        assert await client.until(b"49") == [b"49", b"1", b"1767978000"]
        async with faults.truncated(gateway, client=1):
            client.writer.write(request(49, 1) + request(8, 1))
            # The frame is 16 bytes long, so that 8 are left, and the last field has no end.
            assert await client.message() == [b"49", b"1"]
            assert (await client.message())[0] == b"9"


@demonstrates("garbage")
async def test_garbage_reaches_a_client_framed_or_not() -> None:
    stage = Stage()
    client = stage.client()
    async with faults.garbage(stage.gateway, size=40):
        raw = b"".join(client.written)
    client.written.clear()
    async with faults.garbage(stage.gateway, size=40, framed=True):
        assert b"".join(client.written) == frame(raw)
    assert len(raw) == 40
    assert int.from_bytes(raw[:4]) > 0xFFFFFF


async def test_sizes_that_make_no_segments_are_refused() -> None:
    for sizes in ((), (1, 0)):
        with pytest.raises(BadRequest, match="'split': Expected"):
            async with faults.split(Stage().gateway, sizes):
                pass


def detoured(line: Connection) -> bool:
    return line.detour is not None


async def test_a_line_is_as_before_when_its_last_fault_is_over() -> None:
    async with listening() as gateway, peer(gateway, 1) as client:
        (line,) = gateway.connections
        async with faults.delayed(gateway, by=60):
            async with faults.split(gateway):
                client.writer.write(request(49, 1))
            assert detoured(line)
        assert not detoured(line)
        assert gateway.arrivals == []
        assert await client.until(b"49")
