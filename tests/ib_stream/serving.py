"""A real server on a port of its own, in a thread, and a client that reads its streams."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from config.settings import load
from ib_stream.app import App
from ib_stream.backend import Opening
from ib_stream.hosting import listening, server, url_of
from ib_stream.service import Service
from market.clock import RealClock
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import GatewayThread, run_in_thread
from simulator.model import generated

LONG = 60.0
AAPL, TSLA, EURUSD = 265598, 76792991, 12087792


class Event(NamedTuple):
    """One event of a stream."""

    id: str
    data: dict[str, Any]

    @property
    def type(self) -> str:
        kind: str = self.data["type"]
        return kind


class Running:
    """A server that runs; `client` talks to it."""

    def __init__(self, url: str, service: Service) -> None:
        self.url = url
        self.service = service
        self.client = httpx.Client(base_url=url, timeout=LONG)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    @contextmanager
    def stream(self, path: str, **headers: str) -> Iterator[Iterator[Event]]:
        """The events of a stream, which is closed at the end of the block."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with httpx.stream("GET", self.url + path, headers=named, timeout=LONG) as response:
            assert response.status_code == 200, response.read()
            yield events(response.iter_lines())

    def all(self, path: str, **headers: str) -> list[Event]:
        """A stream that ends by itself, whole."""
        with self.stream(path, **headers) as found:
            return list(found)

    def until(self, claim: str) -> None:
        """Wait for a state of the service."""
        deadline = time.monotonic() + LONG
        while self.service.state != claim:
            assert time.monotonic() < deadline, f"{self.service.state}: {self.service.problem}"
            time.sleep(0.01)


def events(lines: Iterator[str]) -> Iterator[Event]:
    """What a browser would make of the lines: an id without data is no event."""
    id, data = "", ""
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "id":
            id = value
        elif field == "data":
            data += value
        elif not line and data:
            yield Event(id, json.loads(data))
            data = ""


@contextmanager
def gateway(**options: Any) -> Iterator[GatewayThread]:
    """A simulated gateway, open around the clock."""
    model = generated(seed=1, feed="consistent", always_open=True)
    with run_in_thread(model, RealClock(), GatewayOptions(**options)) as running:
        yield running


@contextmanager
def serving(
    folder: Path,
    port: int,
    *,
    host: str = "127.0.0.1",
    wait: bool = True,
    opening: Opening | None = None,
    **told: str,
) -> Iterator[Running]:
    """A server of the gateway at `port`, or of what `opening` opens; `told` are environment variables without
    ``IB_STREAM_``."""
    loaded = load({"data_dir": folder / "data"}, _environment(port, told), folder / ".env")
    service = Service(loaded, opening, hosted=True)
    with listening(host, 0) as place:
        web = server(App(service))
        thread = threading.Thread(target=web.run, args=([place],), name="server")
        thread.start()
        running = Running(url_of(place), service)
        try:
            while not web.started and thread.is_alive():
                time.sleep(0.005)
            if wait:
                running.until("ready")
            yield running
        finally:
            running.client.close()
            if web.started:
                asyncio.run_coroutine_threadsafe(service.drain(), service.loop).result(LONG)
            web.should_exit = True
            thread.join(LONG)
            assert not thread.is_alive(), "the server did not end"


def _environment(port: int, told: Mapping[str, str]) -> dict[str, str]:
    named = {f"IB_STREAM_{name.upper()}": value for name, value in told.items()}
    return {"IB_STREAM_PORTS": str(port), "IB_LOG_LEVEL": "error"} | named
