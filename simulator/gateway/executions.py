"""Which executions a client is shown when it asks for them."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from market.times import from_datetime, to_datetime
from simulator.exchange.api import Fill
from simulator.gateway import order_values, refusals
from simulator.gateway.dates import GATEWAY_ZONE, parse_moment
from simulator.refused import Refused
from simulator.wire import messages, order_messages
from simulator.wire.order_requests import ExecutionsRequest

if TYPE_CHECKING:
    from simulator.gateway.session import Session

_MOST_DAYS = 7
_SIDES = {"BUY": "BOT", "SELL": "SLD"}


def midnight(now: int) -> int:
    """When the gateway's day began: executions and completed orders are served since then."""
    return from_datetime(_local(now).replace(hour=0, minute=0, second=0, microsecond=0))


def _local(time: int) -> datetime:
    return to_datetime(time).astimezone(ZoneInfo(GATEWAY_ZONE))


def show(session: "Session", request: ExecutionsRequest) -> None:
    """Send what fits, each execution with its commission, and the end.

    A client sees its own executions; client id 0 and the master client see all.
    """
    since = _since(request, session.now)
    for fill, report in session.services.exchange.fills:
        if _visible(session, fill) and _fits(fill, request, since):
            values = order_values.execution(fill, request.request_id, session.version)
            session.send(
                order_messages.execution(session.version, values),
                order_messages.commission(session.version, order_values.commission(report)),
            )
    session.send(messages.execution_data_end(session.version, request.request_id))


def _visible(session: "Session", fill: Fill) -> bool:
    return session.client_id == 0 or session.services.orders.sees(session, fill.order)


def _since(request: ExecutionsRequest, now: int) -> int:
    """Midnight; with `last_days` an earlier one, of a week ago at most; the dates asked for choose later."""
    days = _MOST_DAYS if request.dates else min(max(request.last_days, 1), _MOST_DAYS)
    since = midnight(from_datetime(_local(now) - timedelta(days=days - 1)))
    return max(since, _moment(request.time)) if request.time else since


def _moment(text: str) -> int:
    """The filter's time; without a zone it is the gateway's, unlike elsewhere."""
    zoned = text if "-" in text or text.count(" ") > 1 else f"{text} {GATEWAY_ZONE}"
    try:
        return parse_moment(zoned)
    except Refused:
        raise refusals.invalid(f"Invalid time of executions: {text}") from None


def _fits(fill: Fill, request: ExecutionsRequest, since: int) -> bool:
    it, ticket = fill.listing.instrument, fill.order.ticket
    asked = (
        (request.account, ticket.account),
        (request.symbol, it.symbol),
        (request.sec_type, it.sec_type),
        (request.exchange, fill.venue),
        (_SIDES.get(request.side.upper(), request.side), order_values.side(ticket)),
    )
    return (
        fill.time >= since
        and request.client_id in (0, ticket.client_id)
        and (not request.dates or f"{_local(fill.time):%Y%m%d}" in request.dates)
        and all(not wanted or wanted.upper() == has.upper() for wanted, has in asked)
    )
