"""The official client, of whichever generation is installed: from socket to `EWrapper` callback."""

import sys
import threading

from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.wrapper import EWrapper

from benchmarks.wire_parts.counting import Counting, CountingLate, subscribe
from benchmarks.wire_parts.meter import INSTRUMENTS, LIMIT, WELCOME, Meter, arguments


class App(Counting, EWrapper, EClient):  # type: ignore[misc]  # neither generation has types
    """The usual program: wrapper and client in one."""

    def __init__(self, meter: Meter) -> None:
        EWrapper.__init__(self)
        EClient.__init__(self, self)
        self.meter, self.total = meter, meter.total
        self.ready = threading.Event()

    def managedAccounts(self, accountsList: str) -> None:
        pass

    def nextValidId(self, orderId: int) -> None:
        self.ready.set()


class LateApp(CountingLate, App):
    """The same, for latency."""


def main() -> None:
    args = arguments()
    meter = Meter(args.total)
    app = (LateApp if args.latency else App)(meter)
    app.connect("127.0.0.1", args.port, 1)
    threading.Thread(target=app.run, daemon=True).start()
    if not app.ready.wait(WELCOME):
        sys.exit("the sender said no welcome")
    subscribe(app, Contract, args.kind, INSTRUMENTS)
    meter.go()
    app.reqScannerParameters()
    meter.done.wait(LIMIT)
    meter.report_and_exit(app.count)


if __name__ == "__main__":
    main()
