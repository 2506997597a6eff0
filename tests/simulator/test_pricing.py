import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulator.pricing import Right, implied_volatility, value

RIGHTS = st.sampled_from(["C", "P"])
SPOTS = st.floats(50, 200)
YEARS = st.floats(0.05, 3)
VOLATILITIES = st.floats(0.1, 1.5)


def test_at_the_money_the_price_is_the_normal_distribution_around_its_middle() -> None:
    call = value("C", 100.0, 100.0, 0.25, 0.2)
    assert call.price == pytest.approx(100 * math.erf(0.05 / math.sqrt(2)))
    assert call.delta == pytest.approx((1 + math.erf(0.05 / math.sqrt(2))) / 2)


@given(spot=SPOTS, years=YEARS, volatility=VOLATILITIES)
def test_a_call_less_a_put_is_the_underlying_less_the_strike(
    spot: float, years: float, volatility: float
) -> None:
    call, put = (value(right, spot, 100.0, years, volatility) for right in ("C", "P"))
    assert call.price - put.price == pytest.approx(spot - 100.0, abs=1e-9)
    assert call.delta - put.delta == pytest.approx(1.0)
    assert (call.gamma, call.vega, call.theta) == (put.gamma, put.vega, put.theta)


@given(right=RIGHTS, spot=SPOTS, years=YEARS, volatility=VOLATILITIES)
def test_the_greeks_are_the_changes_of_the_price(
    right: Right, spot: float, years: float, volatility: float
) -> None:
    def price(spot: float, years: float, volatility: float) -> float:
        return value(right, spot, 100.0, years, volatility).price

    here, step = value(right, spot, 100.0, years, volatility), 1e-4
    up, down = price(spot + step, years, volatility), price(spot - step, years, volatility)
    assert here.delta == pytest.approx((up - down) / (2 * step), abs=1e-5)
    more, less = price(spot, years, volatility + step), price(spot, years, volatility - step)
    assert here.vega == pytest.approx((more - less) / (2 * step) / 100, abs=1e-5)
    later, sooner = price(spot, years - step, volatility), price(spot, years + step, volatility)
    assert here.theta == pytest.approx((later - sooner) / (2 * step) / 365, abs=1e-4)


@given(right=RIGHTS, spot=st.floats(80, 125), years=YEARS, volatility=VOLATILITIES)
def test_a_price_implies_the_volatility_that_made_it(
    right: Right, spot: float, years: float, volatility: float
) -> None:
    made = value(right, spot, 100.0, years, volatility)
    assume(made.vega > 1e-6)  # far from the strike no volatility is told from another
    price = made.price
    implied = implied_volatility(right, spot, 100.0, years, price)
    assert implied is not None
    assert value(right, spot, 100.0, years, implied).price == pytest.approx(price, abs=1e-8)


@pytest.mark.parametrize("price", [0.0, 20.0, 19.99, 120.0, 500.0])
def test_no_volatility_explains_a_price_outside_its_bounds(price: float) -> None:
    assert implied_volatility("C", 120.0, 100.0, 0.25, price) is None
