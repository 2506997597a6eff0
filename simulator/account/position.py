"""A position as the account window shows it."""

from decimal import Decimal

import msgspec

from market.instrument import Instrument
from simulator.exchange.api import ZERO
from simulator.model.api import Listing

CENT = Decimal("0.01")


class Position(msgspec.Struct, frozen=True):
    """What is held of a contract, priced; money is in the contract's currency.

    `cost` is of the whole, commissions included, `price` that of one unit of the underlying, `realised` since
    midnight. `quantity` is 0 once it is closed.
    """

    listing: Listing
    quantity: Decimal
    cost: Decimal
    price: Decimal
    realised: Decimal

    @property
    def instrument(self) -> Instrument:
        return self.listing.instrument

    @property
    def unit(self) -> Decimal:
        """The contract's multiplier."""
        return Decimal(repr(self.instrument.multiplier))

    @property
    def average_cost(self) -> Decimal:
        """Of one contract, its multiplier included, as IB gives it."""
        return self.cost / self.quantity if self.quantity else ZERO

    @property
    def value(self) -> Decimal:
        """To a cent, as every sum of the account uses it."""
        return (self.quantity * self.price * self.unit).quantize(CENT)

    @property
    def unrealised(self) -> Decimal:
        return self.value - self.cost
