"""How bytes reach one client: through uvicorn's transport, or through ASGI's `send` on any server.

The direct way writes the same bytes object to every client, without a task's wake-up for each; it stands on
parts of uvicorn that are not promised, so each is looked for first (`can_be_direct`).
"""

import asyncio
import inspect
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Literal, Protocol, cast

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Way = Literal["auto", "direct", "asgi"]

HIGH_WATER = 64 * 1024
"""Bytes that wait in user space before a client counts as slow; uvicorn's transports have the same."""

KERNEL_BYTES = 128 * 1024
GONE_AFTER = 30
"""Seconds without an acknowledgement from the other machine until the kernel gives a connection up."""


class Flow(Protocol):
    """Whether a client takes more; uvicorn's `FlowControl` is one."""

    write_paused: bool

    async def drain(self) -> None:
        """Come back when it does."""
        ...


class Outlet(Protocol):
    """One client's way out."""

    flow: Flow
    chunked: bool
    """What is written has to carry HTTP's chunk headers."""

    @property
    def write(self) -> Callable[[bytes], None]:
        """Takes bytes at once, whether paused or not; may raise `OSError` or `RuntimeError` once closed."""
        ...

    @property
    def closed(self) -> bool:
        """The client is gone."""
        ...

    async def close(self) -> None:
        """End the response once all has left."""
        ...

    async def abort(self) -> None:
        """Cut it off: what has not left is thrown away."""
        ...


class Direct:
    """Uvicorn's transport. Uvicorn ends the response itself, so that it knows the state of its connection."""

    chunked = True

    def __init__(self, receive: Receive, send: Send) -> None:
        cycle = cast("Any", send).__self__
        self.flow: Flow = cycle.flow
        self.write: Callable[[bytes], None] = cycle.transport.write
        self._transport: asyncio.Transport = cycle.transport
        self._receive = receive
        self._send = send
        if not self.closed:  # gone while its stream was prepared: its socket's number may be another's by now
            bound_kernel(self._transport)

    @property
    def closed(self) -> bool:
        return self._transport.is_closing()

    async def close(self) -> None:
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def abort(self) -> None:
        self._transport.abort()
        # Uvicorn takes a response that was never ended for a mistake, unless it knows that the client is
        # gone.
        while (await self._receive())["type"] != "http.disconnect":
            pass


class Portable:
    """ASGI's `send`, which waits while the client does not read, and so has a task and a bounded buffer."""

    chunked = False

    def __init__(self, send: Send, lost: Callable[[], None]) -> None:
        self.flow: Flow = self
        self.write_paused = False
        self._send = send
        self._lost = lost
        self._waiting: list[bytes] = []
        self._size = 0
        self._last = False
        self._wake = asyncio.Event()
        self._taken = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def write(self, data: bytes) -> None:
        self._waiting.append(data)
        self._size += len(data)
        self.write_paused = self._size > HIGH_WATER
        self._wake.set()

    @property
    def closed(self) -> bool:
        return self._task.done()

    async def drain(self) -> None:
        while self.write_paused and not self.closed:
            self._taken.clear()
            await self._taken.wait()

    async def close(self) -> None:
        self._last = True
        self._wake.set()
        await asyncio.shield(self._task)

    async def abort(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while not (self._last and not self._waiting):
                await self._wake.wait()
                self._wake.clear()
                await self._send({"type": "http.response.body", "body": self._take(), "more_body": True})
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:  # what ASGI 2.4 and newer raises once the client is gone
            self._lost()
        finally:
            self._taken.set()

    def _take(self) -> bytes:
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        self.write_paused = False
        self._taken.set()
        return data


def can_be_direct(scope: Scope, send: Send) -> bool:
    """Whether `send` is uvicorn's own, over plain HTTP/1.1, with every part that `Direct` uses."""
    cycle = getattr(send, "__self__", None)
    transport: Any = getattr(cycle, "transport", None)
    flow = getattr(cycle, "flow", None)
    return (
        type(cycle).__module__.startswith("uvicorn.protocols.http.")
        # uvloop's transports are no subclass of asyncio's.
        and all(callable(getattr(transport, name, None)) for name in ("write", "is_closing", "abort"))
        and transport.get_extra_info("sslcontext") is None
        and isinstance(getattr(flow, "write_paused", None), bool)
        and inspect.iscoroutinefunction(getattr(flow, "drain", None))
        # Without a length, both of uvicorn's implementations send an answer to HTTP/1.1 in chunks.
        and getattr(cycle, "chunked_encoding", None) in (None, True)
        and (scope["http_version"], scope["method"]) == ("1.1", "GET")
    )


def bound_kernel(transport: asyncio.BaseTransport) -> None:
    """Let the kernel keep little for a client that does not read, and find out when its machine is gone."""
    shared = transport.get_extra_info("socket")
    if shared is None or shared.family not in (socket.AF_INET, socket.AF_INET6):
        return
    with socket.fromfd(shared.fileno(), shared.family, socket.SOCK_STREAM) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _TCP.items():
            if (option := getattr(socket, name, None)) is not None:  # macOS has some by other names
                own.setsockopt(socket.IPPROTO_TCP, option, value)


# What is not sent yet stays small, so that a client that reads again soon reads what is new. Linux counts the
# user timeout in milliseconds, the others in seconds.
_TCP = {
    "TCP_NOTSENT_LOWAT": HIGH_WATER,
    "TCP_USER_TIMEOUT": GONE_AFTER * 1000,
    "TCP_KEEPIDLE": GONE_AFTER,
    "TCP_KEEPINTVL": 10,
    "TCP_KEEPCNT": 3,
}
