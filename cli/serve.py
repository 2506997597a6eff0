"""`serve`: the streaming server, for whoever does not start it with uvicorn."""

import argparse
import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from cli.console import say
from cli.parser import Command
from config.settings import Loaded
from market.errors import SetupError

if TYPE_CHECKING:
    import uvicorn

    from ib_stream.app import App
    from ib_stream.backend import Backend

FLAGS = (
    ("--bind", "stream_bind", "where to listen (127.0.0.1:8000)"),
    ("--ports", "stream_ports", "ports of TWS to try (7497,4002)"),
    ("--max-streams", "stream_max_streams", "streams at one time (50)"),
    ("--stream-timeout", "stream_stream_timeout", "seconds until a stream ends (300)"),
)
LIVES_ON = 5
"""Seconds that an idle connection is kept for another request."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    given = parser.add_argument_group("streaming server", "see IB_STREAM_* in .env.example for the rest")
    for flag, name, meaning in FLAGS:
        given.add_argument(flag, dest=name, default=argparse.SUPPRESS, help=meaning)


def _run(loaded: Loaded, args: argparse.Namespace) -> int | Awaitable[int]:
    from ib_stream.app import App
    from ib_stream.guard.caller import names_this_machine
    from ib_stream.service import Service

    host, port = loaded.settings.stream_address
    if not names_this_machine(host) and not loaded.settings.stream_token:
        raise SetupError(
            f"on {host} other machines could ask: set IB_STREAM_TOKEN (openssl rand -hex 24),"
            f" or --bind 127.0.0.1:{port}"
        )
    with listening(host, port) as place:
        say(f"serving on {url_of(place)} (/docs); gateway: {_gateway(loaded)}; Ctrl-C ends it")
        # What ends the server is raised again once it has ended: the same exit code for both signals.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        server(App(Service(loaded))).run([place])
    return 0


@asynccontextmanager
async def served(loaded: Loaded, backend: "Backend", place: socket.socket) -> AsyncIterator[None]:
    """Serve at `place` what another job has opened, on its event loop and for as long as the block."""
    from ib_stream.app import App
    from ib_stream.service import Service

    service = Service(loaded, lambda: nullcontext(backend), hosted=True)
    with place:
        web = server(App(service))
        # Signals are the job's.
        web.capture_signals = nullcontext  # type: ignore[assignment, method-assign]  # a generator or not is all one
        work = asyncio.create_task(web.serve([place]))
        say(f"serving on {url_of(place)} (/docs)")
        try:
            yield
        finally:
            if web.started:
                await service.drain()
            web.should_exit = True
            await work


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; raise `SetupError` where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise SetupError(f"cannot listen on {host}:{port}: {error}; choose another with --bind") from error


def url_of(place: socket.socket) -> str:
    """Where a browser finds it."""
    host, port = place.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server(app: "App") -> "uvicorn.Server":
    """A web server for `app`. Who forwards a request is the guard's affair, and the log is ours."""
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            app,
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            # There are no web sockets here, and a library for them need not be loaded.
            ws="none",
            timeout_keep_alive=LIVES_ON,
        )
    )


def _gateway(loaded: Loaded) -> str:
    if loaded.simulated:
        return "SIMULATED, embedded"
    gateway = loaded.stream_gateway()
    return f"{gateway.host}, ports {', '.join(map(str, gateway.ports))}"


COMMAND = Command("serve", "stream market data to web clients (server-sent events)", _add_arguments, _run)
