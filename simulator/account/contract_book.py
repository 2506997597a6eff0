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
        self.opening = opening or Holding()
        self.holding = self.opening
        self.realised = ZERO
        self._bookings: dict[str, Booking] = {}

    @property
    def unit(self) -> Decimal:
        """What one contract is, in currency per point."""
        return Decimal(repr(self.listing.instrument.multiplier))

    @property
    def fees_apart(self) -> bool:
        """Whether commissions stay out of the cost."""
        return self.listing.instrument.sec_type == "CASH"

    @property
    def fees(self) -> Decimal:
        """The commissions since midnight, in the commission's currency."""
        return sum((each.fee for each in self._bookings.values()), ZERO)

    @property
    def executions(self) -> list[Execution]:
        """What was traded since midnight."""
        return [each.execution for each in self._bookings.values()]

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
        self._replay()
        return self._bookings[stem]

    @property
    def spent(self) -> Decimal:
        """What entered the cost or left it since midnight, net of what was realised: cash the other way."""
        return self.holding.cost - self.opening.cost - self.realised

    def cash(self) -> Iterator[tuple[str, Decimal]]:
        """What the trades since midnight did to cash, by currency."""
        it = self.listing.instrument
        for each in self._bookings.values():
            yield it.currency, -each.fill.signed * each.fill.price * self.unit
            yield commissions.currency_of(it), -each.fee
            if it.sec_type == "CASH":
                yield it.symbol, each.fill.signed

    def settle(self) -> None:
        """Midnight: what is held now is what the new day begins with."""
        self.opening, self.realised = self.holding, ZERO
        self._bookings.clear()

    def _fee(self, stem: str, fill: Fill, execution: Execution, volume: Decimal) -> Decimal:
        """What this one adds to the commission of its order, whose minimum is paid once."""
        others = [
            each
            for key, each in self._bookings.items()
            if key != stem and each.fill.order.perm_id == fill.order.perm_id
        ]
        executions = [*(each.execution for each in others), execution]
        total = commissions.of_order(self.listing.instrument, executions, volume)
        return total - sum((each.fee for each in others), ZERO)

    def _replay(self) -> None:
        self.holding, self.realised = self.opening, ZERO
        for stem, each in self._bookings.items():
            fee = ZERO if self.fees_apart else each.fee
            self.holding, realised = self.holding.after(each.fill.signed, each.fill.price * self.unit, fee)
            self.realised += realised or ZERO
            self._bookings[stem] = msgspec.structs.replace(each, realised=realised)


def _split(exec_id: str) -> tuple[str, int]:
    stem, _, number = exec_id.rpartition(".")
    if not stem or not number.isdigit():
        raise BadRequest(f"execution id {exec_id!r} does not end in a number such as .01")
    return stem, int(number)
