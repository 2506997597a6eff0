"""One gateway, asked from every world that programs live in: script, notebook, threads, a web server."""

import asyncio
import json
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from ib_api.blocking import connect
from ib_api.ib_broker import IBBroker
from market.clock import RealClock
from market.events import Trade
from simulator.gateway.server import run_in_thread
from simulator.model import generated
from tests.programs import environment

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SCRIPT = """
import sys
from ib_api.blocking import connect

with connect(port=int(sys.argv[1])) as ib:
    aapl = ib.resolve("AAPL")
    with ib.stream(aapl, "BidAsk", source="l1") as ticks:
        print(aapl.contract_id, type(ticks.get(20)).__name__)
"""


def test_a_script_ends_by_itself_when_it_is_done(gateway_port: int, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py", str(gateway_port)],
        cwd=tmp_path,
        env=environment() | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.split()) == (0, ["265598", "Quote"]), done.stderr


async def test_a_notebooks_cell_asks_while_its_own_loop_runs(gateway_port: int) -> None:
    assert asyncio.get_running_loop().is_running()
    with connect(port=gateway_port, client_id=61) as ib:
        tesla = ib.resolve("TSLA")
        with ib.stream(tesla, "BidAsk", source="l1") as ticks:
            assert ticks.get(20).contract_id == tesla.contract_id


def test_threads_share_a_connection(gateway_port: int) -> None:
    found = dict[str, int]()
    with connect(port=gateway_port, client_id=62) as ib:

        def ask(symbol: str) -> None:
            found[symbol] = ib.resolve(symbol).contract_id

        threads = [threading.Thread(target=ask, args=(symbol,)) for symbol in ("AAPL", "TSLA", "MSFT")]
        for each in threads:
            each.start()
        for each in threads:
            each.join(20)
    assert len(set(found.values())) == 3


def test_a_scripts_loop_goes_on_when_the_gateway_was_restarted() -> None:
    model = generated(seed=1, feed="consistent", always_open=True)
    with run_in_thread(model, RealClock()) as gateway:
        port = gateway.port
        ib = connect(port=port, client_id=64)
        ticks = ib.stream(ib.resolve("AAPL"), "BidAsk", source="l1")
        ticks.get(20)
    with ib, ticks, run_in_thread(model, RealClock(), port=port):
        restarted = RealClock().now()
        tick = next(tick for tick in ticks if tick.received > restarted)
    assert tick.contract_id == 265598


class Application:
    """A web application that keeps a broker: each request is answered with the next print of AAPL."""

    broker: IBBroker
    prints: "asyncio.Queue[Trade]"

    def __init__(self, port: int) -> None:
        self._port = port

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            tick = await self.prints.get()
            body = {"loop": type(asyncio.get_running_loop()).__module__, "price": tick.price}
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self.prints = asyncio.Queue()
        self.broker = await IBBroker.open(port=self._port, client_id=63)
        self.broker.bus.subscribe(Trade, self.prints.put_nowait)
        await self.broker.stream(await self.broker.resolve("AAPL"), "Last")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.broker.close()
        await send({"type": "lifespan.shutdown.complete"})


def test_a_web_server_on_uvloop_streams(gateway_port: int) -> None:
    uvicorn: Any = pytest.importorskip("uvicorn")
    pytest.importorskip("uvloop")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        application = Application(gateway_port)
        server = uvicorn.Server(uvicorn.Config(application, loop="uvloop", lifespan="on", log_level="error"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
            with urllib.request.urlopen(url, timeout=25) as answer:
                said = json.load(answer)
        finally:
            server.should_exit = True
            thread.join(20)
    assert not thread.is_alive()
    assert said["loop"] == "uvloop"
    assert said["price"] > 0
