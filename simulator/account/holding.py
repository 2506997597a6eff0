"""What is held of one contract and what it cost; pure arithmetic."""

from decimal import Decimal

import msgspec

from simulator.exchange.api import ZERO

# Far finer than a cent; what is cut off here stays in the other share, so that sums are exact.
_FINEST = Decimal("1e-12")


class Holding(msgspec.Struct, frozen=True):
    """`quantity` is negative when short; `cost` has its sign and includes commissions, as IB's average does.

    The cost is of the whole, in the contract's currency. IB keeps an average cost, not lots: a sale takes its
    share of the whole.
    """

    quantity: Decimal = ZERO
    cost: Decimal = ZERO

    @property
    def average(self) -> Decimal:
        """The cost of one contract, its multiplier included; 0 when nothing is held."""
        return self.cost / self.quantity if self.quantity else ZERO

    def after(self, signed: Decimal, unit: Decimal, fee: Decimal) -> tuple["Holding", Decimal | None]:
        """The holding after a trade, and what it realised (None when it only opened).

        `signed` is what was bought (sold: negative), `unit` the price of one contract with its multiplier.

        >>> held, _ = Holding().after(Decimal(100), Decimal(10), Decimal(1))
        >>> held.average
        Decimal('10.01')
        >>> held, realised = held.after(Decimal(-150), Decimal(11), Decimal(3))
        >>> held.quantity, held.average == Decimal("10.98"), realised == 97
        (Decimal('-50'), True, True)
        """
        value = signed * unit
        if self.quantity * signed >= 0:
            return Holding(self.quantity + signed, self.cost + value + fee), None
        closed = min(abs(signed), abs(self.quantity))
        gone = _share(self.cost, closed, abs(self.quantity))
        realised = -closed.copy_sign(signed) * unit - _share(fee, closed, abs(signed)) - gone
        return Holding(self.quantity + signed, self.cost + value + fee + realised), realised


def _share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    return amount if part == whole else (amount * part / whole).quantize(_FINEST)
