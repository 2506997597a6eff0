"""Fills for tests of the account, made without an exchange."""

from decimal import Decimal
from itertools import count

from market.clock import DrivenClock
from market.instrument import Instrument
from simulator.account import Ledger
from simulator.exchange.api import Action, Fill, Order, Ticket
from simulator.model.api import Listing
from tests.simulator.fake_model import ES, EURUSD, FRIDAY_NOON, HEAD, LISTINGS, FakeModel

AAPL, AMZN, RHM = LISTINGS[0], LISTINGS[1], LISTINGS[2]
EURO = next(each for each in LISTINGS if each.instrument is EURUSD)
FUTURE = next(each for each in LISTINGS if each.instrument is ES)
BITCOIN = Listing(
    instrument=Instrument(
        contract_id=479624278, symbol="BTC", sec_type="CRYPTO", exchange="PAXOS", currency="USD"
    ),
    head=HEAD,
)
_NUMBERS = count(1)


def option(right: str, strike: float) -> Listing:
    """An option on AAPL."""
    return Listing(
        instrument=Instrument(
            contract_id=700_000 + int(strike) * 2 + (right == "C"),
            symbol="AAPL",
            sec_type="OPT",
            exchange="SMART",
            currency="USD",
            expiry="20261218",
            strike=strike,
            right=right,
            multiplier=100.0,
        ),
        head=HEAD,
    )


def ticket(listing: Listing, quantity: str | int) -> Ticket:
    """A market order; a negative quantity sells."""
    signed = Decimal(quantity)
    action: Action = "BUY" if signed > 0 else "SELL"
    return Ticket(
        client_id=1,
        order_id=1,
        account="DU1",
        listing=listing,
        action=action,
        quantity=abs(signed),
        kind="MKT",
    )


def fill(
    listing: Listing,
    quantity: str | int,
    price: str | int,
    *,
    exec_id: str | None = None,
    perm_id: int | None = None,
) -> Fill:
    """A fill of an order of its own, unless `perm_id` names one; a negative quantity sells."""
    number = next(_NUMBERS)
    wanted = ticket(listing, quantity)
    order = Order(ticket=wanted, perm_id=perm_id or number, status="Filled", placed=FRIDAY_NOON)
    return Fill(
        exec_id=exec_id or f"0001f4e8.{number:08x}.01",
        time=FRIDAY_NOON,
        order=order,
        quantity=wanted.quantity,
        price=Decimal(price),
        venue="SMART",
    )


def ledger(clock: DrivenClock | None = None) -> Ledger:
    """One over the small fake market."""
    return Ledger(FakeModel(), clock or DrivenClock(FRIDAY_NOON), "DU1")
