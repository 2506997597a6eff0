import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_api.silence import FIRST, SHORTEST, TIMES, SilenceJudge
from market.open_hours import OpenHours
from market.times import MINUTE, SECOND

HOUR = 60 * MINUTE
OPEN = OpenHours((0, 100 * HOUR), [(0, 10 * HOUR)], [(HOUR, 8 * HOUR)])
UNKNOWN = OpenHours((0, 0), (), ())


class Stage:
    """A stream, its judge, and a second hand."""

    def __init__(self, hours: OpenHours = OPEN, start: int = HOUR) -> None:
        self.now = start
        self.heard = 0
        self.judge = SilenceJudge(hours, 0, start)

    def run(self, seconds: int, *, every: int = 0, excused: bool = False) -> int | None:
        """Look every second, with a message `every` so many; the first second of suspicion."""
        for second in range(1, seconds + 1):
            self.now += SECOND
            if every and second % every == 0:
                self.heard = self.now
            if self.judge.look(self.heard, self.now, self.now, excused=excused):
                return second
        return None


@pytest.mark.parametrize("gap", [1, 3, 20])
def test_a_stream_that_falls_silent_is_suspected_by_its_own_rate(gap: int) -> None:
    stage = Stage()
    assert stage.run(1800, every=gap) is None
    assert stage.run(3600) == max(SHORTEST // SECOND, TIMES * gap)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=100, max_size=300))
def test_the_bound_holds_for_every_rhythm(gaps: list[int]) -> None:
    stage = Stage()
    while stage.now < 2 * HOUR:
        for gap in gaps:
            stage.run(gap - 1)
            stage.run(1, every=1)
            stage.judge.acquit(stage.now)
    stage.run(1, every=1)
    found = stage.run(3600)
    assert found is not None
    assert found <= max(SHORTEST // SECOND, TIMES * max(gaps))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 9 * 3600), st.integers(1, 900), st.integers(1, 3600))
def test_a_closed_market_is_never_suspected(begin: int, every: int, seconds: int) -> None:
    stage = Stage(start=begin * SECOND)
    stage.run(seconds, every=every)
    stage.now = max(stage.now, 10 * HOUR)
    assert stage.run(2 * 3600) is None


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60), st.integers(1, 3600))
def test_a_silence_with_a_known_reason_is_never_suspected(every: int, seconds: int) -> None:
    stage = Stage()
    stage.run(seconds, every=every)
    assert stage.run(3600, excused=True) is None
    assert stage.run(FIRST // SECOND - 1) is None


def test_a_new_stream_has_a_minute_to_speak() -> None:
    assert Stage().run(3600) == FIRST // SECOND + 1


def test_what_is_usual_in_regular_hours_is_not_asked_of_the_hours_after() -> None:
    stage = Stage(start=7 * HOUR)
    assert stage.run(3600, every=1) is None
    assert stage.run(50) is None
    assert stage.run(5, every=5) is None
    assert stage.run(3600) == FIRST // SECOND


def test_an_acquitted_silence_is_suspected_again_at_twice_its_length() -> None:
    stage = Stage()
    stage.run(1800, every=1)
    found = []
    for _ in range(4):
        found.append(stage.run(3600) or 0)
        stage.judge.acquit(stage.now)
    assert found == [10, 10, 20, 40]


def test_each_renewal_in_vain_makes_the_wait_longer_up_to_an_hour() -> None:
    stage = Stage()
    stage.run(1800, every=1)
    waits = []
    for _ in range(9):
        waits.append(stage.run(4000) or 0)
        stage.judge.renewed(stage.now)
    assert waits == [10, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    stage.run(2, every=1)
    assert stage.run(100) == 10


@pytest.mark.parametrize(("hours", "beyond"), [(OPEN, True), (UNKNOWN, False)])
def test_without_proof_only_a_far_too_long_silence_in_regular_hours_is_beyond_doubt(
    hours: OpenHours, beyond: bool
) -> None:
    stage = Stage(hours)
    stage.run(1800, every=1)
    assert not stage.judge.beyond_doubt(stage.now + 39 * SECOND)
    assert stage.judge.beyond_doubt(stage.now + 40 * SECOND) is beyond


def test_a_stream_that_never_spoke_is_never_beyond_doubt() -> None:
    stage = Stage()
    stage.run(3600)
    assert not stage.judge.beyond_doubt(stage.now + HOUR)
