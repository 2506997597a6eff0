"""Live data at work: ticks in, candles of several sizes out, both recorded.

The bus is synchronous, so a bar that a tick completes is published before the next tick is. Running bars are
published as provisional a few times a second, not on every tick.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import get_args

from msgspec.structs import replace

from data_processing.candles import CandleBuilder
from data_processing.kept_bars import KeptBars
from data_processing.recorder import Counters, Recorder, Store
from market.bar_size import BarSize
from market.bus import EventBus
from market.clock import Clock, Timer
from market.events import Bar, ConnectionChanged, Midpoint, Quote, StreamChanged, Tick, TickType, Trade
from market.times import SECOND

SHOW_EVERY = SECOND // 4
FLUSH_EVERY = SECOND
_TICK_TYPES: dict[str, TickType] = {name: name for name in get_args(TickType)}


class RealTimeData:
    """Build candles of `sizes` from what comes on `bus` and record everything in `db`, if there is one.

    `zones` gives each contract's IANA zone and may be filled later; `untraded` are the contracts whose quotes
    make MIDPOINT bars (`None`: all). Call `start` on the event loop and `await
    close()` at the end, also after Ctrl-C: it stores the running bars as provisional and loses nothing.
    """

    def __init__(
        self,
        bus: EventBus,
        db: Store | None,
        sizes: Sequence[BarSize],
        clock: Clock,
        *,
        zones: Mapping[int, str] | None = None,
        untraded: Collection[int] | None = None,
    ) -> None:
        self.candles = CandleBuilder(sizes, zones=zones, untraded=untraded)
        self.recorder = Recorder(db, bus, clock) if db is not None else None
        self._kept = KeptBars()
        self._bus = bus
        self._clock = clock
        self._subscriptions = list[Callable[[], None]]()
        self._timers = dict[int, Timer]()
        self._flush: asyncio.Task[None] | None = None

    @property
    def counters(self) -> Counters:
        """What went through the recorder; all zero without a store."""
        return self.recorder.counters if self.recorder else Counters()

    def start(self) -> None:
        """Begin; calling it twice is a mistake of the caller's that doubles nothing."""
        if self._subscriptions:
            return
        self._subscriptions += [
            self._bus.subscribe(Trade, self._on_tick),
            self._bus.subscribe(Quote, self._on_tick),
            self._bus.subscribe(Midpoint, self._on_tick),
            self._bus.subscribe(Bar, self._on_bar),
            self._bus.subscribe(StreamChanged, self._on_stream),
            self._bus.subscribe(ConnectionChanged, self._on_connection),
        ]
        self._every(SHOW_EVERY, self._show)
        if self.recorder:
            self._every(FLUSH_EVERY, self._begin_flush)

    async def close(self) -> None:
        """Stop, publish and store what still runs; raise `SetupError` when the store does not take it."""
        for cancel in self._subscriptions:
            cancel()
        self._subscriptions.clear()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._publish(self.candles.advance(self._clock.now()))
        self._publish(self.candles.running())
        if self._flush is not None:
            await self._flush
        if self.recorder:
            await self.recorder.close()

    def cut(self, contract_id: int | None = None) -> None:
        """The streams of a contract (or all) broke: bars and seconds around now were seen in part."""
        self.candles.cut(contract_id)
        if self.recorder:
            self.recorder.cut(contract_id)

    def _on_tick(self, tick: Tick) -> None:
        if self.recorder:
            self.recorder.take_tick(tick)
        if tick.source != "history":
            self._publish(self.candles.add(tick))

    def _on_bar(self, bar: Bar) -> None:
        # Our own bars come by here too, and history is stored by whoever asked for it.
        if bar.source not in ("rtbar", "live"):
            return
        if bar.source == "live":
            complete = self._kept.take(bar)
            if complete is not None:
                self._publish([replace(complete, final=True)])
            return
        if self.recorder and bar.final:
            self.recorder.take_bar(bar)
        if bar.source == "rtbar":
            self._publish(self.candles.add(bar))

    def _on_connection(self, change: ConnectionChanged) -> None:
        if change.state == "disconnected":
            self.cut()

    def _on_stream(self, change: StreamChanged) -> None:
        if change.state not in ("waiting", "live") and change.kind != "depth":
            self.candles.cut(change.contract_id)
            self._publish([replace(bar, final=True) for bar in self._kept.broke(change)])
        kind = _TICK_TYPES.get(change.kind)
        if not self.recorder or kind is None or change.source == "l1":
            return
        if change.state == "live":
            self.recorder.join(change.contract_id, change.exchange, kind, change.time)
        else:
            self.recorder.cut(change.contract_id, kind)

    def _publish(self, bars: Sequence[Bar]) -> None:
        """Record bars, then tell everybody."""
        for bar in bars:
            if self.recorder:
                self.recorder.take_bar(bar)
            self._bus.publish(bar)

    def _show(self) -> None:
        self._publish(self.candles.advance(self._clock.now()))
        self._bus.publish_all(self.candles.changed())

    def _begin_flush(self) -> None:
        if self.recorder and self.recorder.waiting and (self._flush is None or self._flush.done()):
            self._flush = asyncio.get_running_loop().create_task(self.recorder.flush())

    def _every(self, interval: int, action: Callable[[], None]) -> None:
        def run() -> None:
            self._every(interval, action)
            action()

        self._timers[interval] = self._clock.call_at(self._clock.now() + interval, run)
