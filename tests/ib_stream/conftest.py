from collections.abc import Iterator

import pytest

from simulator.gateway.server import GatewayThread
from tests.ib_stream.serving import Running, gateway, serving


@pytest.fixture(scope="module")
def tws() -> Iterator[GatewayThread]:
    """A simulated gateway for the tests of a module."""
    with gateway() as running:
        yield running


@pytest.fixture(scope="module")
def web(tws: GatewayThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server before it, for the tests of a module: over TCP, as clients see it."""
    with serving(tmp_path_factory.mktemp("served"), tws.port) as running:
        yield running
