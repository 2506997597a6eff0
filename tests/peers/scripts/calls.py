"""Calls of IB's client that work with either generation of it. Needs nothing but an `ibapi`."""

import itertools
from collections.abc import Callable
from typing import Any

from ibapi.contract import Contract
from ibapi.order import Order
from ibapi.scanner import ScannerSubscription

try:
    from ibapi.order_cancel import OrderCancel
except ImportError:  # the older generation cancels without further words
    OrderCancel = None

ACCOUNT_TAGS = "NetLiquidation,TotalCashValue,BuyingPower"


class Asker:
    """A client with its ids: `request_id` is that of the request being made, `orders` those of its orders.

    `now` is the gateway's time, yyyymmdd-hh:mm:ss in UTC.
    """

    def __init__(self, client: Any, account: str, now: str, order_id: int = 1) -> None:
        self.client = client
        self.account = account
        self.now = now
        self.request_id = 0
        self.ids: dict[str, int] = {}
        self.count = itertools.count()
        self.order_id = order_id
        self.orders: list[int] = []

    def next_order(self) -> int:
        """An order id that is not in use."""
        self.orders.append(self.order_id)
        self.order_id += 1
        return self.orders[-1]

    @property
    def last_order(self) -> int:
        """The order placed last, or an id that none has."""
        return self.orders[-1] if self.orders else 987_654


Call = Callable[[Asker, Contract], object]


def contract(symbol: str, sec_type: str, exchange: str, **more: Any) -> Contract:
    """A contract in dollars."""
    made = Contract()
    made.symbol, made.secType, made.exchange, made.currency = symbol, sec_type, exchange, "USD"
    for name, value in more.items():
        setattr(made, name, value)
    return made


def contracts() -> dict[str, Contract]:
    """One of each kind that the simulated market has."""
    return {
        "stock": contract("AAPL", "STK", "SMART"),
        "direct": contract("AAPL", "STK", "ISLAND"),
        "forex": contract("EUR", "CASH", "IDEALPRO"),
        "future": contract("ES", "FUT", "CME", lastTradeDateOrContractMonth="20271217"),
        "option": contract(
            "AAPL",
            "OPT",
            "SMART",
            lastTradeDateOrContractMonth="20280121",
            strike=270.0,
            right="C",
            multiplier="100",
        ),
        "index": contract("SPX", "IND", "CBOE"),
        "crypto": contract("BTC", "CRYPTO", "PAXOS"),
        "unknown": contract("NOSUCH", "STK", "SMART"),
        "open": contract("ES", "FUT", "CME"),
    }


def order(action: str = "BUY", kind: str = "MKT", quantity: float = 100, **more: Any) -> Order:
    """An order without the attributes that today's TWS refuses."""
    made = Order()
    made.action, made.orderType, made.totalQuantity = action, kind, quantity
    # Older versions of the client set these two, which TWS no longer takes.
    made.eTradeOnly = made.firmQuoteOnly = False
    for name, value in more.items():
        setattr(made, name, value)
    return made


def place(**attributes: Any) -> Call:
    return lambda asker, what: asker.client.placeOrder(asker.next_order(), what, order(**attributes))


def bracket(asker: Asker, what: Contract) -> None:
    """A parent with a target and a stop, sent as one."""
    parent = asker.next_order()
    asker.client.placeOrder(parent, what, order(transmit=False))
    target = order("SELL", "LMT", lmtPrice=100_000.0, parentId=parent, transmit=False)
    asker.client.placeOrder(asker.next_order(), what, target)
    stop = order("SELL", "STP", auxPrice=0.01, parentId=parent)
    asker.client.placeOrder(asker.next_order(), what, stop)


def modify(asker: Asker, what: Contract) -> None:
    asker.client.placeOrder(asker.last_order, what, order(kind="LMT", lmtPrice=2.0))


def cancel_last(asker: Asker, what: Contract) -> None:
    more = (OrderCancel(),) if OrderCancel else ()
    asker.client.cancelOrder(asker.last_order, *more)


def cancel_all(asker: Asker, what: Contract) -> None:
    asker.client.reqGlobalCancel(*((OrderCancel(),) if OrderCancel else ()))


def exercise(asker: Asker, what: Contract) -> None:
    more = ("", "", False) if OrderCancel else ()
    asker.client.exerciseOptions(asker.request_id, what, 1, 1, asker.account, 0, *more)


def scan(asker: Asker, what: Contract) -> None:
    scan = ScannerSubscription()
    scan.instrument, scan.locationCode, scan.scanCode = "STK", "STK.US.MAJOR", "TOP_PERC_GAIN"
    asker.client.reqScannerSubscription(asker.request_id, scan, [], [])


def calendar(asker: Asker, what: Contract) -> None:
    from ibapi.common import WshEventData

    asker.client.reqWshEventData(asker.request_id, WshEventData())


def history(what_to_show: str, bar: str, span: str, *, keep: bool = False, end: str = "") -> Call:
    def call(asker: Asker, what: Contract) -> None:
        asker.client.reqHistoricalData(asker.request_id, what, end, span, bar, what_to_show, 0, 1, keep, [])

    return call


def ticks(kind: str, past: int = 0) -> Call:
    return lambda asker, what: asker.client.reqTickByTickData(asker.request_id, what, kind, past, False)


def past_ticks(kind: str) -> Call:
    def call(asker: Asker, what: Contract) -> None:
        asker.client.reqHistoricalTicks(asker.request_id, what, "", asker.now, 50, kind, 0, True, [])

    return call


def plain(method: str, *arguments: Any) -> Call:
    return lambda asker, what: getattr(asker.client, method)(*arguments)


def with_id(method: str, *arguments: Any) -> Call:
    return lambda asker, what: getattr(asker.client, method)(asker.request_id, *arguments)


def with_contract(method: str, *arguments: Any) -> Call:
    return lambda asker, what: getattr(asker.client, method)(asker.request_id, what, *arguments)


def with_account(method: str, *arguments: Any) -> Call:
    return lambda asker, what: getattr(asker.client, method)(asker.request_id, asker.account, *arguments)
