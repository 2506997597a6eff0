"""Our three forms: `EWrapper` callbacks, batches on the reader thread, the bus on the event loop."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.wire_parts.counting import Counting, CountingLate, subscribe
from benchmarks.wire_parts.messages import MARK_PRICE
from benchmarks.wire_parts.meter import INSTRUMENTS, LIMIT, WELCOME, Meter, arguments
from ib_api import IBCallbacks, IBConnector, IBRequests
from ib_api._ibapi import Contract
from market.bridge import LoopBridge
from market.bus import EventBus
from market.events import Bar, Event, MarketEvent, Quote, Trade


class App(Counting, IBCallbacks):
    """Callbacks as a user overrides them."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self.meter, self.total = meter, meter.total


class LateApp(CountingLate, App):
    """The same, for latency."""


class Listener:
    """Counts the market's events, in batches or one by one, and looks at the values of the last."""

    def __init__(self, meter: Meter, *, late: bool) -> None:
        self.count = 0
        self.meter = meter
        self.late = late
        self.on_batch: Callable[[Sequence[Event]], None] = self._late_batch if late else self._batch

    def on_event(self, event: MarketEvent) -> None:
        self.count += 1
        if self.late:
            self.meter.latencies.append(time.monotonic_ns() - int(price_of(event)))
        if self.count == self.meter.total:
            self._finish(event)

    def _batch(self, batch: Sequence[Event]) -> None:
        # What is said of the connection comes in batches of its own, before anything was asked for.
        if isinstance(batch[-1], MarketEvent):
            self.count += len(batch)
            if self.count == self.meter.total:
                self._finish(batch[-1])

    def _late_batch(self, batch: Sequence[Event]) -> None:
        now = time.monotonic_ns()
        self.meter.latencies += [now - int(price_of(event)) for event in batch if isinstance(event, Trade)]
        self._batch(batch)

    def _finish(self, event: Event) -> None:
        self.meter.finish(*([] if self.late else values(event)))


def price_of(event: Event) -> float:
    assert isinstance(event, Trade)
    return event.price


def values(event: Event) -> list[float]:
    """What the event says, in the order of `messages.MARKS`."""
    if isinstance(event, Trade):
        found = [event.price, event.size]
    elif isinstance(event, Bar):
        found = [event.open, event.high, event.low, event.close, event.volume]
    elif isinstance(event, Quote):
        found = [event.bid, event.ask, event.bid_size, event.ask_size]
        # A market-data line brings one side at a time; the mark is a bid or an offer.
        if event.source == "l1":
            found = [price for price in (event.bid, event.ask) if price == MARK_PRICE]
    return [number for number in found if number is not None]


def connect(callbacks: IBCallbacks, port: int) -> IBConnector:
    connector = IBConnector(callbacks)
    connector.connect("127.0.0.1", port, client_id=1, timeout=WELCOME)
    return connector


def callback(args: Any, meter: Meter) -> int:
    """An overriding subclass, asked through `EClient`'s own methods; nobody wants events."""
    app = (LateApp if args.latency else App)(meter)
    connector = connect(app, args.port)
    subscribe(connector, Contract, args.kind, INSTRUMENTS)
    meter.go()
    connector.reqScannerParameters()
    meter.done.wait(LIMIT)
    return app.count


def event(args: Any, meter: Meter) -> int:
    """A sink that is handed batches on the reader thread; a history is an answer."""
    listener = Listener(meter, late=args.latency)
    connector = connect(IBCallbacks(listener.on_batch), args.port)
    if args.kind == "history":
        return history(connector, meter)
    open_streams(connector, args.kind)
    meter.go()
    connector.reqScannerParameters()
    meter.done.wait(LIMIT)
    return listener.count


def history(connector: IBConnector, meter: Meter) -> int:
    """The whole answer as a list of bars."""
    answer = IBRequests(connector).request_historical_data(contract_of(101), "70 D", "1m")
    meter.go()
    connector.reqScannerParameters()
    bars = answer.result(LIMIT)
    if len(bars) == meter.total:
        meter.finish(*values(bars[-1]))
    return len(bars)


def loop(args: Any, meter: Meter) -> int:
    """A handler on the bus, as every part of a program of ours has it."""
    return asyncio.run(on_loop(args, meter))


async def on_loop(args: Any, meter: Meter) -> int:
    listener, bus = Listener(meter, late=args.latency), EventBus()
    bus.subscribe(MarketEvent, listener.on_event)
    bridge = LoopBridge(asyncio.get_running_loop(), bus.publish_all)
    connector = await asyncio.to_thread(connect, IBCallbacks(bridge.put), args.port)
    if args.kind == "history":
        return await asyncio.to_thread(history, connector, meter)
    open_streams(connector, args.kind)
    meter.go()
    connector.reqScannerParameters()
    await asyncio.to_thread(meter.done.wait, LIMIT)
    return listener.count


def open_streams(connector: IBConnector, kind: str) -> None:
    """Ask for streams whose messages become events."""
    requests = IBRequests(connector)
    for contract_id in range(101, 101 + INSTRUMENTS):
        contract = contract_of(contract_id)
        if kind == "tick_price":
            requests.req_market_data(contract)
        elif kind == "bar_5s":
            requests.req_real_time_bars(contract)
        else:
            requests.req_tick_by_tick(contract, "Last" if kind == "last" else "BidAsk")


def contract_of(contract_id: int) -> Contract:
    contract = Contract()
    contract.conId, contract.exchange = contract_id, "SMART"
    return contract


FORMS = {"callback": callback, "event": event, "loop": loop}


def main() -> None:
    args = arguments()
    meter = Meter(args.total)
    meter.report_and_exit(FORMS[args.side](args, meter))


if __name__ == "__main__":
    main()
