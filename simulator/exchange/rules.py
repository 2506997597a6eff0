"""What IB refuses before an order works: the first rule broken decides, with IB's code and text.

How sure we are stands beside each rule: *documented* is IB's table of message codes, *seen* a message quoted
by users of the real TWS, *guess* our reading of that table.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal

from simulator.exchange.api import ZERO, MarginPreview, Order, Ticket
from simulator.exchange.triggers import CLOSING, LIMITED, TRAILING, TRIGGERED, first_limit, first_stop
from simulator.model.api import Listing
from simulator.refused import Refused

Increment = Callable[[Listing, Decimal], Decimal]
"""The smallest step of a contract's price at a price."""

MAX_WORKING = 20
_FAR = Decimal("0.1")


def min_tick(listing: Listing, price: Decimal) -> Decimal:
    """One increment at every price."""
    return Decimal(repr(listing.instrument.min_tick))


def check(ticket: Ticket, increment: Increment, now: int) -> None:
    """Raise `Refused` for an order that could not work in any market."""
    if ticket.listing.instrument.sec_type == "IND":
        # Documented; for an index a guess.
        raise Refused(387, "Unsupported order type for this exchange and security type.")
    _check_size(ticket)
    _check_complete(ticket)
    _check_tif(ticket, now)
    for price in (first_limit(ticket), first_stop(ticket)):
        if price is not None and price % increment(ticket.listing, price):
            # Documented.
            raise Refused(110, "The price does not conform to the minimum price variation for this contract.")


def _check_size(ticket: Ticket) -> None:
    if ticket.quantity <= ZERO:
        raise Refused(434, "The order size cannot be zero.")  # documented
    if not ticket.listing.fractional and ticket.quantity % 1:
        # Seen.
        text = "Please use desktop version to place this order."
        raise Refused(10243, f"Fractional-sized order cannot be placed via API. {text}")


def _check_complete(ticket: Ticket) -> None:
    kind = ticket.kind
    if kind in TRAILING:
        _check_trail(ticket)
    elif (kind in LIMITED and ticket.limit is None) or (kind in TRIGGERED and ticket.stop is None):
        raise Refused(107, "Cannot transmit incomplete order.")  # documented; for these kinds a guess


def _check_trail(ticket: Ticket) -> None:
    if ticket.trail_percent is None and ticket.stop is None:
        raise Refused(158, "You must specify an offset amount or a percent offset value.")  # documented
    if ticket.trail_percent is not None and not 0 < ticket.trail_percent < 100:
        raise Refused(159, "The percent offset value must be between 0% and 100%.")  # documented
    by_prices = ticket.limit is not None and ticket.trail_stop is not None
    if ticket.kind == "TRAIL LIMIT" and ticket.limit_offset is None and not by_prices:
        raise Refused(107, "Cannot transmit incomplete order.")  # a guess, as above


def _check_tif(ticket: Ticket, now: int) -> None:
    if ticket.kind in CLOSING and ticket.tif != "DAY":
        # Documented.
        raise Refused(113, "The Tif option should be set to DAY for MOC and LOC orders.")
    if ticket.kind in TRIGGERED and ticket.tif in ("IOC", "FOK"):
        # Documented; for these kinds a guess.
        raise Refused(111, "The TIF (Tif type) and the order type are incompatible.")
    if ticket.tif == "GTD" and (ticket.good_till is None or ticket.good_till <= now):
        # Documented; for a date that is missing a guess.
        raise Refused(343, "The date, time, or time-zone entered is invalid.")


def check_change(old: Order, new: Ticket) -> None:
    """Raise `Refused` for a change that IB does not make: only prices, size, kind and terms may differ."""
    was = old.ticket
    same = (was.listing.instrument.contract_id, was.action, was.account)
    if (new.listing.instrument.contract_id, new.action, new.account) != same:
        raise Refused(105, "Order being modified does not match original order.")  # documented
    if new.parent_id != was.parent_id:
        raise Refused(10341, "Parent order id cannot be modified")  # seen
    if new.quantity <= old.filled:
        raise Refused(104, "Cannot modify a filled order.")  # documented; for a part a guess


def check_parent(parent: Order | None) -> None:
    """Raise `Refused` for a child whose parent is done already, whether filled or cancelled."""
    if parent is not None and not parent.open:
        raise rejected("Parent order is being cancelled.")  # seen, in both cases


def check_count(ticket: Ticket, working: Iterable[Ticket]) -> None:
    """Raise `Refused` when the account has as many orders on this side of the contract as IB allows."""
    mine = (ticket.listing.instrument.contract_id, ticket.action, ticket.account)
    same = sum((t.listing.instrument.contract_id, t.action, t.account) == mine for t in working)
    if same >= MAX_WORKING:
        text = (  # seen, with 15 for 20
            f"Your account has a minimum of {MAX_WORKING} orders working on either the buy or sell side "
            "for this particular contract"
        )
        raise rejected(text)


def too_far(ticket: Ticket, market: Callable[[], Decimal | None]) -> bool:
    """Is it a limit in forex so far from the market's price that IB lets it lie Inactive?

    That it does is recorded; how far is far is a guess.
    """
    limit = first_limit(ticket)
    if ticket.listing.instrument.sec_type != "CASH" or limit is None:
        return False
    price = market()
    return price is not None and abs(limit - price) > price * _FAR


def check_margin(preview: MarginPreview) -> None:
    """Raise `Refused` when the account could not carry what the order makes of it."""
    equity, needed, currency = preview.equity[2], preview.initial[2], preview.currency
    if preview.initial[1] > ZERO and equity < needed:
        text = (  # seen
            "YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH LOAN VALUE "
            f"[{equity:.2f} {currency}] MUST EXCEED THE INITIAL MARGIN [{needed:.2f} {currency}]"
        )
        raise rejected(text)


def rejected(reason: str) -> Refused:
    """IB's general refusal of an order."""
    return Refused(201, f"Order rejected - reason:{reason}")
