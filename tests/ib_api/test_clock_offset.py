from hypothesis import given, settings
from hypothesis import strategies as st

from ib_api.clock_offset import ClockOffset
from market.events import Problem
from market.times import SECOND

MILLI = SECOND // 1000


class Stage:
    """Two clocks, `apart` nanoseconds, with an answer that is on its way for `there` and `back`."""

    def __init__(self, resolution: int = MILLI) -> None:
        self.told: list[Problem] = []
        self.offset = ClockOffset(self.told.append)
        self.resolution = resolution
        self.now = 1_000_000 * SECOND + 123_456_789

    def ask(self, apart: int, there: int = MILLI, back: int = MILLI) -> None:
        sent, self.now = self.now, self.now + there
        told = (self.now + apart) // self.resolution * self.resolution
        self.now += back
        self.offset.measure(told, self.resolution, sent, self.now)
        self.now += 10 * SECOND + 77 * MILLI


@settings(deadline=None)
@given(
    st.integers(-100 * SECOND, 100 * SECOND),
    st.lists(st.tuples(st.integers(0, 3 * SECOND), st.integers(0, 3 * SECOND)), min_size=1, max_size=20),
    st.sampled_from([MILLI, SECOND]),
)
def test_the_truth_lies_within_the_error(apart: int, trips: list[tuple[int, int]], resolution: int) -> None:
    stage = Stage(resolution)
    for there, back in trips:
        stage.ask(apart, there, back)
        assert abs(stage.offset.best.offset - apart) <= stage.offset.best.error + 1
        assert stage.offset.last.round_trip == there + back


def test_the_quickest_answer_counts() -> None:
    stage = Stage()
    for there in (800 * MILLI, MILLI, 500 * MILLI):
        stage.ask(300 * MILLI, there)
    assert abs(stage.offset.best.offset - 300 * MILLI) <= 2 * MILLI


def test_clocks_that_are_apart_are_told_once_and_again_when_they_agree() -> None:
    stage = Stage()
    for apart in (0, 61, 61, 60, 0, 0, -5):
        stage.ask(apart * SECOND)
    behind, fine, ahead = stage.told
    assert (behind.severity, behind.message) == (
        "warning",
        "this machine's clock is 61.0 s behind the gateway's",
    )
    assert "timedatectl" in behind.advice
    assert (fine.severity, "agrees" in fine.message) == ("info", True)
    assert ahead.message == "this machine's clock is 5.0 s ahead of the gateway's"


def test_a_slow_answer_is_no_reason_for_a_warning() -> None:
    stage = Stage(SECOND)
    stage.ask(0, there=8 * SECOND)
    assert stage.told == []
