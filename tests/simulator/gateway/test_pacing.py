from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.times import SECOND
from simulator.gateway.pacing import HistoryPacing, MessageRate


def allowed(pacing: HistoryPacing, now: float, market: str, request: object, weight: int = 1) -> bool:
    return pacing.admits(int(now * SECOND), market, request, weight)


def test_the_same_request_waits_fifteen_seconds() -> None:
    pacing = HistoryPacing()
    times = [0.0, 14.9, 15.0]
    assert [allowed(pacing, t, "AAPL", "same") for t in times] == [True, False, True]


def test_the_sixth_request_within_two_seconds_is_the_violation() -> None:
    pacing = HistoryPacing()
    assert [allowed(pacing, 0, "AAPL", n) for n in range(6)] == [True] * 5 + [False]
    assert allowed(pacing, 0, "AMZN", 7)
    assert allowed(pacing, 2, "AAPL", 8)


@pytest.mark.parametrize(("weight", "most"), [(1, 60), (2, 30)])
def test_sixty_in_ten_minutes_and_bid_ask_counts_twice(weight: int, most: int) -> None:
    pacing = HistoryPacing()
    served = [allowed(pacing, n, f"{n}", n, weight) for n in range(70)]
    assert sum(served) == most
    assert allowed(pacing, 600, "later", 71, weight)


class Asked(NamedTuple):
    """A request for small bars, at a time in tenths of a second."""

    time: int
    market: int
    request: int
    weight: int


def breaks_a_rule(passed: list[Asked], new: Asked) -> bool:
    """The three published rules, read off a list: the slow and simple way."""
    weighed = sum(old.weight for old in passed if old.time > new.time - 6_000)
    beside = sum(old.weight for old in passed if old.time > new.time - 20 and old.market == new.market)
    same = any(old.time > new.time - 150 and old[1:3] == new[1:3] for old in passed)
    return weighed + new.weight > 60 or beside + new.weight > 5 or same


steps = st.sampled_from([0, 0, 0, 1, 7, 19, 20, 60, 149, 150, 900])


@given(
    st.lists(
        st.tuples(steps, st.integers(0, 2), st.integers(0, 9), st.integers(1, 2)), min_size=40, max_size=250
    )
)
def test_pacing_agrees_with_the_rules_as_they_are_written(script: list[tuple[int, int, int, int]]) -> None:
    pacing, passed, now = HistoryPacing(), list[Asked](), 0
    for step, market, request, weight in script:
        now += step
        new = Asked(now, market, request, weight)
        admitted = pacing.admits(now * SECOND // 10, market, (market, request), weight)
        assert admitted != breaks_a_rule(passed, new)
        if admitted:
            passed.append(new)


def test_a_rate_of_nothing_is_no_limit() -> None:
    rate = MessageRate(0)
    assert all(rate.admits(0) for _ in range(1_000))
    assert not rate.exhausted
    assert rate.admits_at(5) == 5


def violated(rate: MessageRate, now: int) -> bool:
    """Send two messages at once where one is allowed; whether the patience is at its end."""
    assert rate.admits(now)
    assert not rate.admits(now)
    return rate.exhausted


def test_the_third_violation_within_a_minute_is_enough() -> None:
    rate = MessageRate(1)
    assert [violated(rate, n * 25 * SECOND) for n in range(3)] == [False, False, True]


def test_violations_are_forgiven_with_time() -> None:
    rate = MessageRate(1)
    assert not any(violated(rate, n * 31 * SECOND) for n in range(100))


def test_all_that_is_too_much_in_one_second_is_one_violation() -> None:
    rate = MessageRate(1)
    assert [rate.admits(n) for n in range(1_000)] == [True] + [False] * 999
    assert not rate.exhausted
    assert rate.text.endswith("max=1 rec=1000 (1)")


@given(st.integers(1, 5), st.lists(st.integers(0, 3 * SECOND), min_size=1, max_size=60))
def test_who_waits_as_told_is_never_refused(limit: int, pauses: list[int]) -> None:
    rate, now = MessageRate(limit), 0
    for pause in pauses:
        now = rate.admits_at(now + pause)
        assert rate.admits(now)
