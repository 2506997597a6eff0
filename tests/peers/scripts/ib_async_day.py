"""ib_async's day at the gateway: connect, look, trade.

``python -m tests.peers.scripts.ib_async_day PORT VERSION`` speaks server versions up to VERSION and prints
one JSON object of what it saw. Needs nothing but `ib_async`.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from typing import Any

import ib_async as ibi  # type: ignore[import-not-found]  # in its own environment only

PATIENCE = 20.0


class Log(logging.Handler):
    """Keeps every line that the library logs as a warning or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage()[:300])


async def until(condition: Callable[[], Any]) -> bool:
    """Wait for a condition; tell whether it came true in time."""
    for _ in range(int(PATIENCE / 0.05)):
        if condition():
            return True
        await asyncio.sleep(0.05)
    return False


async def look(ib: Any, stock: Any) -> dict[str, Any]:
    """A ticker and bars that are kept up to date."""
    ticker = ib.reqMktData(stock, "233")
    bars = await ib.reqHistoricalDataAsync(stock, "", "3600 S", "1 min", "TRADES", False, keepUpToDate=True)
    updates: list[float] = []
    bars.updateEvent += lambda bars, is_new: updates.append(bars[-1].close)
    has_prices = await until(lambda: ticker.bid > 0 and ticker.ask > 0 and ticker.last > 0)
    updated = await until(lambda: updates)
    ib.cancelHistoricalData(bars)
    return {"prices": has_prices, "bars": len(bars), "updated": updated, "ask": ticker.ask, "bid": ticker.bid}


async def trade(ib: Any, stock: Any, seen: dict[str, Any]) -> dict[str, Any]:
    """A market order that fills, and a bracket whose target fills, so that its stop is cancelled."""
    preview = await asyncio.wait_for(ib.whatIfOrderAsync(stock, ibi.MarketOrder("BUY", 100)), PATIENCE)
    market = ib.placeOrder(stock, ibi.MarketOrder("BUY", 100))
    filled = await until(lambda: market.isDone())
    fee = await until(lambda: market.fills and market.fills[0].commissionReport.execId)
    entry, target = round(seen["ask"] * 1.02, 2), round(seen["bid"] * 0.99, 2)
    bracket = ib.bracketOrder("BUY", 100, entry, target, round(seen["bid"] * 0.5, 2))
    parent, profit, stop = (ib.placeOrder(stock, order) for order in bracket)
    ended = await until(lambda: parent.isDone() and profit.isDone() and stop.isDone())
    return {
        "what_if": preview.commission,
        "filled": filled and market.orderStatus.status,
        "commission": fee and market.fills[0].commissionReport.commission,
        "bracket": ended and [each.orderStatus.status for each in (parent, profit, stop)],
        "position": [each.position for each in ib.positions() if each.contract.symbol == "AAPL"],
    }


async def main(port: int, version: int) -> None:
    """Everything in turn, and the report."""
    log = Log()
    logging.getLogger("ib_async").addHandler(log)
    ib = ibi.IB()
    ib.client.MaxClientVersion = version
    await ib.connectAsync("127.0.0.1", port, clientId=7)
    stock = ibi.Stock("AAPL", "SMART", "USD")
    await ib.qualifyContractsAsync(stock)
    seen = await look(ib, stock)
    report = {"version": ib.client.serverVersion(), "look": seen, "trade": await trade(ib, stock, seen)}
    ib.disconnect()
    print(json.dumps(report | {"log": log.lines}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
