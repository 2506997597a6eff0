from hypothesis import given
from hypothesis import strategies as st

from market.clock import DrivenClock
from market.times import MINUTE, SECOND
from simulator.stream import Beat, Stream, beats

START = 7 * SECOND


def stream(clock: DrivenClock, every: int, delay: int = 0) -> tuple[Stream[Beat], list[tuple[int, int]]]:
    seen: list[tuple[int, int]] = []
    made = Stream(clock, beats(every), lambda b: seen.append((b.time, clock.now())), start=START, delay=delay)
    return made, seen


@given(st.lists(st.integers(1, 3 * MINUTE), max_size=12), st.sampled_from([SECOND, 13 * SECOND, 2 * MINUTE]))
def test_every_item_comes_once_at_its_time(steps: list[int], every: int) -> None:
    clock = DrivenClock(START)
    _, seen = stream(clock, every)
    for step in steps:
        clock.advance(step)
    expected = [b.time for b in beats(every)(START, clock.now() + 1)] if steps else []
    assert seen == [(time, time) for time in expected]


def test_a_delay_shifts_them_all() -> None:
    clock = DrivenClock(START)
    _, seen = stream(clock, 10 * SECOND, delay=MINUTE)
    clock.advance(MINUTE + 5 * SECOND)
    assert seen == [(10 * SECOND, 70 * SECOND)]


def test_a_clock_that_leaps_drops_nothing() -> None:
    class Leaping(DrivenClock):
        def now(self) -> int:
            return super().now() + 10 * MINUTE if super().now() > START else START

    clock = Leaping(START)
    _, seen = stream(clock, SECOND)
    clock.advance(SECOND)
    assert [time for time, _ in seen] == [b.time for b in beats(SECOND)(START, clock.now() + 1)]


def test_a_stream_can_end_itself() -> None:
    clock, seen = DrivenClock(START), []

    def emit(beat: Beat) -> None:
        seen.append(beat)
        made.cancel()

    made = Stream(clock, beats(SECOND), emit, start=START)
    clock.advance(MINUTE)
    assert len(seen) == 1
