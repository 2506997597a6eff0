"""The product's server before a simulated gateway, with as many more trades as asked for.

It prints its address as a line of JSON once it is ready. A line `N` on stdin makes N trades a second go over
its bus from then on; the end of stdin ends it.
"""

import asyncio
import json
import random
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from config.settings import Loaded, load
from ib_stream.app import App
from ib_stream.backend import Backend, standalone
from ib_stream.hosting import listening, server, url_of
from ib_stream.service import Service
from market.bus import EventBus
from market.events import Trade

CONTRACT, PRICE = 265598, 224.0
PAUSE = 0.002


class Pump:
    """`rate` trades a second, near one price."""

    def __init__(self) -> None:
        self.rate = 0

    async def run(self, bus: EventBus, service: Service) -> None:
        """Until cancelled."""
        dice, due, before = random.Random(1), 0.0, service.clock.now()
        while True:
            await asyncio.sleep(PAUSE)
            now = service.clock.now()
            due, before = due + self.rate * (now - before) / 1e9, now
            for _ in range(int(due)):
                price = round(PRICE + dice.gauss(0, 0.05), 2)
                bus.publish(Trade(CONTRACT, "SMART", now, service.clock.now(), price, 100.0))
            due %= 1


@asynccontextmanager
async def pumped(loaded: Loaded, pump: Pump, of: list[Service]) -> AsyncIterator[Backend]:
    """What stands behind the server, with the pump at its bus."""
    async with standalone(loaded) as backend:
        task = asyncio.create_task(pump.run(backend.broker.bus, of[0]))
        try:
            yield backend
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def main() -> None:
    pump, of = Pump(), list[Service]()
    with tempfile.TemporaryDirectory(prefix="page-") as folder, listening("127.0.0.1", 0) as place:
        loaded = load(
            {"data_dir": Path(folder) / "data"},
            {"IB_SIM": "1", "IB_LOG_LEVEL": "error"},
            Path(folder) / ".env",
        )
        of.append(Service(loaded, partial(pumped, loaded, pump, of), hosted=True))
        web = server(App(of[0]))

        def listen() -> None:
            for line in sys.stdin:
                pump.rate = int(line)
            asyncio.run_coroutine_threadsafe(of[0].drain(), of[0].loop).result(20)
            web.should_exit = True

        threading.Thread(target=listen, daemon=True).start()
        print(json.dumps({"url": url_of(place)}), flush=True)
        # Signals are for the benchmark, which ends this process by closing stdin.
        web.run([place])


if __name__ == "__main__":
    main()
