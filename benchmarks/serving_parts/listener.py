"""Clients that take in a stream as it comes, line by line."""

import asyncio
import socket
from collections.abc import Callable
from typing import cast

import msgspec

Take = Callable[[bytes, bytes], None]
"""Called with the id of an event (the last one that was told) and its data."""


class Detail(msgspec.Struct):
    """What a tick holds, of the kinds that are measured here."""

    type: str = ""
    price: float = 0.0
    size: float = 0.0
    bid_price: float = 0.0
    ask_price: float = 0.0
    bid_size: float = 0.0
    ask_size: float = 0.0

    @property
    def values(self) -> tuple[float, ...]:
        """Its prices and sizes in the order of IB's message."""
        if self.type == "last":
            return self.price, self.size
        return self.bid_price, self.ask_price, self.bid_size, self.ask_size


class Message(msgspec.Struct):
    """An event's object: a tick's, a gap's, another's."""

    type: str
    code: str = ""
    missed: int | None = None
    after: str = ""
    until: str = ""
    data: Detail | None = None


decode = msgspec.json.Decoder(Message).decode


class Listener(asyncio.Protocol):
    """One client. `over` is set when the connection has ended; `status` is the first line of the answer."""

    def __init__(self, path: str, take: Take) -> None:
        self.over = asyncio.get_running_loop().create_future()
        self.status = b""
        self._path, self._take = path, take
        self._rest = self._id = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        if self._path:
            self.transport.write(request(self._path))

    def data_received(self, data: bytes) -> None:
        # The server ends chunks between events, so that what frames them stands in lines of its own.
        *lines, self._rest = (self._rest + data).split(b"\n")
        if not self.status:
            self.status = lines.pop(0) if lines else b""
        for line in lines:
            if line.startswith(b"data: "):
                self._take(self._id, line[6:])
            elif line.startswith(b"id: "):
                self._id = line[4:]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(None)


def request(path: str) -> bytes:
    """What a client writes to get a stream."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


async def listen(port: int, path: str, take: Take) -> Listener:
    """A client of the stream at `path`."""
    loop = asyncio.get_running_loop()
    return (await loop.create_connection(lambda: Listener(path, take), "127.0.0.1", port))[1]


async def take_up(line: socket.socket, take: Take) -> Listener:
    """A client that has asked on `line` already, and reads from now on."""
    line.setblocking(False)
    return (await asyncio.get_running_loop().create_connection(lambda: Listener("", take), sock=line))[1]


def number_of(id: bytes) -> int:
    """The number in an id.

    >>> number_of(b"6b020e3916bf-17")
    17
    """
    return int(id.rpartition(b"-")[2].partition(b"~")[0])
