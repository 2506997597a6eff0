from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from data_processing.coverage import Range, missing, union, without

RANGES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


def points(ranges: Sequence[Range]) -> set[int]:
    return {point for start, end in ranges for point in range(start, end)}


@given(RANGES)
def test_a_union_is_the_same_set_sorted_and_disjoint(ranges: list[Range]) -> None:
    merged = union(ranges)
    assert points(merged) == points(ranges)
    edges = [edge for each in merged for edge in each]
    assert edges == sorted(set(edges))


@given(RANGES, st.integers(0, 30), st.integers(0, 30))
def test_what_is_missing_is_the_rest(ranges: list[Range], start: int, end: int) -> None:
    assert points(missing(ranges, start, end)) == set(range(start, end)) - points(ranges)


@given(RANGES, st.integers(0, 30), st.integers(0, 30))
def test_a_hole_is_cut_out(ranges: list[Range], start: int, end: int) -> None:
    assert points(without(ranges, (start, max(start, end)))) == points(ranges) - set(range(start, end))
