from random import Random

from hypothesis import given
from hypothesis import strategies as st

from market.times import MINUTE
from simulator.model.ticks import balance

PRICES = st.lists(st.integers(1, 500), min_size=1, max_size=40)


@given(PRICES, st.integers(4, 2_000), st.floats(0.25, 0.75), st.integers(0, 9), st.sampled_from([1, 100]))
def test_weights_meet_total_and_target_to_less_than_one_move(
    prices: list[int], each: int, place: float, seed: int, lot: int
) -> None:
    random, total = Random(seed), each * len(prices)
    target = int(total * (min(prices) + place * (max(prices) - min(prices))))
    weights, rest = balance(prices, [random.random() for _ in prices], total, target, 1, lot=lot)
    assert sum(weights) == total
    assert min(weights) >= 1
    assert 0 <= rest <= max(prices) - min(prices)
    assert sum(p * w for p, w in zip(prices, weights, strict=True)) + rest == target


def test_weights_that_are_times_are_exact_to_the_nanosecond() -> None:
    prices = [10, 12, 11, 15, 10]
    weights, _ = balance(prices, [1.0] * 5, MINUTE, round(12.25 * MINUTE), 1_000_000)
    average = sum(p * w for p, w in zip(prices, weights, strict=True)) / MINUTE
    assert abs(average - 12.25) < 1e-9
