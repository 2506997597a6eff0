"""What an order gets from the quote or the print that it meets: pure rules.

An order that comes to the market takes the best price of the other side, up to the size displayed there.
What remains of a limit order rests; it fills at its own limit when the other side comes to it, or when a
print goes at its limit or through it.
"""

from decimal import ROUND_DOWN, Decimal

import msgspec

from simulator.exchange.api import ZERO, Action
from simulator.model.api import QuoteTick, TradeTick


def exact(value: float) -> Decimal:
    """A market's float as it is written.

    >>> exact(0.1)
    Decimal('0.1')
    """
    return Decimal(repr(value))


class Side(msgspec.Struct, frozen=True):
    """One side of the quote: a price, the size displayed, and what our orders have left of it."""

    price: Decimal
    shown: Decimal
    left: Decimal


class Touch(msgspec.Struct, frozen=True):
    """The best bid and offer as our orders find it; a side that nobody quotes is None."""

    bid: Side | None = None
    ask: Side | None = None

    def other(self, action: Action) -> Side | None:
        """What an order of that side meets."""
        return self.ask if action == "BUY" else self.bid

    def moved(self, tick: QuoteTick) -> "Touch":
        """After a new quote; a side that did not change is still used up."""
        bid = _side(self.bid, tick.bid, tick.bid_size)
        return Touch(bid, _side(self.ask, tick.ask, tick.ask_size))

    def taken(self, action: Action, quantity: Decimal) -> "Touch":
        """After an order of that side took `quantity`."""
        side = self.other(action)
        assert side is not None
        rest = Side(side.price, side.shown, side.left - quantity)
        return Touch(self.bid, rest) if action == "BUY" else Touch(rest, self.ask)


def _side(before: Side | None, price: float, size: float) -> Side | None:
    if price <= 0 or size <= 0:
        return None
    new = Side(exact(price), exact(size), exact(size))
    unchanged = before is not None and (before.price, before.shown) == (new.price, new.shown)
    return before if unchanged else new


class Want(msgspec.Struct, frozen=True):
    """What an order asks of the market now: a market order has no limit, `step` is the smallest quantity."""

    action: Action
    quantity: Decimal
    limit: Decimal | None
    step: Decimal

    def accepts(self, price: Decimal) -> bool:
        """Is `price` no worse than the limit?"""
        if self.limit is None:
            return True
        return price <= self.limit if self.action == "BUY" else price >= self.limit

    def part(self, size: Decimal) -> Decimal:
        """How much of the wish `size` can serve."""
        available = min(self.quantity, size)
        return (available / self.step).to_integral_value(ROUND_DOWN) * self.step


class Match(msgspec.Struct, frozen=True):
    """What fills, at what. `shown` if it uses up displayed size; `rested` if the order stood there before."""

    quantity: Decimal
    price: Decimal
    shown: bool
    rested: bool


def meet_quote(want: Want, touch: Touch, rested: bool) -> Match | None:
    """What `want` gets from the quote: at its price, but at the own limit for one that `rested`."""
    side = touch.other(want.action)
    if side is None or not want.accepts(side.price):
        return None
    quantity = want.part(side.left)
    price = want.limit if rested and want.limit is not None else side.price
    return Match(quantity, price, shown=True, rested=rested) if quantity > ZERO else None


def meet_trade(want: Want, tick: TradeTick, left: Decimal) -> Match | None:
    """What a resting limit order gets of a print, of whose size `left` has not gone to others of ours."""
    if want.limit is None or not tick.last or not want.accepts(exact(tick.price)):
        return None
    quantity = want.part(left)
    return Match(quantity, want.limit, shown=False, rested=True) if quantity > ZERO else None
