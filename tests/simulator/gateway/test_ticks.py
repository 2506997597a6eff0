from hypothesis import given
from hypothesis import strategies as st

from market.times import SECOND
from simulator.gateway import ticks
from simulator.gateway.dates import seconds
from simulator.model.api import QuoteTick

# Gaps between ticks, from the same instant to minutes.
gaps = st.lists(st.sampled_from([0, SECOND // 3, SECOND, 7 * SECOND, 90 * SECOND]), min_size=1, max_size=60)


def market(steps: list[int]) -> tuple[list[QuoteTick], ticks.Fetch]:
    made, time = [], SECOND
    for step in steps:
        time += step
        made.append(QuoteTick(time, 1.0, 2.0, 3.0, 4.0))
    return made, lambda start, end: [t for t in made if start <= t.time < end]


@given(gaps, st.integers(1, 70))
def test_the_last_ticks_are_a_whole_number_of_seconds(steps: list[int], count: int) -> None:
    made, fetch = market(steps)
    found = list(ticks.last_ticks(fetch, 0, made[-1].time + 1, count))
    assert found == made[len(made) - len(found) :]
    assert len(found) >= min(count, len(made))
    first = seconds(made[-min(count, len(made))].time)
    assert seconds(found[0].time) == first
    assert len(found) == len([t for t in made if seconds(t.time) >= first])


@given(gaps, st.integers(1, 70))
def test_the_first_ticks_are_a_whole_number_of_seconds(steps: list[int], count: int) -> None:
    made, fetch = market(steps)
    found = list(ticks.first_ticks(fetch, 0, made[-1].time + 1, count))
    last = seconds(made[min(count, len(made)) - 1].time)
    assert found == [t for t in made if seconds(t.time) <= last]
