"""What an order means for its relatives: parents and children, and one-cancels-all groups. Pure rules."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from simulator.exchange.api import ZERO, Order, Ticket
from simulator.exchange.book import Working

_REDUCE = 3


def family(ticket: Ticket, book: Iterable[Working]) -> list[Working]:
    """The held-back orders that go out together with it: its whole tree, in the order they came."""
    held = [w for w in book if w.held and w.ticket.client_id == ticket.client_id]
    numbers = {ticket.order_id, ticket.parent_id} - {0}
    grown = True
    while grown:
        tree = [w for w in held if numbers & {w.ticket.order_id, w.ticket.parent_id}]
        found = numbers | {n for w in tree for n in (w.ticket.order_id, w.ticket.parent_id)} - {0}
        grown, numbers = found != numbers, found
    return tree


def adopted(ticket: Ticket, parent: Order) -> Ticket:
    """A child as IB books it: in a group of its parent's children, where a fill of one reduces the others."""
    if ticket.oca_group:
        return ticket
    return msgspec.structs.replace(ticket, oca_group=str(parent.perm_id), oca_type=_REDUCE)


def group(ticket: Ticket, book: Iterable[Working]) -> list[Working]:
    """The other open orders of its one-cancels-all group."""
    if not ticket.oca_group:
        return []
    own = (ticket.client_id, ticket.order_id)
    return [
        w
        for w in book
        if (w.ticket.oca_group, w.ticket.account) == (ticket.oca_group, ticket.account)
        and w.order.key != own
        and not w.held
    ]


def cancels(member: Working, filled: Decimal) -> bool:
    """Does it leave when another of its group fills `filled`?"""
    return member.ticket.oca_type == 1 or member.order.remaining <= filled


def allowed(working: Working, parent: Order | None, siblings: Iterable[Order]) -> Decimal:
    """How much it may fill now: while its parent works, no more than that has filled and siblings left."""
    if parent is None or parent.status == "Filled":
        return working.order.remaining
    used = sum((each.filled for each in siblings), working.order.filled)
    return max(ZERO, min(working.order.remaining, parent.filled - used))
