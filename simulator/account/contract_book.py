"""The trades of one contract since midnight, on top of what was held then."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import msgspec

from market.errors import BadRequest
from simulator.account import commissions
from simulator.account.commissions import Execution
from simulator.account.holding import Holding
from simulator.exchange.api import ZERO, Fill
from simulator.model.api import Listing


class Booking(msgspec.Struct, frozen=True):
    """A fill as booked; `fee` and `realised` are in the currencies of the commission and of the contract."""

    fill: Fill
    execution: Execution
    fee: Decimal
    realised: Decimal | None = None


class ContractBook:
    """Replays its bookings when one is corrected; those of earlier days are settled and stay.

    A commission enters the cost where it is in the contract's currency. Forex pays it in the account's,
    apart from its cost.
    """

    def __init__(self, listing: Listing, opening: Holding | None = None) -> None:
        self.listing = listing
        self.unit = Decimal(repr(listing.instrument.multiplier))
        """What one contract is, in currency per point."""
        self.fees_apart = listing.instrument.sec_type == "CASH"
        """Whether commissions stay out of the cost."""
        self.opening = self.holding = opening or Holding()
        self.realised = self.fees = ZERO
        """Since midnight, in the currencies of the contract and of the commission."""
        self._bookings: dict[str, Booking] = {}
        self._orders: dict[int, list[str]] = {}

    @property
    def executions(self) -> list[Execution]:
        """What was traded since midnight."""
        return [each.execution for each in self._bookings.values()]

    @property
    def spent(self) -> Decimal:
        """What was paid since midnight, less what was received, in the contract's currency."""
        return self.holding.cost - self.opening.cost - self.realised

    def cash(self) -> Iterator[tuple[str, Decimal]]:
        """What the trades since midnight did to cash, by currency."""
        it = self.listing.instrument
        yield it.currency, -self.spent
        if self.fees_apart:
            yield commissions.currency_of(it), -self.fees
            yield it.symbol, self.holding.quantity - self.opening.quantity

    def add(self, fill: Fill, volume: Decimal, rate: Callable[[], Decimal]) -> Booking:
        """Book a fill, or the correction of one; raise `BadRequest` for one out of turn.

        `volume` is the month's trading that decides the tier, `rate` turns the contract's currency into the
        commission's.
        """
        stem, number = _split(fill.exec_id)
        earlier = self._bookings.get(stem)
        expected = 1 if earlier is None else _split(earlier.fill.exec_id)[1] + 1
        if number != expected:
            raise BadRequest(f"execution {fill.exec_id} is out of turn; .{expected:02d} comes next today")
        value = fill.quantity * fill.price * self.unit * rate()
        execution = Execution(fill.order.ticket.sign, fill.quantity, fill.price, value)
        self._bookings[stem] = Booking(fill, execution, self._fee(stem, fill, execution, volume))
        if earlier is None:
            self._orders.setdefault(fill.order.perm_id, []).append(stem)
            self._apply(stem)
        else:
            self._replay()
        return self._bookings[stem]

    def settle(self) -> None:
        """Midnight: what is held now is what the new day begins with."""
        self.opening = self.holding
        self.realised = self.fees = ZERO
        self._bookings.clear()
        self._orders.clear()

    def _fee(self, stem: str, fill: Fill, execution: Execution, volume: Decimal) -> Decimal:
        """What this one adds to the commission of its order, whose minimum is paid once."""
        others = [self._bookings[key] for key in self._orders.get(fill.order.perm_id, ()) if key != stem]
        executions = [*(each.execution for each in others), execution]
        total = commissions.of_order(self.listing.instrument, executions, volume)
        return total - sum((each.fee for each in others), ZERO)

    def _replay(self) -> None:
        self.holding = self.opening
        self.realised = self.fees = ZERO
        for stem in self._bookings:
            self._apply(stem)

    def _apply(self, stem: str) -> None:
        each = self._bookings[stem]
        fee = ZERO if self.fees_apart else each.fee
        self.holding, realised = self.holding.after(each.fill.signed, each.fill.price * self.unit, fee)
        self.realised += realised or ZERO
        self.fees += each.fee
        self._bookings[stem] = msgspec.structs.replace(each, realised=realised)


def _split(exec_id: str) -> tuple[str, int]:
    stem, _, number = exec_id.rpartition(".")
    if not stem or not number.isdigit():
        raise BadRequest(f"execution id {exec_id!r} does not end in a number such as .01")
    return stem, int(number)
