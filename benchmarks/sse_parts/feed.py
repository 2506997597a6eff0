"""Ticks from the client's process onto a bus: where every server in Python begins."""

import asyncio

from market.bus import EventBus
from market.events import Quote


class Feed(asyncio.Protocol):
    """Lines of ``STREAM SECONDS`` become quotes whose bid says when they were due."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            stream, _, due = line.partition(b" ")
            self._bus.publish(quote(int(stream), float(due)))


def quote(stream: int, due: float) -> Quote:
    """A quote of about 250 bytes in JSON."""
    received = 1_767_623_400_123_000_000
    return Quote(stream, "SMART", received, received, due, 175.26, 100.0, 200.0)


async def listen(bus: EventBus) -> asyncio.Server:
    """Take ticks on a port of 127.0.0.1."""
    return await asyncio.get_running_loop().create_server(lambda: Feed(bus), "127.0.0.1", 0)


def port_of(server: asyncio.Server) -> int:
    """Where `server` listens."""
    port: int = server.sockets[0].getsockname()[1]
    return port
