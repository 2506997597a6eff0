"""Windows: none while idle, kept while they save writes, as long as a flush is dear."""

from ib_stream.hub.pace import LONGEST, LONGEST_REST, SHORTEST_REST, Pace


def test_the_first_event_after_a_quiet_time_leaves_at_once() -> None:
    pace = Pace(0.005)
    assert pace.delay(100.0) == 0
    pace.flushed(100.0, None)
    assert pace.delay(100.005) == 0


def test_one_soon_after_it_waits_for_the_end_of_the_window() -> None:
    pace = Pace(0.005)
    pace.flushed(100.0, None)
    assert round(pace.delay(100.002), 9) == 0.003


def test_a_window_that_saved_nothing_is_followed_by_a_rest_longer_each_time() -> None:
    pace, rests, now = Pace(0.005), [], 100.0
    for _ in range(12):
        pace.flushed(now, 1.0)
        begin = now
        while pace.delay(now) == 0:
            now += 0.001
            pace.flushed(now, None)
        rests.append(now - begin)
    assert SHORTEST_REST - 0.001 < rests[0] < rests[3] < rests[-1] < LONGEST_REST + 0.002


def test_a_window_that_saved_writes_is_followed_by_another() -> None:
    pace = Pace(0.005)
    pace.flushed(100.0, 1.0)
    pace.flushed(101.0, 5.0)
    assert pace.delay(101.001) > 0
    pace.flushed(102.0, 1.0)
    assert pace.delay(102.0 + SHORTEST_REST) == 0


def test_the_window_grows_with_the_cost_of_a_flush_and_shrinks_again() -> None:
    pace = Pace(0.005)
    for cost, window in ((0.001, 0.005), (0.01, 0.015), (1.0, LONGEST), (0.001, 0.005)):
        pace.took(cost)
        assert round(pace.window, 9) == window


def test_a_window_of_nothing_is_never_waited_for() -> None:
    pace = Pace(0)
    pace.flushed(100.0, None)
    pace.took(1.0)
    assert pace.delay(100.0) == 0
