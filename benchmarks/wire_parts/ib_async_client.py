"""The two forms of ib_async: its bare client with a minimal wrapper, and the full `IB` with its events."""

import asyncio
import time
from typing import Any

from ib_async import IB, Contract  # type: ignore[import-not-found]  # in its own environment only
from ib_async.client import Client  # type: ignore[import-not-found]

from benchmarks.wire_parts.meter import INSTRUMENTS, LIMIT, WELCOME, Meter, arguments

TICK_TYPES = {"last": "Last", "bid_ask": "BidAsk"}


class Wrapper:
    """As little as a wrapper can do: count, and look at the values of the last."""

    def __init__(self, meter: Meter) -> None:
        self.count = 0
        self.total = meter.total
        self.meter = meter

    def connectAck(self) -> None: ...

    def nextValidId(self, reqId: int) -> None: ...

    def managedAccounts(self, accountsList: str) -> None: ...

    def error(self, *details: Any) -> None: ...

    def historicalDataEnd(self, reqId: int, start: str, end: str) -> None: ...

    def priceSizeTick(self, reqId: int, tickType: int, price: float, size: float) -> None:
        self.count += 1
        if self.count == self.total:
            self.meter.finish(price)

    def tickByTickAllLast(
        self,
        reqId: int,
        tickType: int,
        time: int,
        price: float,
        size: float,
        attrib: Any,
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
        bidSize: float,
        askSize: float,
        attrib: Any,
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
        volume: float,
        wap: float,
        count: int,
    ) -> None:
        self.count += 1
        if self.count == self.total:
            self.meter.finish(open_, high, low, close, volume)

    def historicalData(self, reqId: int, bar: Any) -> None:
        self.count += 1
        if self.count == self.total:
            self.meter.finish(bar.open, bar.high, bar.low, bar.close, bar.volume)


class LatencyWrapper(Wrapper):
    """Notes how old each trade is when its callback comes."""

    def tickByTickAllLast(
        self,
        reqId: int,
        tickType: int,
        time_: int,
        price: float,
        size: float,
        attrib: Any,
        exchange: str,
        specialConditions: str,
    ) -> None:
        self.meter.latencies.append(time.monotonic_ns() - int(price))
        self.count += 1
        if self.count == self.total:
            self.meter.finish()


async def bare(args: Any, meter: Meter) -> int:
    """The client alone; its wrapper is ours."""
    wrapper = (LatencyWrapper if args.latency else Wrapper)(meter)
    client = Client(wrapper)
    await client.connectAsync("127.0.0.1", args.port, 1, WELCOME)
    for _ in range(1 if args.kind == "history" else INSTRUMENTS):
        request_id = client.getReqId()
        contract = Contract(conId=1000 + request_id, exchange="SMART")
        if args.kind == "tick_price":
            client.reqMktData(request_id, contract, "", False, False, [])
        elif args.kind in TICK_TYPES:
            client.reqTickByTickData(request_id, contract, TICK_TYPES[args.kind], 0, False)
        elif args.kind == "bar_5s":
            client.reqRealTimeBars(request_id, contract, 5, "TRADES", False, [])
        else:
            client.reqHistoricalData(request_id, contract, "", "70 D", "1 min", "TRADES", False, 2, False, [])
    await blast(client, meter)
    return wrapper.count


class Listener:
    """Hears the events of the full `IB`: tickers once per received lump, 5-second bars one by one."""

    def __init__(self, ib: IB, args: Any, meter: Meter) -> None:
        self.count = 0
        self.kind = args.kind
        self.latency = args.latency
        self.meter = meter
        if self.kind == "bar_5s":
            ib.barUpdateEvent += self.on_bar
        else:
            ib.pendingTickersEvent += self.on_tickers

    def on_tickers(self, tickers: Any) -> None:
        now = time.monotonic_ns()
        for ticker in tickers:
            ticks = ticker.ticks if self.kind == "tick_price" else ticker.tickByTicks
            self.count += len(ticks)
            if self.latency:
                self.meter.latencies += [now - int(tick.price) for tick in ticks]
        if self.count == self.meter.total:
            self.meter.finish(*self.values(list(tickers)))

    def values(self, tickers: list[Any]) -> list[float]:
        """What the last tick holds; the first instrument got it, with the highest price of all."""
        ticker = min(tickers, key=lambda each: each.contract.conId)
        if self.kind == "tick_price":
            return [ticker.ticks[-1].price]
        tick = ticker.tickByTicks[-1]
        if self.kind == "bid_ask":
            return [tick.bidPrice, tick.askPrice, tick.bidSize, tick.askSize]
        return [] if self.latency else [tick.price, tick.size]

    def on_bar(self, bars: Any, has_new: bool) -> None:
        self.count += 1
        if self.count == self.meter.total:
            bar = bars[-1]
            self.meter.finish(bar.open_, bar.high, bar.low, bar.close, bar.volume)


async def full(args: Any, meter: Meter) -> int:
    """`IB` as its users have it, less the account's state that it asks for first."""
    ib = IB()
    ib.wrapper.clientId = 1
    await ib.client.connectAsync("127.0.0.1", args.port, 1, WELCOME)
    contracts = [Contract(conId=1000 + i, exchange="SMART") for i in range(INSTRUMENTS)]
    if args.kind == "history":
        return await full_history(ib, contracts[0], meter)
    listener = Listener(ib, args, meter)
    for contract in contracts:
        if args.kind == "tick_price":
            ib.reqMktData(contract)
        elif args.kind == "bar_5s":
            ib.reqRealTimeBars(contract, 5, "TRADES", False)
        else:
            ib.reqTickByTickData(contract, TICK_TYPES[args.kind])
    await blast(ib.client, meter)
    return listener.count


async def full_history(ib: IB, contract: Contract, meter: Meter) -> int:
    """The whole answer as a list of bars."""
    asking = asyncio.ensure_future(
        ib.reqHistoricalDataAsync(contract, "", "70 D", "1 min", "TRADES", False, 2, timeout=LIMIT)
    )
    await asyncio.sleep(0.1)
    meter.go()
    ib.client.reqScannerParameters()
    bars = await asking
    if len(bars) == meter.total:
        bar = bars[-1]
        meter.finish(bar.open, bar.high, bar.low, bar.close, bar.volume)
    return len(bars)


async def blast(client: Client, meter: Meter) -> None:
    """Say go, and wait without disturbing the loop."""
    meter.go()
    client.reqScannerParameters()
    await asyncio.to_thread(meter.done.wait, LIMIT)


def main() -> None:
    args = arguments()
    meter = Meter(args.total)
    count = asyncio.run((full if args.side == "full" else bare)(args, meter))
    meter.report_and_exit(count)


if __name__ == "__main__":
    main()
