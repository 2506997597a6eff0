"""The hub behind a real uvicorn, and clients over TCP."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
import uvloop

from ib_stream.hub import Ended, EventId, Hub, Topic, Wish
from ib_stream.hub.outlets import Receive, Scope, Send

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}
SECONDS = 30


def run(loop: str, test: Coroutine[Any, Any, None]) -> None:
    """Run `test` on a loop of that kind; one that hangs fails."""

    async def limited() -> None:
        async with asyncio.timeout(SECONDS):
            await test

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(limited())


async def until(done: Callable[[], bool]) -> None:
    """Come back once `done()`."""
    while not done():  # noqa: ASYNC110  # flags of others, which wake nobody
        await asyncio.sleep(0.001)


class App:
    """An ASGI app that serves each client what the test wishes."""

    def __init__(self, hub: Hub, *topics: Topic, **wish: Any) -> None:
        self.hub, self.topics, self.wish = hub, topics, wish
        self.ended: list[Ended] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        last = headers.get(b"last-event-id")
        after = EventId.parse(last.decode()) if last else None
        wish = Wish(topics=self.topics, after=after, **self.wish)
        self.ended.append(await self.hub.serve(wish, scope, receive, send))


@asynccontextmanager
async def served(app: Any, http: str) -> AsyncIterator[tuple[str, int]]:
    """The address of a uvicorn that serves `app`; it has gone, with its connections, afterwards."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=http, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listener]))
    await until(lambda: server.started)
    try:
        yield listener.getsockname()
    finally:
        server.should_exit = True
        await task


class Line:
    """One TCP connection that asks for the stream, and takes HTTP's chunks apart."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.stream = b""
        self.chunks = 0

    @classmethod
    async def open(cls, address: tuple[str, int], *, small: bool = False) -> "Line":
        own = socket.socket()
        if small:  # the peer's kernel takes little for a client that does not read
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        own.setblocking(False)
        await asyncio.get_running_loop().sock_connect(own, address)
        return cls(*await asyncio.open_connection(sock=own, limit=2**16))

    async def ask(self, last_id: str = "", version: str = "1.1") -> bytes:
        """Ask for the stream; the answer's headers."""
        header = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
        self.writer.write(f"GET / HTTP/{version}\r\nHost: localhost\r\n{header}\r\n".encode())
        return await self.reader.readuntil(b"\r\n\r\n")

    async def until(self, text: bytes) -> bytes:
        """Read on until the stream holds `text`."""
        while text not in self.stream:
            assert await self.chunk(), f"the stream ended before {text!r}: {self.stream[-300:]!r}"
        return self.stream

    async def rest(self) -> bytes:
        """Read to the end of the response."""
        while await self.chunk():
            pass
        return self.stream

    async def chunk(self) -> int:
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        self.stream += (await self.reader.readexactly(size + 2))[:-2]
        self.chunks += 1
        return size

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()

    def reset(self) -> None:
        """Be gone without a farewell."""
        self.writer.transport.abort()
