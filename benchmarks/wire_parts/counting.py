"""The `EWrapper` callbacks of one who counts: the same methods for the official client and for ours."""

import sys
import time
from typing import Any

from benchmarks.wire_parts.meter import Meter


class Counting:
    """Counts the callbacks of one kind, and looks at the values of the last.

    Mix it in before the wrapper class; set `meter` before anything comes.
    """

    meter: Meter
    count = 0
    total = 0

    def error(self, reqId: int, *details: Any) -> None:
        if reqId != -1:
            print("error", reqId, *details, file=sys.stderr)

    def tickPrice(self, reqId: int, tickType: int, price: float, attrib: Any) -> None:
        self.count += 1
        if self.count == self.total:
            self.meter.finish(price)

    def tickSize(self, reqId: int, tickType: int, size: Any) -> None:
        # Comes with every price; left to the official EWrapper it would cost a log record.
        pass

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
        self.count += 1
        if self.count == self.total:
            self.meter.finish(price, size)

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
        self.count += 1
        if self.count == self.total:
            self.meter.finish(bidPrice, askPrice, bidSize, askSize)

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
        self.count += 1
        if self.count == self.total:
            self.meter.finish(open_, high, low, close, volume)

    def historicalData(self, reqId: int, bar: Any) -> None:
        self.count += 1
        if self.count == self.total:
            self.meter.finish(bar.open, bar.high, bar.low, bar.close, bar.volume)

    def historicalDataEnd(self, reqId: int, start: str, end: str) -> None:
        pass


class CountingLate(Counting):
    """Notes how old each trade is when its callback comes."""

    def tickByTickAllLast(
        self,
        reqId: int,
        tickType: int,
        time_: int,
        price: float,
        size: Any,
        tickAttribLast: Any,
        exchange: str,
        specialConditions: str,
    ) -> None:
        self.meter.latencies.append(time.monotonic_ns() - int(price))
        self.count += 1
        if self.count == self.total:
            self.meter.finish()


def subscribe(client: Any, contract_class: Any, kind: str, instruments: int) -> None:
    """Ask `client`, an `EClient`, for the kind and so many instruments; for history, for one."""
    for request_id in range(101, 101 + instruments):
        contract = contract_class()
        contract.conId, contract.exchange = request_id, "SMART"
        if kind == "tick_price":
            client.reqMktData(request_id, contract, "", False, False, [])
        elif kind in ("last", "bid_ask"):
            what = "Last" if kind == "last" else "BidAsk"
            client.reqTickByTickData(request_id, contract, what, 0, False)
        elif kind == "bar_5s":
            client.reqRealTimeBars(request_id, contract, 5, "TRADES", False, [])
        elif request_id == 101:
            client.reqHistoricalData(request_id, contract, "", "70 D", "1 min", "TRADES", 0, 2, False, [])
