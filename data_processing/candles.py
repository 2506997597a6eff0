"""Build bars of several sizes from ticks, at once and without I/O.

* Prints make TRADES bars: those of `Last`, or of `AllLast` where nothing else is streamed. A print that was
  not reported moves nothing, as in IB's own bars.
* Quotes (or midpoint ticks where there are no quotes) make MIDPOINT bars, which have no volume; they are what
  a contract without trades, such as a currency pair, has.
* 5-second bars from IB make larger bars where no ticks are streamed.

A bar is complete when an event at or after its end comes, or a grace after its end; it is `final` unless it
was seen only in part, because the stream began or was cut within it or comes from a market-data line, which
is sampled. Against history a bar from ticks never
wins, see `data_processing.bar_merge`.
"""

from collections.abc import Collection, Mapping, Sequence
from zoneinfo import ZoneInfo

from data_processing.alignment import bounds
from market.bar_size import BarSize
from market.events import Bar, DataType, Quote, Tick, Trade
from market.times import MINUTE, SECOND

# IB's stamps are whole seconds, and a print may reach us a second after it.
GRACE = 2 * SECOND
# Delayed data is 15 minutes old; its bars end by the clock only after this.
DELAYED_GRACE = 20 * MINUTE

RTBAR = 5 * SECOND

# Where two streams tell the same, the first of these that comes is believed, and replaces any other.
_PREFERRED = frozenset({"Last", "BidAsk"})

Key = tuple[int, str, str, DataType]


class _Candle:
    """One running bar."""

    __slots__ = (
        "changed",
        "close",
        "count",
        "end",
        "high",
        "low",
        "open",
        "partial",
        "received",
        "start",
        "value",
        "volume",
    )

    def __init__(self, start: int, end: int, price: float, partial: bool) -> None:
        self.start, self.end, self.partial = start, end, partial
        self.open = self.high = self.low = self.close = price
        self.volume: float | None = None
        self.value = 0.0
        self.count = 0
        self.received = 0
        self.changed = True

    def take(self, high: float, low: float, close: float) -> None:
        if high > self.high:
            self.high = high
        if low < self.low:
            self.low = low
        self.close = close
        self.changed = True

    def trade(self, size: float | None, average: float, count: int) -> None:
        self.count += count
        if size is not None:
            self.volume = (self.volume or 0.0) + size
            self.value += average * size

    def bar(self, key: Key, size: BarSize, final: bool) -> Bar:
        contract_id, exchange, what, data_type = key
        trades = what == "TRADES"
        return Bar(
            contract_id,
            exchange,
            self.start,
            self.received,
            size.name,
            self.open,
            self.high,
            self.low,
            self.close,
            self.volume if trades else None,
            self.value / self.volume if trades and self.volume else None,
            self.count if trades else None,
            final=final,
            what=what,
            source="ticks",
            data_type=data_type,
        )


class CandleBuilder:
    """Events in, bars out; `sizes` are intraday sizes, `zones` gives a contract's IANA zone (else UTC).

    `zones` is read whenever a bar begins, so it may be filled later. MIDPOINT bars are made of the contracts
    in `untraded`, or of all where that is `None`. `late` counts the events that came after their bar was
    complete; they change nothing.
    """

    def __init__(
        self,
        sizes: Sequence[BarSize],
        *,
        zones: Mapping[int, str] | None = None,
        untraded: Collection[int] | None = None,
        grace: int = GRACE,
    ) -> None:
        for size in sizes:
            bounds(size, ZoneInfo("UTC"), 0)
        self.late = 0
        self._sizes = tuple(sizes)
        self._zones = zones if zones is not None else {}
        self._untraded = untraded
        self._grace = grace
        self._running = dict[Key, dict[BarSize, _Candle]]()
        # When the last complete bar ended: what comes before that is late.
        self._done = dict[tuple[Key, BarSize], int]()
        self._streams = dict[tuple[int, str, str], str]()
        self._joined = set[Key]()

    def add(self, event: Tick | Bar) -> list[Bar]:
        """Take a tick or a 5-second bar; the answer is the bars that it completed."""
        if isinstance(event, Trade):
            believed = not event.unreported and self._believed(event, "TRADES", event.tick_type)
            return self._price(event, "TRADES", event.price) if believed else []
        if isinstance(event, Bar):
            if not self._believed(event, event.what, "rtbar"):
                return []
            return self._take(event, event.what, event.open, event.high, event.low, event.close)
        if self._untraded is not None and event.contract_id not in self._untraded:
            return []
        stream = "BidAsk" if isinstance(event, Quote) else "MidPoint"
        price = _middle(event) if isinstance(event, Quote) else event.price
        if price is None or not self._believed(event, "MIDPOINT", stream):
            return []
        return self._price(event, "MIDPOINT", price)

    def advance(self, now: int) -> list[Bar]:
        """Complete the bars that ended more than a grace ago."""
        done = list[Bar]()
        for key, candles in self._running.items():
            delayed = key[3] in (DataType.DELAYED, DataType.DELAYED_FROZEN)
            until = now - (DELAYED_GRACE if delayed else self._grace)
            for size in [size for size, candle in candles.items() if candle.end <= until]:
                done.append(self._complete(key, size))
        return done

    def changed(self) -> list[Bar]:
        """The running bars that changed since the last call, as they are now, provisional."""
        bars = list[Bar]()
        for key, candles in self._running.items():
            for size, candle in candles.items():
                if candle.changed:
                    candle.changed = False
                    bars.append(candle.bar(key, size, final=False))
        return bars

    def running(self) -> list[Bar]:
        """Every running bar as it is now, provisional."""
        return [
            candle.bar(key, size, final=False)
            for key, candles in self._running.items()
            for size, candle in candles.items()
        ]

    def cut(self, contract_id: int | None = None) -> None:
        """The streams of a contract (or all) broke: running bars, and bars joined later, are seen in part."""
        for key in [key for key in self._joined if contract_id in (None, key[0])]:
            self._joined.discard(key)
            for candle in self._running.get(key, {}).values():
                candle.partial = True

    def _believed(self, event: Tick | Bar, what: str, stream: str) -> bool:
        key = (event.contract_id, event.exchange, what)
        known = self._streams.get(key)
        if known is None or (stream in _PREFERRED and known not in _PREFERRED):
            self._streams[key] = known = stream
        return known == stream

    def _price(self, event: Tick, what: str, price: float) -> list[Bar]:
        return self._take(event, what, price, price, price, price)

    def _take(
        self, event: Tick | Bar, what: str, first: float, high: float, low: float, last: float
    ) -> list[Bar]:
        key = (event.contract_id, event.exchange, what, event.data_type)
        joined = key in self._joined
        candles = self._running.setdefault(key, {})
        done = list[Bar]()
        for size in self._sizes:
            if isinstance(event, Bar) and size.nanoseconds <= RTBAR:
                continue
            candle = candles.get(size)
            if candle is not None and event.time >= candle.end:
                done.append(self._complete(key, size))
                candle = None
            if event.time < (candle.start if candle else self._done.get((key, size), event.time)):
                self.late += 1
                continue
            if candle is None:
                candle = candles[size] = self._begin(event, size, first, partial=not joined)
            candle.take(high, low, last)
            candle.partial |= event.source == "l1"
            candle.received = event.received
            _add_volume(candle, event)
        self._joined.add(key)
        return done

    def _begin(self, event: Tick | Bar, size: BarSize, price: float, *, partial: bool) -> _Candle:
        zone = ZoneInfo(self._zones.get(event.contract_id) or "UTC")
        return _Candle(*bounds(size, zone, event.time), price, partial)

    def _complete(self, key: Key, size: BarSize) -> Bar:
        candle = self._running[key].pop(size)
        self._done[key, size] = candle.end
        return candle.bar(key, size, final=not candle.partial)


def _middle(quote: Quote) -> float | None:
    return None if quote.bid is None or quote.ask is None else (quote.bid + quote.ask) / 2


def _add_volume(candle: _Candle, event: Tick | Bar) -> None:
    if isinstance(event, Trade):
        candle.trade(event.size, event.price, 1)
    elif isinstance(event, Bar):
        candle.trade(event.volume, event.close if event.average is None else event.average, event.count or 0)
