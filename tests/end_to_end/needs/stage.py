"""A gateway and a client in one process under one clock, which waits until both have taken what was said."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from unittest.mock import patch

from ib_api.ib_broker import IBBroker
from ib_api.reconnect import Policy
from ib_api.session import open_socket
from market.clock import DrivenClock
from market.events import ConnectionChanged, Event, Problem, StreamChanged, Trade
from market.instrument import Instrument
from market.times import SECOND, parse
from simulator import faults
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import Connection, Gateway
from simulator.model import generated
from tests.end_to_end.needs.wires import Reader, With, waiting

NOON = parse("2026-04-08T16:00:30")
"""A Wednesday, noon in New York."""

STEP = SECOND // 4
_TURN = 0.0005
_LONGEST = 2.0

E = TypeVar("E", bound=Event)


class Stage:
    """`events` is all that came; time passes by itself while a test awaits, in leaps of `step`."""

    def __init__(self, gateway: Gateway, clock: DrivenClock) -> None:
        self.gateway = gateway
        self.clock = clock
        self.events = list[Event]()
        self.failures = list[Exception]()
        self.broker: IBBroker
        self.written = Counter[Connection]()
        self.readers: dict[tuple[str, int], Reader] = {}
        self.step = STEP
        self._stepped = asyncio.Event()

    async def until(self, claim: Callable[[], bool], seconds: float = 120) -> None:
        """Let time pass until the claim holds; fail when it does not within so many seconds."""
        end = self.clock.now() + int(seconds * SECOND)
        while not claim():
            if self.clock.now() > end:
                raise AssertionError(
                    f"it does not hold after {seconds:g} s; the last events: {self.events[-5:]}"
                )
            await self._step()

    async def pass_time(self, seconds: float) -> None:
        """Let so much time pass."""
        end = self.clock.now() + int(seconds * SECOND)
        await self.until(lambda: self.clock.now() >= end, seconds + 60)

    def of(self, kind: type[E]) -> list[E]:
        """The events of a type."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def states(self) -> list[str]:
        """The states of the connection, in order."""
        return [each.state for each in self.of(ConnectionChanged)]

    def told(self, code: int) -> list[Problem]:
        """What was said under a code."""
        return [each for each in self.of(Problem) if each.code == code]

    def changes(self, instrument: Instrument, kind: str) -> list[StreamChanged]:
        """How a stream fared."""
        route = instrument.contract_id, instrument.exchange, kind
        return [
            each for each in self.of(StreamChanged) if (each.contract_id, each.exchange, each.kind) == route
        ]

    def live_at_gateway(self) -> Counter[str]:
        """How many subscriptions of each kind the gateway has."""
        kinds = ("line", "ticks", "bars", "depth", "history", "pnl", "pnl_single")
        sessions = self.gateway.services.clients.values()
        return Counter(kind for session in sessions for kind, _ in session.subscriptions(*kinds))

    def trades(self, instrument: Instrument, since: int, until: int) -> list[tuple[int, float, float | None]]:
        """The prints that came, of the whole seconds from `since` to before `until`."""
        return [
            (each.time, each.price, each.size)
            for each in self.of(Trade)
            if each.contract_id == instrument.contract_id
            and since <= each.time < until
            and each.source == "tbt"
        ]

    def truth(self, instrument: Instrument, since: int, until: int) -> list[tuple[int, float, float | None]]:
        """The prints that there were."""
        every = self.gateway.services.model.trades(instrument.contract_id, since, until)
        return [(tick.time // SECOND * SECOND, tick.price, tick.size) for tick in every if tick.last]

    async def _step(self) -> None:
        self._stepped.clear()
        await self._stepped.wait()

    async def drive(self) -> None:
        """Move the clock on for ever, each time after everything sent so far was read."""
        loop = asyncio.get_running_loop()
        while True:
            # Time goes on whatever fails, or everybody would wait for ever; the stage fails at its end.
            try:
                await self._quiet(loop.time() + _LONGEST)
                self._stepped.set()
                self.clock.advance(self.step)
            except Exception as error:
                self.failures.append(error)

    async def _quiet(self, limit: float) -> None:
        await asyncio.sleep(_TURN)
        loop = asyncio.get_running_loop()
        while self._unread() and loop.time() < limit:  # noqa: ASYNC110 - the sockets tell nobody
            await asyncio.sleep(_TURN)

    def _unread(self) -> bool:
        """Whether either side has something yet to take of what the other sent."""
        for each in self.gateway.connections:
            if each.detour is not None:
                continue
            line = each.transport.get_extra_info("socket")
            reader = self.readers.get(each.transport.get_extra_info("peername"))
            if each.unsent or waiting(line) or (reader is not None and reader.taken != self.written[each]):
                return True
        return False

    def count(self, connection: Connection) -> None:
        """Count what the gateway writes to a connection."""
        write = connection.transport.write

        def counted(data: bytes) -> None:
            self.written[connection] += len(data)
            write(data)

        connection.transport = With(connection.transport, write=counted)  # type: ignore[assignment]

    def watched(self, host: str, port: int, timeout: float) -> Any:
        """The client's socket, which counts what its reader has dealt with."""
        line = open_socket(host, port, timeout)
        reader = Reader(line)
        self.readers[line.getsockname()] = reader
        return reader


@asynccontextmanager
async def gateway_only(
    options: GatewayOptions | None = None, *, start: int = NOON, always_open: bool = False, seed: int = 1
) -> AsyncIterator[Stage]:
    """The gateway without a client yet, time passing."""
    clock = DrivenClock(start)
    gateway = Gateway(generated(seed=seed, feed="consistent", always_open=always_open), clock, options)
    await gateway.start()
    stage = Stage(gateway, clock)
    gateway.arrivals.append(stage.count)
    driver = asyncio.create_task(stage.drive())
    try:
        with patch("ib_api.ib_connector.open_socket", stage.watched):
            yield stage
    finally:
        driver.cancel()
        await asyncio.gather(driver, return_exceptions=True)
        await gateway.stop()
    if stage.failures:
        raise ExceptionGroup("timers failed", stage.failures)


@asynccontextmanager
async def on_stage(
    options: GatewayOptions | None = None,
    *,
    start: int = NOON,
    always_open: bool = False,
    policy: Policy | None = None,
    max_server_version: int | None = None,
) -> AsyncIterator[Stage]:
    """A client at a gateway."""
    async with gateway_only(options, start=start, always_open=always_open) as stage:
        stage.broker = await IBBroker.open(
            "127.0.0.1",
            stage.gateway.port,
            7,
            clock=stage.clock,
            policy=policy,
            max_server_version=max_server_version,
        )
        stage.broker.bus.subscribe(Event, stage.events.append)
        try:
            yield stage
        finally:
            await stage.broker.close()


@asynccontextmanager
async def unreachable(gateway: Gateway) -> AsyncIterator[None]:
    """Everybody is cut off, and nobody can connect."""
    async with faults.refused(gateway), faults.cut(gateway):
        yield
