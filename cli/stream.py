"""`stream SYMBOL ...`: ticks to stdout, as JSON lines or for people, until a count or Ctrl-C."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from cli.console import emit, say
from cli.gateway import connected
from cli.parser import Command
from config.settings import Loaded
from ib_api.session import ON_REQUEST
from ib_stream.wire import tick_line
from market import times
from market.broker import MarketData, TickSubscription
from market.bus import EventBus
from market.errors import BadRequest
from market.events import ConnectionChanged, DataType, Midpoint, Problem, Quote, StreamChanged, Tick, Trade
from market.hours import closed_note

TICK_TYPES = ("Last", "AllLast", "BidAsk", "MidPoint")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("symbol", nargs="+", help="AAPL, 265598, EURUSD, RHM@IBIS")
    parser.add_argument("--type", choices=TICK_TYPES, default="Last", help="which ticks (Last)")
    parser.add_argument("--number", type=int, help="stop after so many ticks")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def _run(loaded: Loaded, args: argparse.Namespace) -> Awaitable[int]:
    if args.number is not None and args.number < 1:
        raise BadRequest(f"--number {args.number}: give 1 or more, or leave it out to stream until Ctrl-C")
    return _stream(loaded, args)


async def _stream(loaded: Loaded, args: argparse.Namespace) -> int:
    arrived: asyncio.Queue[Tick | StreamChanged] = asyncio.Queue()
    async with connected(loaded) as broker:
        subscribe_ticks(broker.bus, arrived.put_nowait)
        broker.bus.subscribe(ConnectionChanged, ConnectionNews())
        broker.bus.subscribe(StreamChanged, arrived.put_nowait)
        broker.bus.subscribe(Problem, tell)
        subscriptions = [await _subscribe(broker, symbol, args.type) for symbol in args.symbol]
        names = {each.instrument.contract_id: each.instrument.ticker for each in subscriptions}
        write = tick_line if args.json else lambda tick: human_line(tick, names).encode()
        try:
            await _copy(arrived, write, args.number, subscriptions)
        finally:
            for each in subscriptions:
                each.cancel()
    return 0


async def _subscribe(broker: MarketData, symbol: str, tick_type: str) -> TickSubscription:
    instrument = await broker.resolve(symbol)
    subscription = await broker.stream(instrument, tick_type)  # type: ignore[arg-type]  # argparse checked it
    say(f"streaming {tick_type} of {instrument.describe()}")
    for note in filter(None, (subscription.note, closed_note(instrument, await broker.now()))):
        say(f"  note: {note}")
    return subscription


async def _copy(
    arrived: "asyncio.Queue[Tick | StreamChanged]",
    write: Callable[[Tick], bytes],
    number: int | None,
    subscriptions: Sequence[TickSubscription],
) -> None:
    """Copy ticks, over outages too, until enough came; raise why no more will come."""
    written = 0
    while number is None or written < number:
        errors = [each.error for each in subscriptions if each.error is not None]
        if len(errors) == len(subscriptions):
            raise errors[0]
        event = await arrived.get()
        if not isinstance(event, StreamChanged):
            emit(write(event))
            written += 1


def subscribe_ticks(bus: EventBus, handler: Callable[[Tick], None]) -> Callable[[], None]:
    """Hear of ticks of every kind; the answer ends it."""
    cancels = [bus.subscribe(Trade, handler), bus.subscribe(Quote, handler), bus.subscribe(Midpoint, handler)]

    def cancel() -> None:
        for each in cancels:
            each()

    return cancel


def tell(problem: Problem) -> None:
    """Show a problem that the user should know of."""
    if problem.severity != "info":
        advice = f" ({problem.advice})" if problem.advice else ""
        say(f"{problem.severity}: {problem.code} {problem.message}{advice}")


class ConnectionNews:
    """Shows how the line to the gateway stands; a failure that repeats itself is shown once."""

    _WORDS: ClassVar = {
        "disconnected": "lost",
        "connecting": "is being made anew",
        "ready": "ready",
        "degraded": "degraded",
    }

    def __init__(self) -> None:
        self._shown = ""

    def __call__(self, change: ConnectionChanged) -> None:
        if change.reason == ON_REQUEST:
            return
        news = change.reason.partition(" failed: ")[2] or f"{change.state} {change.reason}"
        if news != self._shown:
            self._shown = news
            say(f"connection {self._WORDS[change.state]}: {change.reason}")


def human_line(tick: Tick, names: dict[int, str]) -> str:
    """One tick for people; what is not live says so.

    >>> human_line(Midpoint(1, "SMART", 0, 0, 1.5, data_type=DataType.DELAYED), {1: "EUR"})
    '1970-01-01T00:00:00Z EUR      mid 1.5 DELAYED'
    """
    if isinstance(tick, Trade):
        what = f"{tick.price} x {_number(tick.size)} {tick.venue} {tick.conditions}".rstrip()
    elif isinstance(tick, Quote):
        what = (
            f"{_number(tick.bid)} x {_number(tick.bid_size)} / {_number(tick.ask)} x {_number(tick.ask_size)}"
        )
    else:
        what = f"mid {tick.price}"
    labels = " ".join(
        filter(None, (tick.source if tick.source != "tbt" else "", _freshness(tick.data_type)))
    ).replace("l1", "market-data line")
    return (
        f"{times.iso(tick.time)} {names.get(tick.contract_id, tick.contract_id)!s:8} {what} {labels}".rstrip()
    )


def _freshness(data_type: DataType) -> str:
    return "" if data_type is DataType.LIVE else data_type.label


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}" if value >= 1000 or value == int(value) else str(value)


COMMAND = Command("stream", "print the ticks of contracts as they come", _add_arguments, _run)
