import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data_processing.futures.rolls import Bools, Floats, Front, Ints, RollRule, changes, fronts
from market.errors import BadRequest
from tests.data_processing.futures.world import future

DAYS, CONTRACTS = 12, 4
EXPIRIES = st.lists(st.integers(0, 16), min_size=CONTRACTS, max_size=CONTRACTS, unique=True).map(sorted)
ACTIVE = arrays(np.float64, (DAYS, CONTRACTS), elements=st.sampled_from([np.nan, 0.0, 1.0, 2.0, 3.0]))
RULES = st.one_of(
    st.just(RollRule("volume")),
    st.just(RollRule("interest")),
    st.builds(RollRule, st.just("days"), st.integers(0, 9)),
)


def found(rule: RollRule, expiries: list[int], active: Floats, traded: Bools | None = None) -> list[int]:
    days: Ints = np.arange(len(active))
    there = ~np.isnan(active) if traded is None else traded
    return list(fronts(rule, np.array(expiries), days, there, active).tolist())


@given(RULES, EXPIRIES, ACTIVE)
def test_the_front_never_goes_back(rule: RollRule, expiries: list[int], active: Floats) -> None:
    places = found(rule, expiries, active)
    assert places == sorted(places)


@given(RULES, EXPIRIES, ACTIVE)
def test_an_expired_contract_is_in_front_only_where_no_other_was_ever_seen(
    rule: RollRule, expiries: list[int], active: Floats
) -> None:
    for day, front in enumerate(found(rule, expiries, active)):
        seen = [n for n in range(front + 1, CONTRACTS) if not np.isnan(active[: day + 1, n]).all()]
        assert expiries[front] >= day or not seen


@given(RULES, EXPIRIES, ACTIVE, st.integers(1, DAYS))
def test_the_front_of_a_date_depends_on_nothing_later(
    rule: RollRule, expiries: list[int], active: Floats, day: int
) -> None:
    assert found(rule, expiries, active[:day]) == found(rule, expiries, active)[:day]


@given(EXPIRIES, ACTIVE)
def test_volume_moves_the_front_to_the_busiest_of_the_day_before(expiries: list[int], active: Floats) -> None:
    expiries = [expiry + 100 for expiry in expiries]
    places = found(RollRule("volume"), expiries, active)
    for day in range(1, DAYS):
        old, row = places[day - 1], active[day - 1]
        if np.isnan(row[old]):
            continue
        assert row[places[day]] == max(value for value in row[old:] if not np.isnan(value))


@pytest.mark.parametrize(("days", "rolled"), [(0, 6), (1, 5), (5, 1)])
def test_days_are_counted_back_from_the_expiry(days: int, rolled: int) -> None:
    places = found(RollRule("days", days), [6, 30], np.ones((10, 2)))
    assert places == [0] * rolled + [1] * (10 - rolled)


def test_one_with_equal_volume_is_no_reason_to_roll() -> None:
    assert found(RollRule("volume"), [9, 19], np.array([[5.0, 5.0]] * 3)) == [0, 0, 0]


def test_a_day_of_the_front_that_is_missing_is_no_reason_to_roll() -> None:
    active = np.array([[9, 1], [np.nan, 8], [9, 1], [9, 1]])
    assert found(RollRule("volume"), [9, 19], active) == [0, 0, 0, 0]


def test_a_far_contract_may_take_over_and_what_lies_between_is_passed_over() -> None:
    active = np.array([[5.0, 1.0, 9.0]] * 2)
    assert found(RollRule("volume"), [9, 19, 29], active) == [0, 2]


def test_the_table_names_the_first_front_and_every_change() -> None:
    chain = [future(1, 4), future(2, 9)]
    table = changes([Front(7, 70, chain[0]), Front(8, 80, chain[0]), Front(9, 90, chain[1])])
    assert [(each.day, each.time, each.before, each.after) for each in table] == [
        (7, 70, None, chain[0]),
        (9, 90, chain[0], chain[1]),
    ]


def test_a_negative_number_of_days_is_refused() -> None:
    with pytest.raises(BadRequest, match="give 0 or more"):
        RollRule("days", -1)
