"""What belongs to no contract: orders and fills, the account, the line to the broker."""

import asyncio
from collections.abc import Mapping, Sequence

from ib_stream.feeds.desk import Desk
from ib_stream.feeds.feed import Feed, Handler
from ib_stream.feeds.names import TopicName
from ib_stream.hub import Topic
from ib_stream.wire import account_line, status_line
from market.errors import TruetickError
from market.events import (
    AccountValue,
    ConnectionChanged,
    Event,
    Execution,
    OrderUpdate,
    PositionUpdate,
    Problem,
    ProfitUpdate,
)
from market.wanted import Wanted, WantedAccount, WantedOrders, WantedProfit


class OrdersFeed(Feed):
    """Orders and fills, each form of them once: the broker tells all of them again after each connection."""

    policy = "lossless"

    def __init__(self, name: TopicName, topic: Topic, desk: Desk, instrument: None = None) -> None:
        super().__init__(name, topic, desk, instrument)
        self._known = dict[object, OrderUpdate | Execution]()

    @property
    def wanted(self) -> Sequence[Wanted]:
        return [WantedOrders()]

    @property
    def handlers(self) -> Mapping[type[Event], Handler]:
        return {OrderUpdate: self._on_order, Execution: self._on_fill}

    def snapshot(self) -> list[bytes]:
        return [account_line(each) for each in self._known.values()]

    def _on_order(self, order: OrderUpdate) -> None:
        self._take(("order", order.perm_id or (order.client_id, order.order_id)), order)

    def _on_fill(self, fill: Execution) -> None:
        self._take(("fill", fill.execution_id), fill)

    def _take(self, key: object, event: OrderUpdate | Execution) -> None:
        if self._known.get(key) != event:
            self._known[key] = event
            self.publish(account_line(event), event.received)


class AccountFeed(Feed):
    """The account window, what is held, profit and loss: of each the latest."""

    def __init__(self, name: TopicName, topic: Topic, desk: Desk, instrument: None = None) -> None:
        super().__init__(name, topic, desk, instrument)
        self._latest = dict[object, AccountValue | PositionUpdate | ProfitUpdate]()
        self._held = dict[int, asyncio.Task[None]]()

    @property
    def wanted(self) -> Sequence[Wanted]:
        account = self.desk.broker.account
        return [WantedAccount(account=account), WantedProfit(account=account)]

    @property
    def handlers(self) -> Mapping[type[Event], Handler]:
        return {AccountValue: self._on_value, PositionUpdate: self._take, ProfitUpdate: self._take}

    def _on_value(self, value: AccountValue) -> None:
        self._keep((value.key, value.currency), value)

    def close(self) -> None:
        for asking in self._held.values():
            asking.cancel()
        super().close()

    def _take(self, event: PositionUpdate | ProfitUpdate) -> None:
        self._keep((type(event).__name__, event.contract_id), event)

    def _keep(self, key: object, event: AccountValue | PositionUpdate | ProfitUpdate) -> None:
        if event.account == self.desk.broker.account and self._latest.get(key) != event:
            self._latest[key] = event
            self.publish(account_line(event), event.received, key)
            if isinstance(event, PositionUpdate) and event.quantity and event.contract_id not in self._held:
                self._held[event.contract_id] = asyncio.create_task(self._profit_of(event.contract_id))

    async def _profit_of(self, contract_id: int) -> None:
        """Ask for the profit of a position: the account's is one number, and its window is minutes old."""
        wanted = WantedProfit(account=self.desk.broker.account, contract_id=contract_id)
        try:
            self.subscriptions.append(await self.desk.broker.subscribe(wanted))
        except TruetickError as error:
            self.voice.tell("no_profit", f"no profit of a position is to be had: {error}")


class StatusFeed(Feed):
    """How the line to the broker stands, and what the broker says of it."""

    def __init__(self, name: TopicName, topic: Topic, desk: Desk, instrument: None = None) -> None:
        super().__init__(name, topic, desk, instrument)
        self._on_connection(ConnectionChanged("ready", "connected", self.since))

    @property
    def handlers(self) -> Mapping[type[Event], Handler]:
        return {ConnectionChanged: self._on_connection, Problem: self._on_problem}

    def _on_connection(self, change: ConnectionChanged) -> None:
        self.publish(status_line(change), change.received, "line")

    def _on_problem(self, problem: Problem) -> None:
        if problem.severity != "info":
            self.publish(status_line(problem), problem.received, (problem.code, problem.contract_id))
