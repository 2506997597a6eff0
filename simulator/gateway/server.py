"""The gateway on TCP: sockets in front of sessions, nothing else."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Protocol, TypeVar, cast

from market.clock import Clock
from market.errors import SetupError
from simulator.gateway.options import GatewayOptions
from simulator.gateway.services import Services
from simulator.gateway.session import Session
from simulator.model.api import MarketModel

log = logging.getLogger("truetick.simulator")

T = TypeVar("T")


class Detour(Protocol):
    """Where bytes go that shall not, or not so, go to the socket."""

    def send(self, data: bytes) -> None: ...


class Connection(asyncio.Protocol):
    """One client's socket. What a turn of the loop produces leaves in one write.

    Where `detour` is set, that data goes there instead of to the socket.
    """

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._limit = gateway.services.options.write_limit
        self._outgoing = bytearray()
        self.detour: Detour | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        # asyncio does so only where it has made the listening socket itself: not after `resume_listening`.
        line: socket.socket = transport.get_extra_info("socket")
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host, port = transport.get_extra_info("peername")[:2]
        self.session = Session(self._gateway.services, self._write, self._hang_up, f"{host}:{port}")
        self._gateway.connections.add(self)
        for greet in self._gateway.arrivals:
            greet(self)
        log.debug("%s connects", self.session.name)

    def data_received(self, data: bytes) -> None:
        self.session.receive(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._gateway.connections.discard(self)
        self.session.close()
        log.info("%s is gone", self.session.name)

    def close(self) -> None:
        """End the session and close the socket, without waiting for a client that does not read."""
        self.session.close()
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    @property
    def unsent(self) -> int:
        """How many bytes the client has not taken yet, but for those that the system holds."""
        return len(self._outgoing) + self.transport.get_write_buffer_size()

    def _write(self, frame: bytes) -> None:
        if not self._outgoing:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outgoing += frame

    def _flush(self) -> None:
        if not self._outgoing or self.transport.is_closing():
            return
        if self.detour is None:
            self.transport.write(bytes(self._outgoing))
        else:
            self.detour.send(bytes(self._outgoing))
        self._outgoing.clear()
        if self.transport.get_write_buffer_size() > self._limit:
            log.warning("%s is disconnected: it does not read what it asked for", self.session.name)
            self.transport.abort()

    def _hang_up(self) -> None:
        self._flush()
        self.transport.close()


class Gateway:
    """A simulated TWS on a TCP port, within the running event loop.

    `port` is 0 until `start`. All clients share one account, its quotas and one market.
    """

    def __init__(self, model: MarketModel, clock: Clock, options: GatewayOptions | None = None) -> None:
        self.services = Services(model, clock, options or GatewayOptions())
        self.connections: set[Connection] = set()
        self.arrivals: list[Callable[[Connection], None]] = []
        """Called with every new connection."""
        self.host = ""
        self.port = 0
        self._server: asyncio.Server | None = None
        self._opening: asyncio.Task[None] | None = None
        self._suspended = 0

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen and give the port; raise `SetupError` when it cannot be had."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: Connection(self), host, port)
        except OSError as problem:
            raise SetupError(
                f"cannot listen on {host}:{port}: {problem.strerror}; choose another port"
            ) from problem
        self.host, self.port = host, self._server.sockets[0].getsockname()[1]
        log.info(
            "the simulated gateway of account %s listens on %s:%d", self.services.account, host, self.port
        )
        return self.port

    async def stop(self) -> None:
        """Disconnect every client and listen no more; calling it twice is harmless."""
        self.host = ""
        opening, self._opening = self._opening, None
        if opening is not None:
            await opening
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for connection in list(self.connections):
            connection.close()
        # The transports close their sockets in the next turn of the loop.
        await asyncio.sleep(0)
        if server is not None:
            await server.wait_closed()

    def suspend_listening(self) -> None:
        """Refuse new connections until as many calls of `resume_listening`; the present ones stay."""
        self._suspended += 1
        if self._server is not None:
            self._server.close()
            self._server = None

    def resume_listening(self, port: int | None = None) -> None:
        """Listen again, on `port` if given (0: any free one); raise `SetupError` when it cannot be had."""
        self._suspended -= 1
        if self._suspended or not self.host:
            return
        wanted = self.port if port is None else port
        try:
            listener = socket.create_server((self.host, wanted))
        except OSError as problem:
            raise SetupError(f"cannot listen on port {wanted} again: {problem.strerror}") from problem
        # From here on the system takes connections; the loop accepts them in its next turns.
        self.port = listener.getsockname()[1]
        self._opening = asyncio.get_running_loop().create_task(self._accept(listener))

    async def _accept(self, listener: socket.socket) -> None:
        server = await asyncio.get_running_loop().create_server(lambda: Connection(self), sock=listener)
        if self._suspended:
            server.close()
        else:
            self._server = server


class GatewayThread:
    """A gateway that runs in a thread of its own; see `run_in_thread`."""

    def __init__(self, gateway: Gateway, loop: asyncio.AbstractEventLoop) -> None:
        self.gateway = gateway
        self._loop = loop

    @property
    def port(self) -> int:
        """Where it listens at present."""
        return self.gateway.port

    def call(self, function: Callable[[], T], timeout: float = 10.0) -> T:
        """Run `function` on the gateway's thread, for example to advance a driven clock."""
        result: Future[T] = Future()

        def run() -> None:
            try:
                result.set_result(function())
            except BaseException as problem:
                result.set_exception(problem)

        self._loop.call_soon_threadsafe(run)
        return result.result(timeout)


@contextmanager
def run_in_thread(
    model: MarketModel,
    clock: Clock,
    options: GatewayOptions | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> Iterator[GatewayThread]:
    """A gateway for code without an event loop; it stops with the block, or with the program."""
    started: Future[tuple[GatewayThread, asyncio.Event]] = Future()

    async def main() -> None:
        gateway, done = Gateway(model, clock, options), asyncio.Event()
        await gateway.start(host, port)
        started.set_result((GatewayThread(gateway, asyncio.get_running_loop()), done))
        await done.wait()
        await gateway.stop()

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as problem:
            if started.done():
                raise
            started.set_exception(problem)

    thread = threading.Thread(target=run, name="simulated-gateway", daemon=True)
    thread.start()
    try:
        handle, done = started.result()
        try:
            yield handle
        finally:
            handle.call(done.set)
    finally:
        thread.join()
