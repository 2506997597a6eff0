"""What TWS warns of when an order comes while its market is closed."""

from simulator.exchange.api import Ticket
from simulator.exchange.hours import coming, hours_of
from simulator.gateway.dates import write_moment
from simulator.model.api import MarketModel
from simulator.wire.layout import decimal
from simulator.wire.versions import NEWEST


def not_before(model: MarketModel, ticket: Ticket, now: int) -> str:
    """The text of warning 399, with the time at which the order will be placed; empty while it can be now."""
    session = coming(model, ticket, now)
    opens = session.bounds(hours_of(ticket))[0] if session else now
    if opens <= now:
        return ""
    it = ticket.listing.instrument
    what = f"{ticket.action} {decimal(ticket.quantity)} {it.ticker}"
    if it.primary_exchange and it.trading_class:
        what += f" {it.primary_exchange}.{it.trading_class}"
    until = write_moment(opens, it.time_zone, NEWEST)
    return f"Order Message:\n{what}\nWarning: Your order will not be placed at the exchange until {until}."
