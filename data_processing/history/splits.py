"""Splits, found where new bars meet stored ones.

IB adjusts prices of TRADES for splits at the time of asking, so a ratio that is the same for all bars of an
overlap, and clearly not one, tells of a split since they were stored.
"""

from collections.abc import Sequence
from statistics import median

# No split is nearer to one than 21:20; rounding to a cent is nearer than a thousandth above 10.
_SPLIT_FROM, _CONSTANT_WITHIN = 0.04, 0.005
_ENOUGH = 3


def constant_ratio(pairs: Sequence[tuple[float, float]]) -> float | None:
    """The ratio of (new, stored) prices if it is the same for all and clearly not one; `None` for too few.

    >>> constant_ratio([(25.0, 100.0), (25.5, 102.0), (26.0, 104.0)])
    0.25
    >>> constant_ratio([(100.0, 100.0), (25.5, 102.0), (26.0, 104.0)])
    """
    ratios = [new / old for new, old in pairs if old]
    if len(ratios) < _ENOUGH:
        return None
    middle = median(ratios)
    constant = all(abs(ratio / middle - 1) < _CONSTANT_WITHIN for ratio in ratios) if middle > 0 else False
    return middle if constant and abs(middle - 1) > _SPLIT_FROM else None
