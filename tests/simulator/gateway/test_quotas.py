import pytest

from market.times import SECOND
from simulator.gateway.quotas import HistoryPacing, MessageRate, Quotas
from simulator.refused import Refused


def allowed(pacing: HistoryPacing, now: float, market: str, request: object, weight: int = 1) -> bool:
    try:
        pacing.check(int(now * SECOND), market, request, weight)
    except Refused:
        return False
    return True


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


def test_what_is_held_can_be_given_back() -> None:
    quotas = Quotas(lines=1, tick_by_tick=1)
    quotas.take("line")
    with pytest.raises(Refused, match="Max number of tickers"):
        quotas.take("line")
    quotas.give_back("line")
    quotas.take("line")


def test_a_rate_of_nothing_is_no_limit() -> None:
    rate = MessageRate(0)
    assert all(rate.admits(0) for _ in range(1_000))
    assert not rate.exhausted


def warned(rate: MessageRate, now: int) -> bool:
    """Send two messages at once where one is allowed; whether the patience is at its end."""
    assert rate.admits(now)
    assert not rate.admits(now)
    return rate.exhausted


def test_ten_warnings_within_a_minute_are_enough() -> None:
    rate = MessageRate(1)
    assert [warned(rate, n * 6 * SECOND) for n in range(10)] == [False] * 9 + [True]


def test_warnings_are_forgiven_with_time() -> None:
    rate = MessageRate(1)
    assert not any(warned(rate, n * 7 * SECOND) for n in range(100))
