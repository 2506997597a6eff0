"""Answers about orders: their terms, their state, their executions and commissions.

Every function takes the negotiated version first and returns a framed message; `values` are named as in
`simulator.wire.order_layouts`, and what is not named is written as TWS writes it when it is unset.
"""

from simulator.wire.fields import message
from simulator.wire.layout import Values, write_parts
from simulator.wire.order_layouts import COMMISSION, COMPLETED_ORDER, EXECUTION, OPEN_ORDER, ORDER_STATUS


def order_status(version: int, values: Values) -> bytes:
    """Message 3."""
    return message(version, 3, *write_parts(ORDER_STATUS, values, version))


def open_order(version: int, values: Values) -> bytes:
    """Message 5: all terms of an order, and its state."""
    return message(version, 5, *write_parts(OPEN_ORDER, values, version))


def execution(version: int, values: Values) -> bytes:
    """Message 11; its request id is -1 when nobody asked."""
    return message(version, 11, *write_parts(EXECUTION, values, version))


def commission(version: int, values: Values) -> bytes:
    """Message 59."""
    return message(version, 59, *write_parts(COMMISSION, values, version))


def completed_order(version: int, values: Values) -> bytes:
    """Message 101: the terms of an order that works no longer, with no order id."""
    return message(version, 101, *write_parts(COMPLETED_ORDER, values, version))
