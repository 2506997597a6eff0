"""The account as IB tells of it: values, positions, profit, orders, executions."""

from typing import Any

from ib_api import translate
from ib_api._ibapi import Contract, Order, OrderState, VendorExecution
from ib_api.lines import ProfitLine
from ib_api.routed import routed
from ib_api.routing import Routing
from market.events import AccountValue, PositionUpdate, ProfitUpdate


class AccountCallbacks(Routing):
    """The part of `IBCallbacks` that hears of the account and its orders."""

    # -- the account

    @routed
    def updateAccountValue(self, key: str, val: str, currency: str, accountName: str) -> None:
        value = AccountValue(accountName, key, val, currency, self.received)
        if self.asked_for_account(accountName):
            self.add_row("account updates", value)
        else:
            self.emit(value)

    @routed
    def updatePortfolio(
        self,
        contract: Contract,
        position: Any,
        marketPrice: float,
        marketValue: float,
        averageCost: float,
        unrealizedPNL: float,
        realizedPNL: float,
        accountName: str,
    ) -> None:
        self.emit(self.position_update(accountName, contract, position, averageCost))

    @routed
    def accountDownloadEnd(self, accountName: str) -> None:
        if self.asked_for_account(accountName):
            self.resolve_rows("account updates")

    @routed
    def accountSummary(self, reqId: int, account: str, tag: str, value: str, currency: str) -> None:
        self.add_row(reqId, AccountValue(account, tag, value, currency, self.received))

    @routed
    def accountSummaryEnd(self, reqId: int) -> None:
        self.resolve_rows(reqId)

    @routed
    def pnl(
        self, reqId: int, dailyPnL: float, unrealizedPnL: float | None, realizedPnL: float | None
    ) -> None:
        self._profit(reqId, dailyPnL, unrealizedPnL, realizedPnL)

    @routed
    def pnlSingle(
        self,
        reqId: int,
        pos: Any,
        dailyPnL: float,
        unrealizedPnL: float | None,
        realizedPnL: float | None,
        value: float,
    ) -> None:
        self._profit(reqId, dailyPnL, unrealizedPnL, realizedPnL)

    @routed
    def position(self, account: str, contract: Contract, position: Any, avgCost: float) -> None:
        self.add_row("positions", self.position_update(account, contract, position, avgCost))

    @routed
    def positionEnd(self) -> None:
        self.resolve_rows("positions")

    # -- orders

    @routed
    def openOrder(self, orderId: int, contract: Contract, order: Order, orderState: OrderState) -> None:
        self.add_row("open orders", self.orders.opened(orderId, contract, order, orderState))

    @routed
    def openOrderEnd(self) -> None:
        self.resolve_rows("open orders")

    @routed
    def orderStatus(
        self,
        orderId: int,
        status: str,
        filled: Any,
        remaining: Any,
        avgFillPrice: float,
        permId: int,
        parentId: int,
        lastFillPrice: float,
        clientId: int,
        whyHeld: str,
        mktCapPrice: float,
    ) -> None:
        self.emit(self.orders.status(orderId, status, filled, remaining, avgFillPrice, permId, clientId))

    @routed
    def completedOrder(self, contract: Contract, order: Order, orderState: OrderState) -> None:
        if answer := self.registry.find("completed orders"):
            answer.rows.append(self.orders.opened(getattr(order, "orderId", 0), contract, order, orderState))

    @routed
    def completedOrdersEnd(self) -> None:
        self.resolve_rows("completed orders")

    @routed
    def execDetails(self, reqId: int, contract: Contract, execution: VendorExecution) -> None:
        self.add_row(reqId, self.orders.executed(contract, execution))

    @routed
    def execDetailsEnd(self, reqId: int) -> None:
        if answer := self.registry.take(reqId):
            answer.resolve(self.orders.complete(answer.rows))

    @routed
    def commissionReport(self, commissionReport: Any) -> None:
        """The older generation's name of `commissionAndFeesReport`."""
        if event := self.orders.commission(commissionReport):
            self.emit(event)

    @routed
    def commissionAndFeesReport(self, commissionAndFeesReport: Any) -> None:
        if event := self.orders.commission(commissionAndFeesReport):
            self.emit(event)

    def position_update(self, account: str, contract: Contract, position: Any, cost: float) -> PositionUpdate:
        """The event of a position; its quantity is `Decimal` or `float`, by generation."""
        held = translate.quantity(position)
        return PositionUpdate(account, contract.conId, contract.symbol, held, cost, self.received)

    def _profit(
        self, request_id: int, daily: float | None, unrealized: float | None, realized: float | None
    ) -> None:
        line, amount = self.registry.streams.get(request_id), translate.amount
        if isinstance(line, ProfitLine):
            amounts = amount(daily), amount(unrealized), amount(realized)
            self.emit(ProfitUpdate(line.account, line.contract_id, *amounts, self.received))
