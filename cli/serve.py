"""`serve`: the streaming server, for whoever does not start it with uvicorn."""

import argparse
import signal
import socket
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from cli.console import say
from cli.parser import Command
from config.settings import Loaded
from ib_stream import hosting
from ib_stream.hosting import listening, server, url_of
from market.errors import SetupError

if TYPE_CHECKING:
    from ib_stream.backend import Backend

FLAGS = (
    ("--bind", "stream_bind", "where to listen (127.0.0.1:8000)"),
    ("--ports", "stream_ports", "ports of TWS to try (7497,4002)"),
    ("--max-streams", "stream_max_streams", "streams at one time (50)"),
    ("--stream-timeout", "stream_stream_timeout", "seconds until a stream ends (300)"),
)


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
    with place:
        async with hosting.served(loaded, backend, place):
            say(f"serving on {url_of(place)} (/docs)")
            yield


def _gateway(loaded: Loaded) -> str:
    if loaded.simulated:
        return "SIMULATED, embedded"
    gateway = loaded.stream_gateway()
    return f"{gateway.host}, ports {', '.join(map(str, gateway.ports))}"


COMMAND = Command("serve", "stream market data to web clients (server-sent events)", _add_arguments, _run)
