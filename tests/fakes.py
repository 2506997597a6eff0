"""Small stand-ins for brokers and short ways to make events."""

from collections.abc import Callable, Sequence

from market.bar_size import BarSize
from market.broker import BarRequest, TickSubscription
from market.bus import EventBus
from market.clock import DrivenClock
from market.errors import ContractNotFound
from market.events import Bar, Quote, Tick, TickSource, TickType, Trade
from market.instrument import Instrument
from market.source import Source
from market.times import DAY, MINUTE, SECOND, parse

T0 = parse("2026-01-05T14:30:00")
AAPL = Instrument(contract_id=265598, symbol="AAPL", sec_type="STK", exchange="SMART", currency="USD")
SIM = Source.simulated(seed=7, feed="consistent", always_open=False)


def bar(minute: int = 0, close: float = 10.0, **changes: object) -> Bar:
    """A final one-minute bar of `AAPL` from history, `minute` minutes after `T0`."""
    fields: dict[str, object] = {
        "contract_id": AAPL.contract_id,
        "exchange": "SMART",
        "time": T0 + minute * MINUTE,
        "received": T0 + DAY,
        "size": "1m",
        "open": 10.0,
        "high": max(11.0, close),
        "low": min(9.0, close),
        "close": close,
        "volume": 100.0,
        "average": 10.0,
        "count": 5,
        "final": True,
    }
    return Bar(**(fields | changes))  # type: ignore[arg-type]  # tests vary fields by name


def trade(second: float = 0, price: float = 10.0, size: float | None = 1.0, **changes: object) -> Trade:
    """A live print of `AAPL`, `second` seconds after `T0`."""
    time = T0 + int(second * SECOND)
    fields: dict[str, object] = {
        "contract_id": AAPL.contract_id,
        "exchange": "SMART",
        "time": time,
        "received": time,
    }
    return Trade(**(fields | {"price": price, "size": size} | changes))  # type: ignore[arg-type]  # as above


def quote(second: float, bid: float | None, ask: float | None, **changes: object) -> Quote:
    """A live quote of `AAPL`, `second` seconds after `T0`."""
    time = T0 + int(second * SECOND)
    fields: dict[str, object] = {
        "contract_id": AAPL.contract_id,
        "exchange": "SMART",
        "time": time,
        "received": time,
    }
    sides: dict[str, object] = {"bid": bid, "ask": ask, "bid_size": 1.0, "ask_size": 1.0}
    return Quote(**(fields | sides | changes))  # type: ignore[arg-type]  # as above


class FakeMarketData:
    """A broker that serves `stored` bars and ticks; `asked` lists the requests, `fail` may raise for one.

    A request for bars takes `lasts` seconds of `clock`.
    """

    def __init__(self, bars: Sequence[Bar] = (), ticks: Sequence[Tick] = (), source: Source = SIM) -> None:
        self.source = source
        self.bus = EventBus()
        self.clock = DrivenClock(T0 + 30 * DAY)
        self.stored = list(bars)
        self.stored_ticks = list(ticks)
        self.asked = list[BarRequest]()
        self.asked_ticks = list[int]()
        self.span = 60 * MINUTE
        self.lasts = 0.0
        self.fail: Callable[[int], None] = lambda number: None

    async def now(self) -> int:
        return self.clock.now()

    def max_span(self, size: BarSize) -> int:
        return self.span

    async def find(self, text: str) -> Sequence[Instrument]:
        return [AAPL] if text in (AAPL.symbol, str(AAPL.contract_id)) else []

    async def resolve(self, text: str) -> Instrument:
        if not await self.find(text):
            raise ContractNotFound(f"{text} is not a contract")
        return AAPL

    async def bars(self, instrument: Instrument, request: BarRequest) -> Sequence[Bar]:
        self.asked.append(request)
        self.clock.advance(round(self.lasts * SECOND))
        self.fail(len(self.asked))
        return [each for each in self.stored if request.start <= each.time < request.end]

    async def ticks(
        self, instrument: Instrument, tick_type: TickType, start: int, count: int
    ) -> Sequence[Tick]:
        self.asked_ticks.append(start)
        later = [each for each in self.stored_ticks if each.time // SECOND >= start // SECOND]
        page = later[:count]
        return page + [each for each in later[count:] if each.time // SECOND == page[-1].time // SECOND]

    async def head_time(self, instrument: Instrument, what: str = "TRADES") -> int:
        return min(each.time for each in self.stored)

    async def stream(
        self, instrument: Instrument, tick_type: TickType, *, source: TickSource = "tbt"
    ) -> TickSubscription:
        raise NotImplementedError
