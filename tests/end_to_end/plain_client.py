"""A script that knows nothing of truetick: IB's own client, either generation, against the port it is given.

Usage: plain_client.py PORT. It prints one line for each thing it got and ends with 0 when it got them all.
"""

import sys
import threading

from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.wrapper import EWrapper


class App(EWrapper, EClient):  # type: ignore[misc]  # IB's library has no types
    def __init__(self) -> None:
        EWrapper.__init__(self)
        EClient.__init__(self, self)
        self.bars = 0
        self.ticks = 0
        self.ready, self.history, self.streamed = threading.Event(), threading.Event(), threading.Event()

    def nextValidId(self, orderId: int) -> None:
        self.ready.set()

    def error(self, *args: object) -> None:
        print("message", *args, file=sys.stderr)

    def historicalData(self, reqId: int, bar: object) -> None:
        self.bars += 1

    def historicalDataEnd(self, reqId: int, start: str, end: str) -> None:
        self.history.set()

    def tickByTickBidAsk(self, *args: object) -> None:
        self.ticks += 1
        if self.ticks == 5:
            self.streamed.set()


def apple() -> Contract:
    contract = Contract()
    contract.conId, contract.exchange = 265598, "SMART"
    return contract


def main(port: int) -> int:
    app = App()
    app.connect("127.0.0.1", port, 77)
    thread = threading.Thread(target=app.run, daemon=True)
    thread.start()
    try:
        assert app.ready.wait(10), "never ready"
        app.reqHistoricalData(1, apple(), "", "3600 S", "1 min", "TRADES", 0, 2, False, [])
        assert app.history.wait(10), "no history"
        app.reqTickByTickData(2, apple(), "BidAsk", 0, False)
        assert app.streamed.wait(10), "no ticks"
    finally:
        app.disconnect()
        thread.join(5)
    print(f"{app.bars} bars, {app.ticks} ticks")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
