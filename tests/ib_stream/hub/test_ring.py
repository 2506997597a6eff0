"""Rings against lists that forget nothing."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_stream.hub import ring
from ib_stream.hub.ring import Event, LatestRing, Ring

PUBLISHED = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 40), st.booleans(), st.integers(0, 4)))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(ring, "KEPT_BYTES", 100)
        patch.setattr(ring, "MOST_BYTES", 200)
        patch.setattr(ring, "KEPT_NANOSECONDS", 30_000)
        yield


def fill(into: Ring, published: list[tuple[int, int, bool, int]]) -> list[tuple[Event, int]]:
    """Events with rising numbers, of any size and key, trimmed now and then."""
    all_events, n = [], 10
    for step, size, trim, key in published:
        n += step
        event = Event(n, n * 1000, b"x" * size, True)
        into.add(event, key)
        all_events.append((event, key))
        if trim:
            into.trim()
    into.trim()
    return all_events


@given(PUBLISHED, st.integers(0, 200))
def test_a_ring_has_the_newest_and_knows_how_many_are_gone(
    published: list[tuple[int, int, bool, int]], n: int
) -> None:
    kept = Ring(3, 10, 5)
    events = [event for event, _ in fill(kept, published)]
    held = events[len(events) - len(kept) :]
    assert kept.after(n) == [event for event in held if event.n > n]
    assert kept.after(kept.floor) == held
    assert len(held) >= min(3, len(events))
    size = sum(len(event.frame) for event in held)
    young = bool(held) and held[-1].received - held[0].received <= 30_000
    assert len(held) <= 3 or size <= 100 or (young and size <= 200)
    gone = events[: len(events) - len(held)]
    assert (kept.floor, kept.floor_received) == ((gone[-1].n, gone[-1].received) if gone else (10, 5))
    assert kept.missed(0) == len(gone)


@given(PUBLISHED, st.integers(0, 200))
def test_a_ring_of_states_has_the_latest_of_each_key(
    published: list[tuple[int, int, bool, int]], n: int
) -> None:
    kept = LatestRing(3, 10, 5)
    latest = {key: event for event, key in fill(kept, published)}
    wanted = sorted((event for event in latest.values() if event.n > kept.floor), key=lambda event: event.n)
    assert kept.after(kept.floor) == wanted
    assert kept.after(n) == [event for event in wanted if event.n > n]
    assert len(wanted) >= min(3, len(latest))
