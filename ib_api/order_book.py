"""Orders and fills of one connection: IB tells of each in pieces, events tell all that is known."""

import time
from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import Any

import msgspec

from ib_api._ibapi import Contract, Order, OrderState, VendorExecution
from ib_api.lines import UNSET
from ib_api.translate import amount, ib_time, quantity
from market.events import Execution, OrderUpdate


class OrderBook:
    """Remembers what an `orderStatus` leaves out, and which commission belongs to which fill.

    Either of the two may come first, and IB sends both again when executions are asked for. An older TWS
    tells times of executions by its own clock, which stands in `zone`. `now` is our time.
    """

    def __init__(self, zone: tzinfo = UTC, now: Callable[[], int] = time.time_ns) -> None:
        self.zone = zone
        self._now = now
        self._orders: dict[tuple[int, int], OrderUpdate] = {}
        self._executions: dict[str, Execution] = {}
        self._commissions: dict[str, tuple[float | None, str]] = {}

    def opened(self, order_id: int, contract: Contract, order: Order, state: OrderState) -> OrderUpdate:
        """An `openOrder`."""
        before = self._orders.get(_key(order.clientId, order_id, order.permId))
        total = quantity(order.totalQuantity)
        now = self._now()
        return self._keep(
            OrderUpdate(
                order_id=order_id,
                perm_id=order.permId,
                client_id=order.clientId,
                contract_id=contract.conId,
                account=order.account,
                status=state.status,
                filled=before.filled if before else quantity(0),
                remaining=before.remaining if before else total,
                average_price=before.average_price if before else None,
                time=now,
                received=now,
                order_ref=order.orderRef,
                message=state.warningText,
                side="BUY" if order.action.upper() == "BUY" else "SELL",
                order_type=order.orderType,
                limit_price=_price(order.lmtPrice),
                stop_price=_price(order.auxPrice),
                time_in_force=order.tif,
            )
        )

    def status(
        self,
        order_id: int,
        status: str,
        filled: Any,
        remaining: Any,
        average: float,
        perm_id: int,
        client_id: int,
    ) -> OrderUpdate:
        """An `orderStatus`; quantities are `Decimal` or `float`, by generation."""
        now = self._now()
        before = self._orders.get(_key(client_id, order_id, perm_id)) or _unknown(
            order_id, perm_id, client_id
        )
        return self._keep(
            msgspec.structs.replace(
                before,
                perm_id=perm_id,
                status=status,
                filled=quantity(filled),
                remaining=quantity(remaining),
                average_price=average if 0 != average < UNSET else None,
                time=now,
                received=now,
                message="",
            )
        )

    def executed(self, contract: Contract, fill: VendorExecution) -> Execution:
        """An `execDetails`; its commission comes later, if ever."""
        commission, currency = self._commissions.get(fill.execId, (None, ""))
        event = Execution(
            execution_id=fill.execId,
            order_id=fill.orderId,
            perm_id=fill.permId,
            contract_id=contract.conId,
            exchange=fill.exchange,
            account=fill.acctNumber,
            side="BUY" if fill.side.upper() in ("BOT", "BUY") else "SELL",
            quantity=quantity(fill.shares),
            price=fill.price,
            time=ib_time(fill.time, self.zone),
            received=self._now(),
            order_ref=fill.orderRef,
            commission=commission,
            commission_currency=currency,
        )
        self._executions[fill.execId] = event
        return event

    def commission(self, report: Any) -> Execution | None:
        """A commission report, under either generation's name: the fill again, complete, if it is known."""
        paid = getattr(report, "commissionAndFees", None)
        joined = amount(report.commission if paid is None else paid), report.currency
        self._commissions[report.execId] = joined
        fill = self._executions.get(report.execId)
        if fill is None:
            return None
        event = msgspec.structs.replace(fill, commission=joined[0], commission_currency=joined[1])
        self._executions[report.execId] = event
        return event

    def complete(self, fills: list[Execution]) -> list[Execution]:
        """The same fills with the commissions that have come since."""
        return [self._executions.get(each.execution_id, each) for each in fills]

    def _keep(self, update: OrderUpdate) -> OrderUpdate:
        self._orders[_key(update.client_id, update.order_id, update.perm_id)] = update
        return update


def _unknown(order_id: int, perm_id: int, client_id: int) -> OrderUpdate:
    """An order whose status comes before itself."""
    nothing = quantity(0)
    return OrderUpdate(order_id, perm_id, client_id, 0, "", "", nothing, nothing, None, 0, 0)


def _price(value: float) -> float | None:
    """A price of an order; of kinds that have none it is 0 or not set."""
    return value if 0 != value < UNSET else None


def _key(client_id: int, order_id: int, perm_id: int) -> tuple[int, int]:
    """What tells orders apart: ids belong to a client, and those made in TWS share 0 and below."""
    return (client_id, order_id) if order_id > 0 else (-1, perm_id)
