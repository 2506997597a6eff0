"""What stands behind the streams: the broker, the store, and what keeps the one written into the other.

`standalone` makes all of it from settings. In the main job it exists already, and is handed over.
"""

import asyncio
import contextlib
import importlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from config.settings import Loaded
from config.stream_settings import LIVE_PORTS
from data_processing.historical_data import HistoricalData
from data_processing.realtime_data import RealTimeData
from data_processing.recorder import Recorder
from data_processing.refill import Refill
from data_processing.timeseries_db import TimeseriesDB
from data_storage.errors import StoreBusy
from ib_api.ib_broker import IBBroker
from ib_api.opening import open_broker
from ib_api.scheduling import acting_as
from market.clock import AcceleratedClock, Clock
from market.errors import ConnectionFailed, SetupError
from simulator.embedded import embedded

log = logging.getLogger("truetick.stream")


@dataclass(frozen=True, slots=True)
class Backend:
    """A connected broker; `clock` is the gateway's. Without `history` the store is only read.

    `flush` comes back when the store has all that has arrived.
    """

    broker: IBBroker
    db: TimeseriesDB
    history: HistoricalData | None
    clock: Clock
    flush: Callable[[], Awaitable[None]] | None = None


Opening = Callable[[], AbstractAsyncContextManager[Backend]]


@asynccontextmanager
async def standalone(loaded: Loaded) -> AsyncIterator[Backend]:
    """All of it, for as long as the block; raise what the broker and the store raise."""
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(acting_as("serve"))
        # Arrow loads it with the first row that is written, a second that would be missing among the streams.
        await asyncio.to_thread(importlib.import_module, "pandas")
        ports = loaded.stream_gateway().ports
        if loaded.simulated:
            ports = (await asyncio.to_thread(stack.enter_context, embedded(loaded.settings)),)
        broker = await _connected(loaded, ports)
        stack.push_async_callback(broker.close)
        # Bars end by the gateway's time, which is not this machine's.
        clock = AcceleratedClock(await broker.now())
        db, writes = _store(loaded, broker)
        stack.callback(db.close)
        if not writes:
            yield Backend(broker, db, None, clock)
            return
        recorder = await stack.enter_async_context(recording(broker, db, clock))
        yield Backend(broker, db, HistoricalData(broker, db), clock, recorder.flush)


async def _connected(loaded: Loaded, ports: tuple[int, ...]) -> IBBroker:
    """The broker at the first port that answers; raise the last one's `ConnectionFailed`."""
    failures = []
    for port in ports:
        try:
            return await _open(loaded, port)
        except ConnectionFailed as error:
            failures.append(error)
    raise failures[-1]


async def _open(loaded: Loaded, port: int) -> IBBroker:
    settings, gateway = loaded.settings, loaded.stream_gateway()
    host = "127.0.0.1" if loaded.simulated else gateway.host
    broker = await open_broker(
        settings,
        host,
        port,
        gateway.client_id,
        lasting=not loaded.simulated,
        attempts=settings.stream_reconnect_attempts,
    )
    if broker.source.label == "LIVE" and port not in LIVE_PORTS and not gateway.chosen:
        await broker.close()
        raise SetupError(
            f"a live account answers on port {port}; list the port in IB_STREAM_PORTS to read its data"
        )
    return broker


def _store(loaded: Loaded, broker: IBBroker) -> tuple[TimeseriesDB, bool]:
    """The source's store, and whether we write it: another program may do that already."""
    folder = loaded.settings.data_dir
    try:
        return TimeseriesDB.open(folder, broker.source, write=True, report=log.warning), True
    except StoreBusy as error:
        log.warning("the store is only read here: %s", error)
        return TimeseriesDB.open(folder, broker.source, report=log.warning), False


@asynccontextmanager
async def recording(broker: IBBroker, db: TimeseriesDB, clock: Clock) -> AsyncIterator[Recorder]:
    """Store what comes, and fill what did not, until the block ends."""
    realtime = RealTimeData(broker.bus, db, (), clock)
    assert realtime.recorder is not None
    realtime.start()
    refill = Refill(broker, db, clock, recorder=realtime.recorder)
    refill.start()
    stored = False
    try:
        yield realtime.recorder
    finally:
        try:
            await realtime.close()
            stored = True
        finally:
            await refill.close(stored=stored)
