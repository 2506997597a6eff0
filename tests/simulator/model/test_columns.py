from hypothesis import given
from hypothesis import strategies as st

from simulator.model.columns import Grid


@given(st.sampled_from([0.01, 0.25, 0.5, 0.00005, 0.005]), st.integers(1, 10**7))
def test_a_price_is_the_float_that_its_decimal_text_means(tick: float, k: int) -> None:
    grid = Grid.of(tick)
    assert grid.price(k) == float(f"{k * tick:.6f}")
    assert grid.steps(grid.price(k)) == k
