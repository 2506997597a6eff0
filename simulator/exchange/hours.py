"""When an order works, and when it ends by itself."""

from market.events import Hours
from simulator.exchange.api import Ticket
from simulator.exchange.triggers import CLOSING
from simulator.model.api import MarketModel, Session
from simulator.model.calendar import next_session


def hours_of(ticket: Ticket) -> Hours:
    """The part of the day in which it may trade; what is for the close belongs to the regular session."""
    return "all" if ticket.outside_rth and ticket.kind not in CLOSING else "rth"


def works(ticket: Ticket, session: Session | None, now: int) -> bool:
    """Is the market open for this order?"""
    if session is None:
        return False
    opened, closed = session.bounds(hours_of(ticket))
    return opened <= now < closed


def coming(model: MarketModel, ticket: Ticket, now: int) -> Session | None:
    """The session in which it works or will work next."""
    return next_session(model, ticket.listing.instrument.contract_id, now, hours_of(ticket))


def expiry(model: MarketModel, ticket: Ticket, now: int) -> int | None:
    """When it ends by itself: a DAY order with the session it belongs to, a GTD at its time."""
    if ticket.tif == "GTD":
        return ticket.good_till
    if ticket.tif != "DAY" or ticket.kind in CLOSING:
        return None  # an order for the close ends with the auction
    session = coming(model, ticket, now)
    return session.bounds(hours_of(ticket))[1] if session else None
