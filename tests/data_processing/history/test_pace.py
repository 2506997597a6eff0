from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_processing.history.pace import Pace
from market.bar_size import BarSize
from market.times import DAY, MINUTE

ONE = BarSize.parse("1m")
TRADES = (ONE, "TRADES", DAY)


def test_quick_answers_double_what_is_asked_for_and_slow_ones_halve_it() -> None:
    pace = Pace()
    assert pace.span(*TRADES) == DAY
    pace.served(*TRADES, DAY, seconds=1.0)
    pace.served(*TRADES, 2 * DAY, seconds=1.0)
    assert pace.span(*TRADES) == 4 * DAY
    pace.served(*TRADES, 4 * DAY, seconds=10.0)
    assert pace.span(*TRADES) == 4 * DAY
    pace.served(*TRADES, 4 * DAY, seconds=30.0)
    assert pace.span(*TRADES) == 2 * DAY
    assert pace.span(ONE, "BID_ASK", DAY) == DAY


def test_a_short_request_teaches_nothing_about_lengths() -> None:
    pace = Pace()
    pace.served(*TRADES, MINUTE, seconds=0.1)
    assert pace.span(*TRADES) == DAY


def test_what_was_refused_is_not_asked_for_again() -> None:
    pace = Pace()
    pace.served(*TRADES, DAY, seconds=1.0)
    assert pace.refused(*TRADES, 2 * DAY, silence=False)
    assert pace.span(*TRADES) == DAY
    pace.served(*TRADES, DAY, seconds=1.0)
    assert pace.span(*TRADES) == DAY


def test_what_is_certain_is_refused_for_another_reason_than_its_length() -> None:
    pace = Pace()
    pace.served(*TRADES, DAY, seconds=1.0)
    assert pace.refused(*TRADES, 2 * DAY, silence=False)
    assert not pace.refused(*TRADES, DAY, silence=False)
    pace.served(*TRADES, DAY, seconds=1.0)
    assert pace.span(*TRADES) == 2 * DAY


def test_silence_is_met_with_ever_shorter_requests_but_not_for_ever() -> None:
    pace, span, asked = Pace(), DAY, 0
    while pace.refused(*TRADES, span, silence=True):
        span, asked = pace.span(*TRADES), asked + 1
    assert (span, asked) == (DAY // 4, 2)


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from(("served", "refused", "silence")))))
def test_whatever_happens_the_length_stays_within_its_bounds(events: list[tuple[float, str]]) -> None:
    pace = Pace()
    for seconds, event in events:
        span = pace.span(*TRADES)
        assert DAY // 4 <= span <= 16 * DAY
        if event == "served":
            pace.served(*TRADES, span, seconds)
        else:
            pace.refused(*TRADES, span, silence=event == "silence")


def test_the_mean_of_the_last_requests_is_told() -> None:
    pace = Pace()
    assert (pace.seconds(ONE, "TRADES"), pace.guess(ONE, "TRADES")) == (None, 3.0)
    pace.served(*TRADES, DAY, seconds=20.0)
    pace.served(*TRADES, DAY, seconds=10.0)
    assert pace.seconds(ONE, "TRADES") == 18.0


def test_waiting_for_a_turn_is_not_slowness() -> None:
    pace = Pace(spacing=lambda size, what: 10.0)
    assert pace.guess(ONE, "TRADES") == 10.0
    for seconds in (1.0, 540.0, 540.0):
        pace.served(*TRADES, DAY, seconds)
    assert (pace.seconds(ONE, "TRADES"), pace.span(*TRADES)) == (10.0, 2 * DAY)


@pytest.mark.parametrize("content", [b"torn", b"[]"])
def test_it_is_kept_for_the_next_run_and_a_broken_file_is_forgotten(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pace.json"
    pace = Pace(path)
    pace.served(*TRADES, DAY, seconds=2.0)
    pace.save()
    again = Pace(path)
    assert (again.span(*TRADES), again.seconds(ONE, "TRADES")) == (2 * DAY, 2.0)
    path.write_bytes(content)
    assert Pace(path).span(*TRADES) == DAY
