"""Which gateway a command talks to: the one at host and port, or the simulated one inside this process.

The embedded one listens on a free loopback port and is reached over TCP like any other, by the same code.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from cli.console import say
from config.settings import Loaded, Settings
from ib_api.errors import ClientIdInUse, PortRefused
from ib_api.ib_broker import IBBroker
from ib_api.opening import open_broker


@dataclass(frozen=True, slots=True)
class Address:
    """Where the gateway listens."""

    host: str
    port: int


@contextmanager
def gateway_address(loaded: Loaded) -> Iterator[Address]:
    """The gateway's address; an embedded gateway lives as long as the block."""
    settings = loaded.settings
    if not loaded.simulated:
        yield Address(settings.host, settings.gateway_port)
        return
    from simulator.embedded import embedded

    say(
        f"gateway: SIMULATED, embedded, open around the clock (seed {settings.seed}, feed {settings.feed})."
        " For TWS: ./run --port 7497"
    )
    with embedded(settings, settings.port or 0) as port:
        yield Address("127.0.0.1", port)


@contextmanager
def explained(settings: Settings) -> Iterator[None]:
    """Say with a refusal what to type."""
    try:
        yield
    except PortRefused as error:
        raise PortRefused(
            f"{error}; without TWS, add --sim for the simulated gateway, as bare ./run does"
        ) from error
    except ClientIdInUse as error:
        raise ClientIdInUse(f"{error}; this was {settings.client_id}, see --client-id") from error


@asynccontextmanager
async def connected(loaded: Loaded) -> AsyncIterator[IBBroker]:
    """A connected broker, closed at the end whatever happens."""
    settings = loaded.settings
    with gateway_address(loaded) as address:
        with explained(settings):
            broker = await open_broker(
                settings,
                address.host,
                address.port,
                settings.client_id,
                lasting=not loaded.simulated,
                attempts=settings.reconnect_attempts,
            )
        try:
            who = f"{broker.source.label} account {broker.account}"
            say(f"connected to {address.host}:{address.port}: {who}, server version {broker.server_version}")
            yield broker
        finally:
            await broker.close()
