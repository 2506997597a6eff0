# ruff: noqa: N815 - names of the official library
"""What we use of IB's library, as types of ours; never imported when the program runs.

Neither generation ships type information. Sizes are `Decimal` in the one and `int` in the other: whoever
takes one says ``float`` or `Decimal` of it at once, so here they are `Any`.
"""

from typing import Any, ClassVar


class Contract:
    conId: int
    symbol: str
    secType: str
    lastTradeDateOrContractMonth: str
    strike: float
    right: str
    multiplier: str
    exchange: str
    primaryExchange: str
    currency: str
    localSymbol: str
    tradingClass: str
    includeExpired: bool


class ContractDetails:
    contract: Contract
    minTick: float
    validExchanges: str
    longName: str
    timeZoneId: str
    tradingHours: str
    liquidHours: str
    marketRuleIds: str
    realExpirationDate: str


class ContractDescription:
    contract: Contract
    derivativeSecTypes: list[str]


class BarData:
    date: str
    open: float
    high: float
    low: float
    close: float
    volume: Any
    barCount: int


class TickAttrib:
    canAutoExecute: bool
    pastLimit: bool
    preOpen: bool


class TickAttribBidAsk:
    bidPastLow: bool
    askPastHigh: bool


class TickAttribLast:
    pastLimit: bool
    unreported: bool


class HistoricalTick:
    time: int
    price: float
    size: Any


class HistoricalTickBidAsk:
    time: int
    tickAttribBidAsk: TickAttribBidAsk
    priceBid: float
    priceAsk: float
    sizeBid: Any
    sizeAsk: Any


class HistoricalTickLast:
    time: int
    tickAttribLast: TickAttribLast
    price: float
    size: Any
    exchange: str
    specialConditions: str


class Order:
    orderId: int
    permId: int
    clientId: int
    account: str
    action: str
    totalQuantity: Any
    orderType: str
    lmtPrice: float
    auxPrice: float
    tif: str
    outsideRth: bool
    orderRef: str
    whatIf: bool


class OrderState:
    status: str
    warningText: str


class VendorExecution:
    execId: str
    orderId: int
    permId: int
    time: str
    acctNumber: str
    exchange: str
    side: str
    shares: Any
    price: float
    orderRef: str


class ExecutionFilter:
    clientId: int
    acctCode: str
    time: str


class Decoder:
    serverVersion: int
    msgId2handleInfo: ClassVar[dict[int, Any]]

    def __init__(self, wrapper: object, serverVersion: int) -> None: ...
    def interpret(self, *args: Any) -> None: ...
    def processProtoBuf(self, body: bytes, message_id: int) -> None: ...


class EWrapper:
    """Every callback of both generations exists on it; we name those that we look up by attribute."""


class EClient:
    wrapper: object
    decoder: Decoder | None
    host: str | None
    port: int | None
    clientId: int | None
    serverVersion_: int | None
    connTime: bytes | None

    def __init__(self, wrapper: object) -> None: ...
    def reset(self) -> None: ...
    def startApi(self) -> None: ...
    def isConnected(self) -> bool:
        raise NotImplementedError

    def serverVersion(self) -> int | None: ...
    def cancelOrder(self, *args: Any) -> None: ...
    def exerciseOptions(self, *args: Any) -> None: ...
    def run(self) -> None: ...
    def disconnect(self) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
