"""What is said of an order, an execution and a commission, by the names of the layouts."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from market.times import to_datetime
from simulator.exchange.api import Commission, Fill, MarginPreview, Order, Ticket
from simulator.gateway.dates import GATEWAY_ZONE, write_moment
from simulator.model.api import Listing
from simulator.wire.fields import number
from simulator.wire.layout import Value, Values, decimal
from simulator.wire.versions import INSTRUMENT_ZONE

_DERIVATIVES = ("FUT", "OPT", "FOP")
_TRIGGERED = ("STP", "STP LMT", "TRAIL", "TRAIL LIMIT", "MIT", "LIT")

# What clients leave at its default, TWS repeats as something else: seen in every recorded order.
_REWRITTEN: dict[str, Value] = {
    "display_size": 0,
    "oca_type": 0,
    "delta_neutral_order_type": "",
    "clearing_intent": "",
    "adjusted_order_type": "",
    "no_auto_price_for_hedge": False,
}


def _double(value: Decimal) -> Decimal:
    """As a double has it: an average of thirds has no end."""
    return Decimal(repr(float(value)))


def _contract(listing: Listing, exchange: str) -> Values:
    it = listing.instrument
    return Values(
        contract_id=it.contract_id,
        symbol=it.symbol,
        sec_type=it.sec_type,
        expiry=it.expiry,
        strike=Decimal(repr(it.strike)) if it.strike else None,
        right=it.right or None,
        multiplier=number(it.multiplier) if it.sec_type in _DERIVATIVES else "",
        exchange=exchange,
        currency=it.currency,
        local_symbol=it.local_symbol,
        trading_class=it.trading_class,
    )


def _terms(order: Order, said: Values) -> Values:
    """An order's terms: what the client said, and over it what the exchange made of that."""
    ticket = order.ticket
    kept = {name: value for name, value in said.items() if _REWRITTEN.get(name, ...) != value}
    return Values(
        kept | _contract(ticket.listing, said.text("exchange")),
        order_id=ticket.order_id,
        action=ticket.action,
        quantity=ticket.quantity,
        order_type=ticket.kind,
        limit=ticket.limit,
        stop=ticket.stop,
        tif=ticket.tif,
        oca_group=ticket.oca_group,
        oca_type=ticket.oca_type or None,
        account=ticket.account,
        client_id=ticket.client_id,
        perm_id=order.perm_id,
        status=order.status,
        trail_stop=None,
        trail_percent=ticket.trail_percent,
        start_stop=_start_stop(order),
        limit_offset=ticket.limit_offset,
    )


def _start_stop(order: Order) -> Decimal | None:
    """Where a trailing stop stands. Of a limit order TWS says, strangely, its limit and 1 (recorded)."""
    ticket = order.ticket
    if ticket.kind == "LMT" and ticket.limit is not None:
        return ticket.limit + 1
    return order.stop if ticket.kind in ("TRAIL", "TRAIL LIMIT") else None


def open_order(order: Order, said: Values, charged: Decimal | None = None, currency: str = "") -> Values:
    """For message 5; `charged` is the commission so far, in `currency`, where TWS names it."""
    return Values(
        _terms(order, said),
        shares_allocation=f"{order.perm_id}.0/{order.ticket.account}/100",
        commission=charged,
        commission_currency=currency,
    )


def preview(order: Order, said: Values, margin: MarginPreview) -> Values:
    """For message 5 as the answer to a what-if."""
    values = open_order(order, said, margin.commission, margin.commission_currency)
    for name in ("initial", "maintenance", "equity"):
        for when, amount in zip(("before", "change", "after"), getattr(margin, name), strict=True):
            values[f"{name}_{when}"] = amount
    values["least_commission"] = values["most_commission"] = margin.commission
    return values


def status(order: Order, parent: Order | None) -> Values:
    """For message 3."""
    return Values(
        order_id=order.ticket.order_id,
        status=order.status,
        filled=order.filled,
        remaining=order.remaining,
        average_price=_double(order.average_price),
        perm_id=order.perm_id,
        parent_id=order.ticket.parent_id,
        last_price=order.last_price,
        client_id=order.ticket.client_id,
        why_held=_why_held(order, parent),
    )


def _why_held(order: Order, parent: Order | None) -> str:
    """What a PreSubmitted order waits for. The words are those of TWS; that it joins them is a guess."""
    if order.status != "PreSubmitted":
        return ""
    waits = ("child", parent is not None and not parent.filled), ("trigger", order.ticket.kind in _TRIGGERED)
    return ",".join(word for word, holds in waits if holds)


def execution(fill: Fill, request_id: int, version: int) -> Values:
    """For message 11. The contract's exchange is where it traded, not where the order went (recorded)."""
    ticket, order = fill.order.ticket, fill.order
    return Values(
        _contract(fill.listing, fill.venue) | {"right": fill.listing.instrument.right},
        request_id=request_id,
        order_id=ticket.order_id,
        execution_id=fill.exec_id,
        time=_time(fill, version),
        account=ticket.account,
        venue=fill.venue,
        side=side(ticket),
        quantity=fill.quantity,
        price=fill.price,
        perm_id=order.perm_id,
        client_id=ticket.client_id,
        filled=order.filled,
        average_price=_double(order.average_price),
        order_ref=ticket.order_ref,
        liquidity=fill.liquidity,
    )


def _time(fill: Fill, version: int) -> str:
    zone = fill.listing.instrument.time_zone if version >= INSTRUMENT_ZONE else GATEWAY_ZONE
    return write_moment(fill.time, zone, version)


def side(ticket: Ticket) -> str:
    """How executions name the side."""
    return "BOT" if ticket.action == "BUY" else "SLD"


def commission(report: Commission) -> Values:
    """For message 59."""
    return Values(
        execution_id=report.exec_id,
        amount=report.amount,
        currency=report.currency,
        realised=report.realised,
    )


def completed(order: Order, said: Values, parent: Order | None) -> Values:
    """For message 101. The quantity is what was left of it: 0 for a filled one (recorded)."""
    assert order.done is not None
    local = to_datetime(order.done).astimezone(ZoneInfo(GATEWAY_ZONE))
    return Values(
        _terms(order, said),
        quantity=order.remaining,
        filled=order.filled,
        parent_perm_id=parent.perm_id if parent else None,
        completed_time=f"{local:%Y%m%d %H:%M:%S} {GATEWAY_ZONE}",
        completed_status=_ending(order),
    )


def _ending(order: Order) -> str:
    if order.status == "Filled":
        return f"Filled Size: {decimal(order.filled)}"
    return order.reason or ("Cancelled by Trader" if order.status == "Cancelled" else order.status)
