"""The simulated gateway inside the program that uses it, reached over TCP like any other."""

from collections.abc import Iterator
from contextlib import contextmanager

from config.settings import Settings
from market.clock import RealClock
from simulator.gateway.options import GatewayOptions
from simulator.gateway.server import run_in_thread
from simulator.model import generated


@contextmanager
def embedded(settings: Settings, port: int = 0) -> Iterator[int]:
    """The port (0: a free one) of a gateway that is open around the clock, for as long as the block."""
    model = generated(seed=settings.seed, feed=settings.feed, always_open=True)
    options = GatewayOptions(feed=settings.feed, lines=settings.market_data_lines)
    with run_in_thread(model, RealClock(), options, port=port) as gateway:
        yield gateway.port
