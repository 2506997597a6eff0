"""Price increments: the ladders that IB calls market rules, each named by a number.

Rules 26, 32, 59, 67 and 239 are those that live gateways tell. 1869 is the liquidity band of 2,000 to 9,000
trades a day in the European tick-size table (Commission Delegated Regulation (EU) 2017/588, annex). The
rules of index and crypto contracts have IB's increments under made-up numbers.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import gcd
from typing import NamedTuple

from simulator.model.api import Listing


class Step(NamedTuple):
    """Prices from `low_edge` on move by `increment`."""

    low_edge: Decimal
    increment: Decimal


def _ladder(*steps: tuple[str, str]) -> Sequence[Step]:
    return tuple(Step(Decimal(edge), Decimal(increment)) for edge, increment in steps)


_EUROPEAN = _ladder(
    *(("0", "0.0001"), ("0.5", "0.0002"), ("1", "0.0005"), ("2", "0.001"), ("5", "0.002"), ("10", "0.005")),
    *(("20", "0.01"), ("50", "0.02"), ("100", "0.05"), ("200", "0.1"), ("500", "0.2"), ("1000", "0.5")),
    *(("2000", "1"), ("5000", "2"), ("10000", "5"), ("20000", "10"), ("50000", "20")),
)

RULES: Mapping[int, Sequence[Step]] = {
    1: _ladder(("0", "0.01")),
    26: _ladder(("0", "0.01")),
    32: _ladder(("0", "0.01")),
    59: _ladder(("0", "0.005")),
    67: _ladder(("0", "0.25")),
    239: _ladder(("0", "0.00005")),
    1869: _EUROPEAN,
    2422: _ladder(("0", "0.25")),
    2423: _ladder(("0", "0.01")),
}
"""Every rule by its number, its ladder from the lowest edge up."""


def increment(listing: Listing, price: Decimal) -> Decimal:
    """The step on which an order's `price` must lie.

    It is the ladder's where the market quotes on the ladder. The simulated market quotes on `min_tick`
    however far its price goes; where that is no multiple of the ladder's step, what both have in common
    counts, so that neither a price that the market shows nor one that the rule allows is refused.
    """
    shown = Decimal(repr(listing.instrument.min_tick))
    rules = listing.instrument.market_rule_ids
    if not rules or rules[0] not in RULES:
        return shown
    ladder = RULES[rules[0]]
    step = ladder[max(0, bisect_right(ladder, abs(price), key=lambda each: each.low_edge) - 1)].increment
    return _in_common(step, shown)


def _in_common(one: Decimal, other: Decimal) -> Decimal:
    """The largest step that divides both.

    >>> _in_common(Decimal("0.05"), Decimal("0.02")), _in_common(Decimal("0.01"), Decimal("0.01"))
    (Decimal('0.01'), Decimal('0.01'))
    """
    exponent = min(int(one.as_tuple().exponent), int(other.as_tuple().exponent), 0)
    scale = Decimal(1).scaleb(-exponent)
    return Decimal(gcd(int(one * scale), int(other * scale))).scaleb(exponent)
