"""The gateway on TCP: sockets in front of sessions, nothing else."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar, cast

from market.clock import Clock
from market.errors import SetupError
from simulator.gateway.options import GatewayOptions
from simulator.gateway.services import Services
from simulator.gateway.session import Session
from simulator.model.api import MarketModel

log = logging.getLogger("truetick.simulator")

T = TypeVar("T")


class _Connection(asyncio.Protocol):
    """One client's socket. What a turn of the loop produces leaves in one write."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._limit = gateway.services.options.write_limit
        self._outgoing = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio has set TCP_NODELAY on the socket already.
        self._transport = cast("asyncio.Transport", transport)
        host, port = transport.get_extra_info("peername")[:2]
        self._session = Session(self._gateway.services, self._write, self._hang_up, f"{host}:{port}")
        self._gateway.connections.add(self)
        log.debug("%s connects", self._session.name)

    def data_received(self, data: bytes) -> None:
        self._session.receive(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._gateway.connections.discard(self)
        self._session.close()
        log.info("%s is gone", self._session.name)

    def close(self) -> None:
        """End the session and close the socket, without waiting for a client that does not read."""
        self._session.close()
        if self._transport.get_write_buffer_size():
            self._transport.abort()

    @property
    def unsent(self) -> int:
        """How many bytes the client has not taken yet, but for those that the system holds."""
        return len(self._outgoing) + self._transport.get_write_buffer_size()

    def _write(self, frame: bytes) -> None:
        if not self._outgoing:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outgoing += frame

    def _flush(self) -> None:
        if not self._outgoing or self._transport.is_closing():
            return
        self._transport.write(bytes(self._outgoing))
        self._outgoing.clear()
        if self._transport.get_write_buffer_size() > self._limit:
            log.warning("%s is disconnected: it does not read what it asked for", self._session.name)
            self._transport.abort()

    def _hang_up(self) -> None:
        self._flush()
        self._transport.close()


class Gateway:
    """A simulated TWS on a TCP port, within the running event loop.

    `port` is 0 until `start`. All clients share one account, its quotas and one market.
    """

    def __init__(self, model: MarketModel, clock: Clock, options: GatewayOptions | None = None) -> None:
        self.services = Services(model, clock, options or GatewayOptions())
        self.connections: set[_Connection] = set()
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen and give the port; raise `SetupError` when it cannot be had."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Connection(self), host, port)
        except OSError as problem:
            raise SetupError(
                f"cannot listen on {host}:{port}: {problem.strerror}; choose another port"
            ) from problem
        self.port = self._server.sockets[0].getsockname()[1]
        log.info(
            "the simulated gateway of account %s listens on %s:%d", self.services.account, host, self.port
        )
        return self.port

    async def stop(self) -> None:
        """Disconnect every client and listen no more; calling it twice is harmless."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for connection in list(self.connections):
            connection.close()
        # The transports close their sockets in the next turn of the loop.
        await asyncio.sleep(0)
        await server.wait_closed()


class GatewayThread:
    """A gateway that runs in a thread of its own; see `run_in_thread`."""

    def __init__(self, gateway: Gateway, loop: asyncio.AbstractEventLoop) -> None:
        self.gateway = gateway
        self.port = gateway.port
        self._loop = loop

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
    """A gateway for code without an event loop; it stops when the block ends."""
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

    thread = threading.Thread(target=run, name="simulated-gateway")
    thread.start()
    try:
        handle, done = started.result()
        try:
            yield handle
        finally:
            handle.call(done.set)
    finally:
        thread.join()
