"""Orders, fills and the account as JSON; quantities are numbers, values of the account window IB's text."""

from collections.abc import Callable
from typing import Any

from ib_stream.wire.encoding import line, milliseconds, second
from market.events import AccountValue, Execution, OrderUpdate, PositionUpdate, ProfitUpdate
from market.times import SECOND

AccountEvent = OrderUpdate | Execution | PositionUpdate | AccountValue | ProfitUpdate


def account_line(event: AccountEvent) -> bytes:
    """An event of the account as one line of JSON, without its line end.

    >>> account_line(AccountValue("DU1", "NetLiquidation", "1000.5", "USD", 0))[:46]
    b'{"type":"value","timestamp":"1970-01-01T00:00:'
    """
    kind, make = _KINDS[type(event)]
    contract_id = getattr(event, "contract_id", 0)
    of = {"contract_id": contract_id} if contract_id else {}
    return line({"type": kind, **of, "timestamp": milliseconds(event.received), "data": make(event)})


def _order(order: OrderUpdate) -> dict[str, Any]:
    names = ("order_id", "perm_id", "client_id", "account", "status", "filled", "remaining", "average_price")
    rest = ("order_ref", "message", "side", "order_type", "limit_price", "stop_price", "time_in_force")
    return {**{name: getattr(order, name) for name in names + rest}, **_times(order.time)}


def _fill(fill: Execution) -> dict[str, Any]:
    names = ("execution_id", "order_id", "perm_id", "exchange", "account", "side", "quantity", "price")
    rest = ("order_ref", "commission", "commission_currency")
    return {**{name: getattr(fill, name) for name in names + rest}, **_times(fill.time)}


def _position(position: PositionUpdate) -> dict[str, Any]:
    return {name: getattr(position, name) for name in ("account", "symbol", "quantity", "average_cost")}


def _value(value: AccountValue) -> dict[str, Any]:
    return {name: getattr(value, name) for name in ("account", "key", "value", "currency")}


def _profit(profit: ProfitUpdate) -> dict[str, Any]:
    return {name: getattr(profit, name) for name in ("account", "daily", "unrealized", "realized")}


def _times(time: int) -> dict[str, Any]:
    return {"timestamp": second(time), "unix_time": time // SECOND}


# Keyed by class, so each function gets the class it is written for.
_KINDS: dict[type[AccountEvent], tuple[str, Callable[[Any], dict[str, Any]]]] = {
    OrderUpdate: ("order", _order),
    Execution: ("fill", _fill),
    PositionUpdate: ("position", _position),
    AccountValue: ("value", _value),
    ProfitUpdate: ("profit", _profit),
}
