"""Orders and fills of one connection: IB tells of each in pieces, events tell all that is known."""

import time
from typing import Any

import msgspec

from ib_api._ibapi import Contract, Order, OrderState, VendorExecution
from ib_api.lines import UNSET
from ib_api.translate import ib_time, quantity
from market.events import Execution, OrderUpdate


class OrderBook:
    """Remembers what an `orderStatus` leaves out and what a commission report belongs to."""

    def __init__(self) -> None:
        # Order ids belong to a client; orders of other clients come with id 0 or below.
        self._orders: dict[tuple[int, int], OrderUpdate] = {}
        self._executions: dict[str, Execution] = {}

    def opened(self, order_id: int, contract: Contract, order: Order, state: OrderState) -> OrderUpdate:
        """An `openOrder`."""
        before = self._orders.get((order.clientId, order_id))
        total = quantity(order.totalQuantity)
        now = time.time_ns()
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
        before = self._orders.get((client_id, order_id))
        now = time.time_ns()
        return self._keep(
            OrderUpdate(
                order_id=order_id,
                perm_id=perm_id,
                client_id=client_id,
                contract_id=before.contract_id if before else 0,
                account=before.account if before else "",
                status=status,
                filled=quantity(filled),
                remaining=quantity(remaining),
                average_price=average if 0 != average < UNSET else None,
                time=now,
                received=now,
                order_ref=before.order_ref if before else "",
            )
        )

    def executed(self, contract: Contract, fill: VendorExecution) -> Execution:
        """An `execDetails`; its commission comes later, if ever."""
        known = self._executions.get(fill.execId)
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
            time=ib_time(fill.time),
            received=time.time_ns(),
            order_ref=fill.orderRef,
            commission=known.commission if known else None,
            commission_currency=known.commission_currency if known else "",
        )
        self._executions[fill.execId] = event
        return event

    def commission(self, report: Any) -> Execution | None:
        """A commission report, under either generation's name: the fill again, complete."""
        fill = self._executions.get(report.execId)
        if fill is None:
            return None
        amount = getattr(report, "commissionAndFees", None)
        amount = report.commission if amount is None else amount
        event = msgspec.structs.replace(
            fill, commission=amount if abs(amount) < UNSET else None, commission_currency=report.currency
        )
        self._executions[report.execId] = event
        return event

    def _keep(self, update: OrderUpdate) -> OrderUpdate:
        self._orders[update.client_id, update.order_id] = update
        return update
