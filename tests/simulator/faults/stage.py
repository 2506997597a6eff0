"""A gateway to go wrong on, and the mark of a test that demonstrates a fault."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from market.clock import Clock, DrivenClock
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import Gateway
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel
from tests.simulator.gateway.raw_client import Fields, RawClient, request
from tests.simulator.gateway.test_server import Peer, connect

Test = TypeVar("Test", bound=Callable[..., object])

DEMONSTRATED: set[str] = set()
"""The faults that some test of this folder shows; filled as its modules are imported."""


def demonstrates(*names: str) -> Callable[[Test], Test]:
    """Say which faults a test shows from a client's side."""
    DEMONSTRATED.update(names)
    return lambda test: test


class Stage:
    """A gateway over a driven clock, and clients of it that need no socket."""

    def __init__(self, options: GatewayOptions | None = None) -> None:
        self.clock = DrivenClock(FRIDAY_NOON)
        self.gateway = Gateway(FakeModel(), self.clock, options)

    def client(self, client_id: int = 1, *, version: int = 200, start: bool = True) -> RawClient:
        services = self.gateway.services
        return RawClient(version, client_id=client_id, clock=self.clock, services=services, start=start)


@asynccontextmanager
async def listening(clock: Clock | None = None) -> AsyncIterator[Gateway]:
    """A gateway on a socket of the loopback."""
    gateway = Gateway(FakeModel(), clock or DrivenClock(FRIDAY_NOON))
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()


@asynccontextmanager
async def peer(gateway: Gateway, client_id: int = 1) -> AsyncIterator[Peer]:
    """A client on a socket, with the API started."""
    found = await connect(gateway.port, client_id)
    try:
        yield found
    finally:
        await found.close()


def errors(messages: list[Fields]) -> list[tuple[int, int]]:
    """Request id and code of every error and notice."""
    return [(int(fields[1]), int(fields[2])) for fields in messages if fields[0] == "4"]


def kinds(messages: list[Fields]) -> set[str]:
    """The message ids that came."""
    return {fields[0] for fields in messages}


async def served(client: Peer) -> bool:
    """Whether the gateway still answers; whatever was sent to it before has then been answered, too."""
    client.writer.write(request(49, 1))
    return bool(await client.until(b"49"))


async def hears_nothing(client: Peer) -> bool:
    """Whether no byte waits; to be asked once another client has been served."""
    try:
        return not await asyncio.wait_for(client.reader.read(1), 0.001)
    except TimeoutError:
        return True
