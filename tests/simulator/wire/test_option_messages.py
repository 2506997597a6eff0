import pytest

from simulator.wire.option_messages import Computation, option_computation
from tests.simulator.wire.oracle import decode

each_version = pytest.mark.parametrize("version", range(151, 201))
FULL = Computation(
    volatility=0.28,
    delta=-0.45,
    price=12.5,
    dividends=0.0,
    gamma=0.0125,
    vega=0.31,
    theta=-0.07,
    under_price=265.25,
)


@each_version
@pytest.mark.parametrize("tick", [10, 13, 53, 83])
def test_a_computation_reaches_the_client(version: int, tick: int) -> None:
    (call,) = decode(version, option_computation(version, 5, tick, FULL, price_based=True))
    attribute = 1 if version >= 156 else None
    assert call == (
        "tickOptionComputation",
        (5, tick, attribute, 0.28, -0.45, 12.5, 0.0, 0.0125, 0.31, -0.07, 265.25),
    )


@each_version
def test_what_cannot_be_computed_is_said_so(version: int) -> None:
    (call,) = decode(version, option_computation(version, 5, 10, Computation()))
    assert call[1][3:] == (None,) * 8
