"""One market of each kind for all tests: they are pure, so they can be shared."""

import pytest

from simulator.model import MarketModel, generated


@pytest.fixture(scope="session")
def market() -> MarketModel:
    """Exchange hours, everything agrees."""
    return generated(7, "consistent", always_open=False)


@pytest.fixture(scope="session")
def open_market() -> MarketModel:
    """Open around the clock, everything agrees."""
    return generated(7, "consistent", always_open=True)


@pytest.fixture(scope="session")
def tws() -> MarketModel:
    """The same seed and hours as `market`, with IB's disagreements."""
    return generated(7, "tws", always_open=False)
