import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_api.gateway_time import LATENESS, GatewayTime
from market.clock import DrivenClock
from market.events import Quote, Trade
from market.times import MINUTE, SECOND, parse

NOW = parse("2026-04-08T15:00:00")


def tick(time: int, received: int) -> Trade:
    return Trade(1, "SMART", time, received, 100.0, 1.0)


def test_without_stamped_data_it_is_what_tws_said() -> None:
    time = GatewayTime(DrivenClock(NOW))
    time.told(NOW + 5 * SECOND, 0)
    assert time.ahead == 5 * SECOND
    assert time.whole(NOW) == NOW + 5 * SECOND - LATENESS


def test_the_stamps_of_the_data_count_for_more_than_a_clock_that_is_wrong() -> None:
    time = GatewayTime(DrivenClock(NOW))
    time.came(NOW, tick(NOW, NOW))
    time.told(NOW + MINUTE, 0)
    assert time.ahead == 0


def test_stamps_of_another_day_say_nothing_of_the_present() -> None:
    time = GatewayTime(DrivenClock(NOW))
    time.came(NOW, tick(NOW - 300 * MINUTE, NOW))
    time.told(NOW + SECOND, 0)
    assert time.ahead == SECOND


def test_what_the_line_stamps_itself_is_no_witness() -> None:
    time = GatewayTime(DrivenClock(NOW))
    time.told(NOW, 0)
    time.came(NOW, Quote(1, "SMART", NOW + 9 * SECOND, NOW, 1.0, 2.0, 1.0, 1.0, source="l1"))
    assert (time.ahead, time.last_data) == (0, NOW)


@given(
    ahead=st.integers(-20 * SECOND, 20 * SECOND),
    late=st.lists(st.integers(0, SECOND), min_size=1, max_size=20),
)
def test_it_is_never_taken_for_later_than_it_is(ahead: int, late: list[int]) -> None:
    """Ticks carry whole seconds and come up to a second late; the exchange's clock is `ahead` of ours."""
    clock = DrivenClock(NOW)
    time = GatewayTime(clock)
    time.told(NOW + ahead, 0)
    for each in late:
        clock.advance(SECOND)
        happened = clock.now() + ahead - each
        time.came(clock.now(), tick(happened - happened % SECOND, clock.now()))
    assert time.ahead <= ahead
    assert time.whole(clock.now()) <= clock.now() + ahead - LATENESS


def test_a_stream_is_whole_from_what_tws_said_though_its_ticks_come_late() -> None:
    clock = DrivenClock(NOW)
    time = GatewayTime(clock)
    time.came(NOW, tick(NOW - 4 * SECOND, NOW))
    time.told(NOW, 0)
    clock.advance(SECOND)
    assert time.from_now() == NOW + 2 * SECOND


@pytest.mark.parametrize("by", [MINUTE, -MINUTE])
def test_a_clock_of_tws_that_is_wrong_moves_it_by_no_more_than_lateness(by: int) -> None:
    time = GatewayTime(DrivenClock(NOW))
    time.came(NOW, tick(NOW, NOW))
    time.told(NOW + by, 0)
    assert time.from_now() == NOW + LATENESS + SECOND


def test_what_tws_says_is_the_time_of_the_data_unless_stamps_prove_otherwise() -> None:
    time = GatewayTime(DrivenClock(NOW))
    time.told(NOW + MINUTE, 0)
    assert time.corrected(NOW + MINUTE) == NOW + MINUTE
    time.came(NOW, tick(NOW, NOW))
    assert (time.corrected(NOW + MINUTE), time.corrected(NOW + 5 * SECOND)) == (NOW, NOW + 5 * SECOND)
