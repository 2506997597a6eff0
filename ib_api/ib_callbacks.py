"""What becomes of everything that IB sends: answers to requests, events for the rest of the program."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from ib_api import translate
from ib_api._ibapi import BarData, Contract, ContractDetails, EWrapper, Order, OrderState, VendorExecution
from ib_api.errors import ClientIdInUse
from ib_api.lines import BarLine, MarketDataLine, TickByTickLine
from ib_api.routing import Routing
from market.events import AccountValue, ConnectionChanged, PositionUpdate
from market.times import SECOND

P = ParamSpec("P")

_CLIENT_ID_IN_USE = 326


def _routed(
    method: "Callable[Concatenate[IBCallbacks, P], None]",
) -> "Callable[Concatenate[IBCallbacks, P], None]":
    """Route a message once: the reader thread has routed it before it calls a user's override.

    So an override may call ``super()`` or leave it; nothing is lost or doubled either way.
    """

    @wraps(method)
    def once(self: "IBCallbacks", *args: P.args, **kwargs: P.kwargs) -> None:
        if not self.reading:
            method(self, *args, **kwargs)
            self.flush()

    # `wraps` keeps the unguarded method as `__wrapped__`, which the reader thread calls.
    return cast("Callable[Concatenate[IBCallbacks, P], None]", once)


class IBCallbacks(Routing, EWrapper):
    """Pair it with an `IBConnector`; override any `EWrapper` method in a subclass to hear of it yourself.

    `sink` gets the events, in batches, on the reader thread: give it `LoopBridge.put`. An override is called
    for every message, after we have dealt with it, with the arguments of the installed library.

    >>> events = []
    >>> IBCallbacks(events.extend).error(-1, 2104, "Market data farm connection is OK:usfarm")
    >>> events[0].severity
    'info'
    """

    # -- the connection

    @_routed
    def nextValidId(self, orderId: int) -> None:
        self.order_ids_from(orderId)
        if self.gate.order_id():
            self.emit_ready()

    @_routed
    def managedAccounts(self, accountsList: str) -> None:
        self.accounts = tuple(name.strip() for name in accountsList.split(",") if name.strip())
        if self.accounts and self.gate.accounts():
            self.emit_ready()
        if answer := self.registry.take("managed accounts"):
            answer.resolve(self.accounts)

    @_routed
    def error(self, reqId: int, *args: Any) -> None:
        """Three signatures: (code, text), (code, text, json) and (time, code, text, json)."""
        code, text = (args[1], args[2]) if len(args) > 2 and isinstance(args[1], int) else (args[0], args[1])
        if code == _CLIENT_ID_IN_USE:
            self.gate.fail(
                ClientIdInUse(
                    "client id in use: choose another one, or close the program that has it (IB's 326)"
                )
            )
        self.on_error(reqId, int(code), str(text))

    @_routed
    def connectionClosed(self) -> None:
        self.emit(ConnectionChanged("disconnected", self.end_reason, self.now()))
        # At once: an override may connect anew, which begins a new batch.
        self.flush()

    @_routed
    def currentTime(self, time: int) -> None:
        self.answer_time("current time", time * SECOND)

    @_routed
    def currentTimeInMillis(self, timeInMillis: int) -> None:
        self.answer_time("current time in millis", timeInMillis * 1_000_000)

    # -- market data; as text these messages are decoded in `ib_api.hot` and do not pass here

    @_routed
    def tickPrice(self, reqId: int, tickType: int, price: float, attrib: Any) -> None:
        """Without its size, which the official decoder gives in a call of its own, right behind."""
        line = self.registry.streams.get(reqId)
        if isinstance(line, MarketDataLine):
            size = 0.0 if price == -1 else float("nan")
            self.l1_price(line, tickType, price, size, 2 if attrib.pastLimit else 0)

    @_routed
    def tickSize(self, reqId: int, tickType: int, size: Any) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, MarketDataLine):
            self.l1_size(line, tickType, float(size))

    @_routed
    def tickString(self, reqId: int, tickType: int, value: str) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, MarketDataLine):
            line.text(tickType, value)

    @_routed
    def marketDataType(self, reqId: int, marketDataType: int) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, MarketDataLine):
            line.market_data_type(marketDataType)

    @_routed
    def tickByTickAllLast(
        self,
        reqId: int,
        tickType: int,
        time: int,
        price: float,
        size: Any,
        tickAttribLast: Any,
        exchange: str,
        specialConditions: str,
    ) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, TickByTickLine):
            flags = tickAttribLast.pastLimit, tickAttribLast.unreported
            self.tbt_last(line, time, price, float(size), *flags, exchange, specialConditions)

    @_routed
    def tickByTickBidAsk(
        self,
        reqId: int,
        time: int,
        bidPrice: float,
        askPrice: float,
        bidSize: Any,
        askSize: Any,
        tickAttribBidAsk: Any,
    ) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, TickByTickLine):
            flags = tickAttribBidAsk.bidPastLow, tickAttribBidAsk.askPastHigh
            self.tbt_quote(line, time, bidPrice, askPrice, float(bidSize), float(askSize), *flags)

    @_routed
    def tickByTickMidPoint(self, reqId: int, time: int, midPoint: float) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, TickByTickLine):
            self.tbt_midpoint(line, time, midPoint)

    @_routed
    def realtimeBar(
        self,
        reqId: int,
        time: int,
        open_: float,
        high: float,
        low: float,
        close: float,
        volume: Any,
        wap: Any,
        count: int,
    ) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, BarLine):
            numbers = open_, high, low, close, float(volume), float(wap), count
            self.emit(translate.live_bar(line, str(time), *numbers, self.received, final=True))

    # -- history

    @_routed
    def historicalData(self, reqId: int, bar: BarData) -> None:
        answer = self.registry.find(reqId)
        if answer is not None:
            answer.rows.append(translate.bar_of(bar, answer.detail, self.received))

    @_routed
    def historicalDataEnd(self, reqId: int, start: str, end: str) -> None:
        self.resolve_rows(reqId)

    @_routed
    def historicalDataUpdate(self, reqId: int, bar: BarData) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, BarLine):
            self.emit(translate.running_bar(line, bar, self.received))

    @_routed
    def historicalTicks(self, reqId: int, ticks: list[Any], done: bool) -> None:
        self.collect_ticks(reqId, ticks, done, translate.midpoints_of)

    @_routed
    def historicalTicksBidAsk(self, reqId: int, ticks: list[Any], done: bool) -> None:
        self.collect_ticks(reqId, ticks, done, translate.quotes_of)

    @_routed
    def historicalTicksLast(self, reqId: int, ticks: list[Any], done: bool) -> None:
        self.collect_ticks(reqId, ticks, done, translate.trades_of)

    @_routed
    def headTimestamp(self, reqId: int, headTimestamp: str) -> None:
        # First read, then taken: one that cannot be read is still there to be failed.
        time = translate.ib_time(headTimestamp)
        if answer := self.registry.take(reqId):
            answer.resolve(time)

    # -- contracts

    @_routed
    def contractDetails(self, reqId: int, contractDetails: ContractDetails) -> None:
        # After a lost line TWS may send details for requests of long ago; nobody waits for them.
        if answer := self.registry.find(reqId):
            answer.rows.append(translate.instrument_of(contractDetails))

    @_routed
    def bondContractDetails(self, reqId: int, contractDetails: ContractDetails) -> None:
        if answer := self.registry.find(reqId):
            answer.rows.append(translate.instrument_of(contractDetails))

    @_routed
    def contractDetailsEnd(self, reqId: int) -> None:
        self.resolve_rows(reqId)

    @_routed
    def symbolSamples(self, reqId: int, contractDescriptions: list[Any]) -> None:
        found = [translate.instrument_of_sample(each) for each in contractDescriptions]
        if answer := self.registry.take(reqId):
            answer.resolve(found)

    # -- the account

    @_routed
    def updateAccountValue(self, key: str, val: str, currency: str, accountName: str) -> None:
        value = AccountValue(accountName, key, val, currency, self.received)
        if self.asked_for_account(accountName):
            self.add_row("account updates", value)
        else:
            self.emit(value)

    @_routed
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

    @_routed
    def accountDownloadEnd(self, accountName: str) -> None:
        if self.asked_for_account(accountName):
            self.resolve_rows("account updates")

    @_routed
    def accountSummary(self, reqId: int, account: str, tag: str, value: str, currency: str) -> None:
        self.add_row(reqId, AccountValue(account, tag, value, currency, self.received))

    @_routed
    def accountSummaryEnd(self, reqId: int) -> None:
        self.resolve_rows(reqId)

    @_routed
    def position(self, account: str, contract: Contract, position: Any, avgCost: float) -> None:
        self.add_row("positions", self.position_update(account, contract, position, avgCost))

    @_routed
    def positionEnd(self) -> None:
        self.resolve_rows("positions")

    # -- orders

    @_routed
    def openOrder(self, orderId: int, contract: Contract, order: Order, orderState: OrderState) -> None:
        self.add_row("open orders", self.orders.opened(orderId, contract, order, orderState))

    @_routed
    def openOrderEnd(self) -> None:
        self.resolve_rows("open orders")

    @_routed
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

    @_routed
    def completedOrder(self, contract: Contract, order: Order, orderState: OrderState) -> None:
        if answer := self.registry.find("completed orders"):
            answer.rows.append(self.orders.opened(getattr(order, "orderId", 0), contract, order, orderState))

    @_routed
    def completedOrdersEnd(self) -> None:
        self.resolve_rows("completed orders")

    @_routed
    def execDetails(self, reqId: int, contract: Contract, execution: VendorExecution) -> None:
        self.add_row(reqId, self.orders.executed(contract, execution))

    @_routed
    def execDetailsEnd(self, reqId: int) -> None:
        self.resolve_rows(reqId)

    @_routed
    def commissionReport(self, commissionReport: Any) -> None:
        """The older generation's name of `commissionAndFeesReport`."""
        if event := self.orders.commission(commissionReport):
            self.emit(event)

    @_routed
    def commissionAndFeesReport(self, commissionAndFeesReport: Any) -> None:
        if event := self.orders.commission(commissionAndFeesReport):
            self.emit(event)

    def position_update(self, account: str, contract: Contract, position: Any, cost: float) -> PositionUpdate:
        """The event of a position; its quantity is `Decimal` or `float`, by generation."""
        held = translate.quantity(position)
        return PositionUpdate(account, contract.conId, contract.symbol, held, cost, self.received)
