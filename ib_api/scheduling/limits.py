"""How much IB allows a login, and how far we stay away from it."""

from typing import Self

import msgspec

from market.errors import BadRequest

SMALL_BAR_SECONDS = 30
"""Bars up to this size are rationed; for larger ones IB has lifted the hard limits."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What we use at most; the defaults are those of a login with 100 market-data lines.

    `messages` per second: IB drops connections above half the lines; a tenth is left to what is in flight,
    and the last `order_reserve` of them to orders and cancels. `kept_reserved` of the `open_history` places
    are left to bars that are kept up to date. `margin` (seconds) lengthens every period of IB's rules, since
    a request that is sent evenly need not arrive so.
    """

    lines: int = 100
    tick_by_tick: int = 5
    depth: int = 3
    open_history: int = 50
    kept_reserved: int = 10
    small_history: int = 60
    messages: int = 45
    order_reserve: int = 5
    margin: float = 0.25

    @classmethod
    def of(cls, lines: int) -> Self:
        """The limits that follow from the number of lines, as IB's page on market-data lines has them.

        >>> Limits.of(400).tick_by_tick, Limits.of(400).depth, Limits.of(400).messages
        (20, 4, 180)
        """
        if lines < 2:
            raise BadRequest(f"{lines} market-data lines are none; IB gives every login 100")
        messages = max(1, lines // 2 * 9 // 10)
        return cls(
            lines=lines,
            tick_by_tick=max(5, lines // 20),
            depth=max(3, lines // 100),
            messages=messages,
            order_reserve=messages // 9,
        )
