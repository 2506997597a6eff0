"""When a stop or a touch is reached, and how a trailing stop moves: pure rules.

IB's default trigger is the last trade; where nothing is printed (forex) the quote: the ask for a purchase,
the bid for a sale.
"""

from decimal import Decimal

from simulator.exchange.api import Kind, Ticket
from simulator.exchange.book import Working
from simulator.exchange.matching import Touch

TRIGGERED: tuple[Kind, ...] = ("STP", "STP LMT", "TRAIL", "TRAIL LIMIT", "MIT", "LIT")
TRAILING: tuple[Kind, ...] = ("TRAIL", "TRAIL LIMIT")
CLOSING: tuple[Kind, ...] = ("MOC", "LOC")
LIMITED: tuple[Kind, ...] = ("LMT", "STP LMT", "LOC", "LIT")
_TOUCHED: tuple[Kind, ...] = ("MIT", "LIT")


def waits(working: Working) -> bool:
    """Is it an order whose trigger has not been reached?"""
    return working.ticket.kind in TRIGGERED and not working.triggered


def quote_price(ticket: Ticket, touch: Touch) -> Decimal | None:
    """The price that triggers an order of a contract without prints."""
    side = touch.other(ticket.action)
    return side.price if side else None


def first_stop(ticket: Ticket) -> Decimal | None:
    """Where the trigger stands when the order comes; None for a trail that starts at the market's price.

    Clients fill in prices that the kind does not use; they mean nothing.
    """
    if ticket.kind in TRAILING:
        return ticket.trail_stop
    return ticket.stop if ticket.kind in TRIGGERED else None


def first_limit(ticket: Ticket) -> Decimal | None:
    """The limit of an order that has a fixed one."""
    return ticket.limit if ticket.kind in LIMITED else None


def reached(ticket: Ticket, stop: Decimal, price: Decimal) -> bool:
    """Does `price` set the order off?

    A stop waits for the market to run away from it (above for a purchase), a touch for it to come near.
    """
    upwards = (ticket.action == "BUY") != (ticket.kind in _TOUCHED)
    return price >= stop if upwards else price <= stop


def trailed(ticket: Ticket, stop: Decimal | None, price: Decimal, step: Decimal) -> Decimal:
    """Where a trailing stop stands after `price`: it only ever follows the market in the favourable way.

    It lies on the contract's price grid, whose mesh is `step`.
    """
    if ticket.trail_percent is not None:
        distance = price * ticket.trail_percent / 100
    else:
        assert ticket.stop is not None
        distance = ticket.stop
    fresh = round((price + ticket.sign * distance) / step) * step
    if stop is None:
        return fresh
    return min(stop, fresh) if ticket.action == "BUY" else max(stop, fresh)


def limit_at(ticket: Ticket, stop: Decimal | None) -> Decimal | None:
    """The limit that a triggered order works at; None for one that becomes a market order."""
    if ticket.kind != "TRAIL LIMIT":
        return first_limit(ticket)
    assert stop is not None
    return stop + ticket.sign * limit_offset(ticket)


def limit_offset(ticket: Ticket) -> Decimal:
    """How far beyond its stop the limit of a TRAIL LIMIT lies; told, or by its first stop and limit."""
    if ticket.limit_offset is not None:
        return ticket.limit_offset
    assert ticket.limit is not None
    assert ticket.trail_stop is not None
    return (ticket.limit - ticket.trail_stop) * ticket.sign
