"""Which gateway a command talks to: the one at host and port, or the simulated one inside this process.

The embedded one listens on a free loopback port and is reached over TCP like any other, by the same code.
"""

import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from cli.console import say
from config.settings import Loaded
from ib_api.errors import ClientIdInUse, PortRefused
from ib_api.ib_broker import IBBroker
from ib_api.reconnect import Policy
from ib_api.scheduling import Limits
from ib_api.scheduling.memory import path_for


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
    from market.clock import RealClock
    from simulator.gateway.options import GatewayOptions
    from simulator.gateway.server import run_in_thread
    from simulator.model import generated

    say(
        f"gateway: SIMULATED, embedded, open around the clock (seed {settings.seed}, feed {settings.feed})."
        " For TWS: ./run --port 7497"
    )
    model = generated(seed=settings.seed, feed=settings.feed, always_open=True)
    with run_in_thread(
        model, RealClock(), GatewayOptions(feed=settings.feed), port=settings.port or 0
    ) as gateway:
        yield Address("127.0.0.1", gateway.port)


@asynccontextmanager
async def connected(loaded: Loaded) -> AsyncIterator[IBBroker]:
    """A connected broker, closed at the end whatever happens."""
    settings = loaded.settings
    with gateway_address(loaded) as address:
        memory = path_for(settings.data_dir, address.host, address.port, settings.client_id)
        try:
            broker = await IBBroker.open(
                address.host,
                address.port,
                settings.client_id,
                account=settings.account,
                timeout=settings.timeout,
                limits=Limits.of(settings.market_data_lines),
                memory=memory,
                wire_log=settings.wire_log,
                policy=Policy(settings.reconnect_attempts, settings.client_id_in_use),
            )
        except PortRefused as error:
            raise PortRefused(
                f"{error}; without TWS, add --sim for the simulated gateway, as bare ./run does"
            ) from error
        except ClientIdInUse as error:
            raise ClientIdInUse(f"{error}; this was {settings.client_id}, see --client-id") from error
        try:
            who = f"{broker.source.label} account {broker.account}"
            say(f"connected to {address.host}:{address.port}: {who}, server version {broker.server_version}")
            yield broker
        finally:
            await broker.close()
            if loaded.simulated:
                # The embedded gateway has ended too, and counts nothing any more.
                memory.unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    memory.parent.rmdir()
