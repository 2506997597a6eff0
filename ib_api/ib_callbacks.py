"""What becomes of everything that IB sends: answers to requests, events for the rest of the program."""

from typing import Any

from ib_api import translate
from ib_api._ibapi import ContractDetails, EWrapper
from ib_api.account_callbacks import AccountCallbacks
from ib_api.errors import ClientIdInUse, NotSupported
from ib_api.market_callbacks import MarketCallbacks
from ib_api.routed import routed
from ib_api.translate import PriceStep
from market.events import ConnectionChanged
from market.times import SECOND

_CLIENT_ID_IN_USE = 326


class IBCallbacks(MarketCallbacks, AccountCallbacks, EWrapper):
    """Pair it with an `IBConnector`; override any `EWrapper` method in a subclass to hear of it yourself.

    `sink` gets the events, in batches, on the reader thread: give it `LoopBridge.put`. An override is called
    for every message, after we have dealt with it, with the arguments of the installed library.

    >>> events = []
    >>> IBCallbacks(events.extend).error(-1, 2104, "Market data farm connection is OK:usfarm")
    >>> events[0].severity
    'info'
    """

    # -- the connection

    @routed
    def nextValidId(self, orderId: int) -> None:
        self.order_ids_from(orderId)
        if self.gate.order_id():
            self.emit_ready()

    @routed
    def managedAccounts(self, accountsList: str) -> None:
        self.accounts = tuple(name.strip() for name in accountsList.split(",") if name.strip())
        if self.accounts and self.gate.accounts():
            self.emit_ready()
        if answer := self.registry.take("managed accounts"):
            answer.resolve(self.accounts)

    @routed
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

    @routed
    def connectionClosed(self) -> None:
        self.emit(ConnectionChanged("disconnected", self.end_reason, self.now()))
        # At once: an override may connect anew, which begins a new batch.
        self.flush()

    @routed
    def currentTime(self, time: int) -> None:
        self.answer_time("current time", time * SECOND)

    @routed
    def currentTimeInMillis(self, timeInMillis: int) -> None:
        self.answer_time("current time in millis", timeInMillis * 1_000_000)

    # -- contracts

    @routed
    def contractDetails(self, reqId: int, contractDetails: ContractDetails) -> None:
        # After a lost line TWS may send details for requests of long ago; nobody waits for them.
        if answer := self.registry.find(reqId):
            answer.rows.append(translate.instrument_of(contractDetails))

    @routed
    def bondContractDetails(self, reqId: int, contractDetails: ContractDetails) -> None:
        if answer := self.registry.find(reqId):
            answer.rows.append(translate.instrument_of(contractDetails))

    @routed
    def contractDetailsEnd(self, reqId: int) -> None:
        self.resolve_rows(reqId)

    @routed
    def symbolSamples(self, reqId: int, contractDescriptions: list[Any]) -> None:
        found = [translate.instrument_of_sample(each) for each in contractDescriptions]
        if answer := self.registry.take(reqId):
            answer.resolve(found)

    @routed
    def marketRule(self, marketRuleId: int, priceIncrements: list[Any]) -> None:
        if answer := self.registry.take(f"market rule {marketRuleId}"):
            answer.resolve([PriceStep(each.lowEdge, each.increment) for each in priceIncrements])

    @routed
    def rerouteMktDataReq(self, reqId: int, conId: int, exchange: str) -> None:
        self._is_elsewhere(reqId, conId, exchange)

    @routed
    def rerouteMktDepthReq(self, reqId: int, conId: int, exchange: str) -> None:
        self._is_elsewhere(reqId, conId, exchange)

    def _is_elsewhere(self, request_id: int, contract_id: int, exchange: str) -> None:
        """A CFD has the prices of what it stands for, and IB says so instead of sending any."""
        there = f"{contract_id}@{exchange}" if exchange else str(contract_id)
        text = f"IB sends none of its own; stream {there}, whose prices it has"
        line = self.registry.streams.get(request_id)
        if line is not None:
            self.report(0, text, request_id, f"stream {there}")
            self.registry.streams.pop(request_id, None)
            line.listener.refused(NotSupported(f"{line.what}: {text}", request_id=request_id))
