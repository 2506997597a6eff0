"""The server inside a program that has a broker and a store already, for as long as a block."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, NamedTuple

from market.errors import SetupError

if TYPE_CHECKING:
    import uvicorn

    from charting.marks import MarkBooks
    from config.settings import Loaded
    from data_processing.historical_data import HistoricalData
    from data_processing.timeseries_db import TimeseriesDB
    from ib_api.ib_broker import IBBroker
    from ib_stream.app import App
    from ib_stream.backend import Backend
    from ib_stream.service import Service
    from market.clock import Clock

LIVES_ON = 5
"""Seconds that an idle connection is kept for another request."""
_TRIED = 20


class Place(NamedTuple):
    """Where a browser finds the server, and what it draws on its charts."""

    url: str
    marks: "MarkBooks"


@asynccontextmanager
async def hosted(
    loaded: "Loaded",
    broker: "IBBroker",
    db: "TimeseriesDB",
    history: "HistoricalData",
    clock: "Clock",
    port: int,
) -> AsyncIterator[Place]:
    """Record what comes and serve it at `port` or one near it, for as long as the block."""
    from ib_stream.backend import Backend, recording

    async with recording(broker, db, clock) as recorder:
        backend = Backend(broker, db, history, clock, recorder.flush)
        with near(loaded.settings.stream_address[0], port) as place:
            async with served(loaded, backend, place) as service:
                yield Place(url_of(place), service.marks)


@asynccontextmanager
async def served(loaded: "Loaded", backend: "Backend", place: socket.socket) -> AsyncIterator["Service"]:
    """Serve what another job has opened, on its event loop."""
    from ib_stream.app import App
    from ib_stream.service import Service

    service = Service(loaded, lambda: nullcontext(backend), hosted=True)
    web = server(App(service))
    # Signals are the job's.
    web.capture_signals = nullcontext  # type: ignore[assignment, method-assign]  # a generator or not is all one
    work = asyncio.create_task(web.serve([place]))
    try:
        yield service
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


def near(host: str, port: int) -> socket.socket:
    """As `listening`, at the next port that is free where that one is taken; 0 is any."""
    for each in range(port, min(port + _TRIED, 65_536)):
        with contextlib.suppress(SetupError):
            return listening(host, each)
    raise SetupError(f"no port from {port} on is free on {host}; choose another with --bind")


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
