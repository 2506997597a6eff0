"""Prices as IB sends them: lines, tick-by-tick data, depth, bars, history."""

from typing import Any

from ib_api import translate
from ib_api._ibapi import BarData
from ib_api.depth_line import DepthLine
from ib_api.lines import UNSET, BarLine, MarketDataLine, TickByTickLine
from ib_api.routed import routed
from ib_api.routing import Routing
from ib_api.sessions import sessions_of


class MarketCallbacks(Routing):
    """The part of `IBCallbacks` that hears of markets."""

    price_is_told = False

    # -- market data; as text these messages are decoded in `ib_api.hot` and do not pass here

    @routed
    def tickPrice(self, reqId: int, tickType: int, price: float, attrib: Any) -> None:
        """Without its size, which the official decoder gives in a call of its own, right behind."""
        if self.price_is_told:
            self.price_is_told = False
            return
        line = self.registry.streams.get(reqId)
        if isinstance(line, MarketDataLine):
            size = 0.0 if price == -1 else float("nan")
            self.l1_price(line, tickType, price, size, 2 if attrib.pastLimit else 0)

    @routed
    def tickPriceProtoBuf(self, tickPriceProto: Any) -> None:
        """A binary price with its size; the official decoder calls this first, then both of the others."""
        tick = tickPriceProto
        line = self.registry.streams.get(tick.reqId)
        if isinstance(line, MarketDataLine):
            price = tick.price if tick.HasField("price") else UNSET
            self.l1_price(line, tick.tickType, price, float(tick.size or 0), tick.attrMask)
        self.price_is_told = True

    @routed
    def tickSize(self, reqId: int, tickType: int, size: Any) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, MarketDataLine):
            self.l1_size(line, tickType, float(size))

    @routed
    def tickString(self, reqId: int, tickType: int, value: str) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, MarketDataLine):
            line.text(tickType, value)

    @routed
    def tickGeneric(self, reqId: int, tickType: int, value: float) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, MarketDataLine):
            line.number(tickType, value)

    @routed
    def marketDataType(self, reqId: int, marketDataType: int) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, MarketDataLine):
            line.market_data_type(marketDataType)

    @routed
    def updateMktDepth(
        self, reqId: int, position: int, operation: int, side: int, price: float, size: Any
    ) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, DepthLine):
            self.depth_row(line, position, operation, side, *translate.level(price, size))

    @routed
    def updateMktDepthL2(
        self,
        reqId: int,
        position: int,
        marketMaker: str,
        operation: int,
        side: int,
        price: float,
        size: Any,
        isSmartDepth: bool,
    ) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, DepthLine):
            self.depth_row(
                line, position, operation, side, *translate.level(price, size), marketMaker, isSmartDepth
            )

    @routed
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

    @routed
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

    @routed
    def tickByTickMidPoint(self, reqId: int, time: int, midPoint: float) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, TickByTickLine):
            self.tbt_midpoint(line, time, midPoint)

    @routed
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

    @routed
    def historicalData(self, reqId: int, bar: BarData) -> None:
        answer = self.registry.find(reqId)
        if answer is not None:
            answer.rows.append(translate.bar_of(bar, answer.detail, self.received))

    @routed
    def historicalDataEnd(self, reqId: int, start: str, end: str) -> None:
        self.resolve_rows(reqId)

    @routed
    def historicalDataUpdate(self, reqId: int, bar: BarData) -> None:
        line = self.registry.streams.get(reqId)
        if isinstance(line, BarLine):
            self.emit(translate.running_bar(line, bar, self.received))

    @routed
    def historicalTicks(self, reqId: int, ticks: list[Any], done: bool) -> None:
        self.collect_ticks(reqId, ticks, done, translate.midpoints_of)

    @routed
    def historicalTicksBidAsk(self, reqId: int, ticks: list[Any], done: bool) -> None:
        self.collect_ticks(reqId, ticks, done, translate.quotes_of)

    @routed
    def historicalTicksLast(self, reqId: int, ticks: list[Any], done: bool) -> None:
        self.collect_ticks(reqId, ticks, done, translate.trades_of)

    @routed
    def headTimestamp(self, reqId: int, headTimestamp: str) -> None:
        # First read, then taken: one that cannot be read is still there to be failed.
        time = translate.ib_time(headTimestamp)
        if answer := self.registry.take(reqId):
            answer.resolve(time)

    @routed
    def historicalSchedule(
        self, reqId: int, startDateTime: str, endDateTime: str, timeZone: str, sessions: list[Any]
    ) -> None:
        if self.registry.find(reqId):
            found = sessions_of(timeZone, sessions)
            if answer := self.registry.take(reqId):
                answer.resolve(found)
