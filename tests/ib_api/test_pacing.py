from hypothesis import given
from hypothesis import strategies as st

from ib_api.pacing import MAX_OPEN, HistoryPacer, HistoryRequest, MessageRate, SlidingWindow, TickByTickPacer
from market.times import SECOND

GAPS = st.lists(st.tuples(st.integers(0, 7), st.integers(1, 2)), max_size=80)


@given(GAPS, st.integers(2, 6), st.integers(1, 20))
def test_no_window_is_ever_exceeded(gaps: list[tuple[int, int]], limit: int, period: int) -> None:
    window, now, taken = SlidingWindow(limit, period), 0, list[int]()
    for gap, cost in gaps:
        now += gap
        when = window.earliest(now, cost)
        window.take(when, cost)
        taken += [when] * cost
    assert taken == sorted(taken)
    assert all(sum(start <= each < start + period for each in taken) <= limit for start in taken)


@given(GAPS)
def test_nothing_waits_longer_than_the_rule_demands(gaps: list[tuple[int, int]]) -> None:
    window, now = SlidingWindow(3, 10), 0
    for gap, _ in gaps:
        now += gap
        when = window.earliest(now)
        assert when == max(now, when)
        assert when <= max(now, *window._taken, 0) + 10 if window._taken else when == now
        window.take(when)


REQUESTS = st.builds(
    HistoryRequest,
    contract_id=st.integers(1, 2),
    exchange=st.just("SMART"),
    what=st.sampled_from(["TRADES", "BID_ASK"]),
    small=st.just(True),
    details=st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h"]),
)


@given(st.lists(st.tuples(st.integers(0, 3 * SECOND), REQUESTS), max_size=80))
def test_ibs_rules_for_small_bars_are_never_broken(asked: list[tuple[int, HistoryRequest]]) -> None:
    pacer, now, sent = HistoryPacer(), 0, list[tuple[int, HistoryRequest]]()
    for gap, request in asked:
        when = pacer.earliest(request, now + gap)
        assert when is not None
        now = when
        pacer.begin(request, now)
        pacer.end()
        sent.append((now, request))
    for start, request in sent:
        in_reach = [(each, other) for each, other in sent if each >= start]
        alike = [other for each, other in in_reach if each < start + 2 * SECOND and other[:3] == request[:3]]
        longer = [other for each, other in in_reach if each < start + 600 * SECOND]
        equal = [other for each, other in in_reach if each < start + 15 * SECOND and other == request]
        assert sum(2 if other.what == "BID_ASK" else 1 for other in alike) <= 5
        assert sum(2 if other.what == "BID_ASK" else 1 for other in longer) <= 60
        assert len(equal) == 1


def test_large_bars_are_limited_only_by_how_many_are_under_way() -> None:
    pacer, request = HistoryPacer(), HistoryRequest(1, "SMART", "TRADES", False, "1m")
    for _ in range(MAX_OPEN):
        assert pacer.earliest(request, 5) == 5
        pacer.begin(request, 5)
    assert pacer.earliest(request, 5) is None
    pacer.end()
    assert pacer.earliest(request, 5) == 5


def test_tick_by_tick_is_asked_for_once_in_15_seconds_per_instrument() -> None:
    pacer = TickByTickPacer()
    pacer.begin(1, "SMART", 100)
    assert pacer.earliest(1, "SMART", 100) == 100 + 15 * SECOND
    assert pacer.earliest(2, "SMART", 100) == 100


def test_the_46th_message_of_a_second_waits() -> None:
    slept = list[float]()
    rate = MessageRate(clock=lambda: 0, sleep=slept.append)
    for _ in range(46):
        rate.wait()
    assert slept == [1.0]
    assert rate.delay() == 1.0
