import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.times import MINUTE, SECOND, parse
from simulator.gateway.dates import seconds
from simulator.model import generated, lookup
from simulator.model.api import QuoteTick
from tests.simulator.fake_model import FakeModel

# Gaps between ticks, from the same instant to minutes.
gaps = st.lists(st.sampled_from([0, SECOND // 3, SECOND, 7 * SECOND, 90 * SECOND]), min_size=1, max_size=60)


def market(steps: list[int]) -> tuple[list[QuoteTick], lookup.Fetch]:
    made, time = [], SECOND
    for step in steps:
        time += step
        made.append(QuoteTick(time, 1.0, 2.0, 3.0, 4.0))
    return made, lambda start, end: [t for t in made if start <= t.time < end]


@given(gaps, st.integers(1, 70))
def test_the_last_ticks_are_a_whole_number_of_seconds(steps: list[int], count: int) -> None:
    made, fetch = market(steps)
    found = list(lookup.last_ticks(fetch, 0, made[-1].time + 1, count))
    assert found == made[len(made) - len(found) :]
    assert len(found) >= min(count, len(made))
    first = seconds(made[-min(count, len(made))].time)
    assert seconds(found[0].time) == first
    assert len(found) == len([t for t in made if seconds(t.time) >= first])


@given(gaps, st.integers(1, 70))
def test_the_first_ticks_are_a_whole_number_of_seconds(steps: list[int], count: int) -> None:
    made, fetch = market(steps)
    found = list(lookup.first_ticks(fetch, 0, made[-1].time + 1, count))
    last = seconds(made[min(count, len(made)) - 1].time)
    assert found == [t for t in made if seconds(t.time) <= last]


class Quoting(FakeModel):
    """Has the quotes it is given."""

    def __init__(self, quoted: list[QuoteTick]) -> None:
        self.quoted = quoted

    def quotes(self, contract_id: int, start: int, end: int) -> list[QuoteTick]:
        return [quote for quote in self.quoted if start <= quote.time < end]


def paged(fetch: lookup.Fetch, start: int, end: int, count: int) -> list[lookup.Tick]:
    """All there is, in pages, each from the second behind the one before."""
    found = list[lookup.Tick]()
    while page := lookup.first_ticks(fetch, start, end, count):
        found += page
        start = (seconds(page[-1].time) + 1) * SECOND
    return found


steps_and_quotes = st.tuples(
    st.sampled_from([SECOND // 3, SECOND, 20 * SECOND, 90 * SECOND]),
    st.sampled_from([(1.0, 2.0, 3.0), (1.0, 2.0, 4.0), (0.5, 2.5, 3.0)]),
)


@pytest.mark.parametrize(
    ("what", "ignore_size"), [("BID_ASK", False), ("BID_ASK", True), ("MIDPOINT", False)]
)
@given(made=st.lists(steps_and_quotes, max_size=40), count=st.integers(1, 12))
def test_pages_of_any_size_hold_the_same_quotes(
    what: str, ignore_size: bool, made: list[tuple[int, tuple[float, float, float]]], count: int
) -> None:
    quoted, time = list[QuoteTick](), 0
    for step, (bid, ask, size) in made:
        time += step
        quoted.append(QuoteTick(time, bid, ask, size, size))
    fetch = lookup.fetcher(Quoting(quoted), 1, what, since=0, ignore_size=ignore_size)
    whole = list(fetch(0, time + 1))
    assert paged(fetch, 0, time + 1, count) == whole
    new = lookup.changes(what, ignore_size=ignore_size)
    assert whole == [quote for quote in quoted if new(quote)]


@pytest.mark.parametrize("what", ["BID_ASK", "MIDPOINT"])
def test_an_hour_of_a_market_is_the_same_in_pages_of_any_size(what: str) -> None:
    model = generated(seed=1, feed="consistent", always_open=True)
    end = parse("2026-01-09T16:00")
    start = end - 60 * MINUTE
    fetch = lookup.fetcher(model, 265598, what, since=start - 60 * MINUTE)
    pages = [paged(fetch, start, end, count) for count in (37, 1_000)]
    assert pages[0] == pages[1] == list(fetch(start, end)) != []
