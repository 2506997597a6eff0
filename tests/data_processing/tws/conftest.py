from collections.abc import Iterator
from pathlib import Path

import pytest

from data_processing.tws.connection import TwsConnection
from market.clock import RealClock
from simulator.gateway.server import run_in_thread
from simulator.model import generated
from tests.data_processing.tws.gateway import connected


@pytest.fixture(scope="package")
def port() -> Iterator[int]:
    """A simulated gateway, open around the clock."""
    with run_in_thread(generated(seed=1, feed="consistent", always_open=True), RealClock()) as gateway:
        yield gateway.port


@pytest.fixture(scope="module")
def connection(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwsConnection]:
    with connected(Path(tmp_path_factory.mktemp("tws")), port) as made:
        yield made
