"""Sets of moments as ranges: what history has answered for good, and what that leaves out. Pure."""

from collections.abc import Iterable

Range = tuple[int, int]


def union(ranges: Iterable[Range]) -> list[Range]:
    """The same set as sorted, disjoint ranges.

    >>> union([(5, 7), (0, 2), (2, 3)])
    [(0, 3), (5, 7)]
    """
    merged = list[Range]()
    for start, end in sorted(each for each in ranges if each[0] < each[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def missing(ranges: Iterable[Range], start: int, end: int) -> list[Range]:
    """What of [start, end) the ranges leave out.

    >>> missing([(2, 3), (5, 7)], 0, 6)
    [(0, 2), (3, 5)]
    """
    holes = list[Range]()
    for first, last in union(ranges):
        if first > start:
            holes.append((start, min(first, end)))
        start = max(start, last)
    return [hole for hole in (*holes, (start, end)) if hole[0] < hole[1]]


def without(ranges: Iterable[Range], hole: Range) -> list[Range]:
    """What the ranges have outside `hole`.

    >>> without([(0, 9)], (3, 5))
    [(0, 3), (5, 9)]
    """
    return [piece for start, end in ranges for piece in missing([hole], start, end)]
