"""Sets of time as lists of ranges [start, end), sorted and disjoint: what two have in common, and not."""

from collections.abc import Iterable, Sequence

from data_processing.coverage import Range, missing, union

EVER = -(2**62), 2**62
"""Wider than any time in nanoseconds, and safe to add to."""


def intersect(one: Iterable[Range], other: Iterable[Range]) -> list[Range]:
    """What lies in both.

    >>> intersect([(0, 4), (6, 9)], [(3, 7)])
    [(3, 4), (6, 7)]
    """
    left, right = union(one), union(other)
    found, i, k = list[Range](), 0, 0
    while i < len(left) and k < len(right):
        start, end = max(left[i][0], right[k][0]), min(left[i][1], right[k][1])
        if start < end:
            found.append((start, end))
        if left[i][1] < right[k][1]:
            i += 1
        else:
            k += 1
    return found


def subtract(one: Iterable[Range], other: Iterable[Range]) -> list[Range]:
    """What lies in `one` only.

    >>> subtract([(0, 4), (6, 9)], [(3, 7)])
    [(0, 3), (7, 9)]
    """
    return intersect(one, missing(other, *EVER))


def length(ranges: Sequence[Range]) -> int:
    """How much time a set of disjoint ranges is."""
    return sum(end - start for start, end in ranges)
