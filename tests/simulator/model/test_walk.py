import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.model.walk import log_prices

MINUTES = st.integers(15_000_000, 37_000_000)  # 1998 to 2040


@given(MINUTES, st.integers(1, 3_000), st.data(), st.booleans())
def test_a_price_is_the_same_whatever_range_was_asked_for(
    first: int, count: int, data: st.DataObject, weekends: bool
) -> None:
    one = data.draw(st.integers(0, count - 1))
    whole = log_prices(9, 0.3, np.arange(first, first + count), weekends=weekends)
    alone = log_prices(9, 0.3, np.arange(first + one, first + one + 1), weekends=weekends)
    assert whole[one] == alone[0]


def test_moves_are_as_wide_as_the_volatility_says() -> None:
    year = log_prices(9, 0.3, np.arange(29_000_000, 29_000_000 + 252 * 1440), weekends=True)
    assert abs(np.diff(year).std() * (252 * 1440) ** 0.5 - 0.3) < 0.01


def test_prices_stay_near_their_level_for_forty_years() -> None:
    months = [
        log_prices(9, 0.3, np.array([n]), weekends=True)[0] for n in range(15_000_000, 37_000_000, 43_200)
    ]
    assert 0.1 < max(map(abs, months)) < 0.8


def test_a_weekend_moves_a_price_like_a_few_hours() -> None:
    saturday = 29_000_000 - 29_000_000 % 10_080 + 5_580 + 7_440  # Sunday 21:00 plus five days and four hours
    weekend = log_prices(9, 0.3, np.arange(saturday, saturday + 2_640), weekends=False)
    assert len(set(weekend.tolist())) <= 330
