"""Write what streams to the store, in batches and off the event loop: lossless, one flush at a time.

What could not be written waits and is tried again at the next flush. Memory bounds that: beyond `CAP` waiting
ticks the newest are counted in `dropped` and reported, the seconds around the hole are marked as seen in
part, and `on_loss` is told of the hole once there is room again, so that history fills it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from market.bus import EventBus
from market.clock import Clock
from market.errors import SetupError
from market.events import Bar, Midpoint, Problem, Severity, Tick, TickType, Trade
from market.times import DAY

log = logging.getLogger("truetick.recorder")

# Some 300 bytes each: a store that cannot be written for long costs at most about 300 MB.
CAP = 1_000_000

BarKey = tuple[int, str, str, str, str, int]
TickKey = tuple[int, str, TickType]
OnLoss = Callable[[Tick, Tick], None]


class Store(Protocol):
    """What a recorder needs of a store; `TimeseriesDB` is one."""

    def append_ticks(self, ticks: Sequence[Tick]) -> None: ...
    def upsert_bars(self, bars: Sequence[Bar]) -> object: ...
    def cut(self, contract_id: int | None = None, kind: TickType | None = None) -> None: ...
    def join(self, contract_id: int, exchange: str, kind: TickType, time: int) -> None: ...


class Counters(msgspec.Struct):
    """What went through: taken, stored, left out (`sampled`: from a market-data line), lost to the cap."""

    ticks: int = 0
    bars: int = 0
    flushed_ticks: int = 0
    flushed_bars: int = 0
    sampled: int = 0
    dropped: int = 0
    failures: int = 0


class _Cut(msgspec.Struct, frozen=True):
    """A mark among the ticks: the streams of a contract (or all), or one kind of it, broke here."""

    contract_id: int | None
    kind: TickType | None

    def apply(self, store: Store) -> None:
        store.cut(self.contract_id, self.kind)


class _Join(msgspec.Struct, frozen=True):
    """A mark among the ticks: from the second after `time` on a stream misses nothing."""

    series: TickKey
    time: int

    def apply(self, store: Store) -> None:
        store.join(*self.series, self.time)


_Mark = _Cut | _Join


class Recorder:
    """Take ticks and bars at any rate; `flush` writes them. Use it on one event loop."""

    def __init__(self, store: Store, bus: EventBus, clock: Clock, *, cap: int = CAP) -> None:
        self.counters = Counters()
        self._store = store
        self._bus = bus
        self._clock = clock
        self._cap = cap
        self.on_loss: OnLoss = lambda first, last: None
        self._lost = dict[TickKey, tuple[Tick, Tick]]()
        self._ticks = list[Tick | _Mark]()
        # Of several forms of a bar only the latest is worth a write.
        self._bars = dict[BarKey, Bar]()
        self._turn = asyncio.Lock()
        self._full = False
        self._failing = False
        self._stored_until = clock.now()

    @property
    def waiting(self) -> int:
        """Ticks and bars taken but not stored yet."""
        return len(self._ticks) + len(self._bars)

    def take_tick(self, tick: Tick) -> None:
        """Keep a tick for the next flush; samples of a market-data line are counted only."""
        self.counters.ticks += 1
        if tick.source == "l1":
            self.counters.sampled += 1
        elif len(self._ticks) < self._cap:
            self._ticks.append(tick)
            if self._full:
                self._recover()
        else:
            self._drop(tick)

    def take_bar(self, bar: Bar) -> None:
        """Keep a bar for the next flush, in place of an earlier form of it that is not final."""
        self.counters.bars += 1
        key = _bar_key(bar)
        known = self._bars.get(key)
        if known is None or bar.final or not known.final:
            self._bars[key] = bar

    @property
    def stored_until(self) -> int:
        """Until when, by the clock, all that was taken is stored."""
        idle = not (self.waiting or self._full or self._turn.locked())
        return self._clock.now() if idle else self._stored_until

    def cut(self, contract_id: int | None = None, kind: TickType | None = None) -> None:
        """The streams of a contract (or all) broke: the seconds on both sides of now were seen in part."""
        self._ticks.append(_Cut(contract_id, kind))

    def join(self, contract_id: int, exchange: str, kind: TickType, time: int) -> None:
        """A stream begins of which everything after the second of `time` comes."""
        self._ticks.append(_Join((contract_id, exchange, kind), time))

    async def flush(self) -> None:
        """Write what waits; what fails is reported and waits on. Cancelling the caller does not stop it."""
        await asyncio.shield(asyncio.ensure_future(self._flush()))

    async def close(self) -> None:
        """Write everything; raise `SetupError` saying how much could not be stored."""
        await self.flush()
        if self.waiting:
            await self.flush()
        if self.waiting:
            raise SetupError(
                f"{self.waiting} ticks and bars could not be stored; see the problems reported before"
            )

    async def _flush(self) -> None:
        async with self._turn:
            ticks, self._ticks = self._ticks, []
            bars, self._bars = self._bars, {}
            began, whole = self._clock.now(), not self._full
            if ticks or bars:
                left, errors = await asyncio.to_thread(self._write, ticks, list(bars.values()))
                self._ticks[:0] = [tick for tick in left if not isinstance(tick, Bar)]
                self._bars = {_bar_key(bar): bar for bar in left if isinstance(bar, Bar)} | self._bars
                self._tell(errors)
                if whole and not errors:
                    self._stored_until = began

    def _write(
        self, ticks: Sequence[Tick | _Mark], bars: Sequence[Bar]
    ) -> tuple[list[Tick | _Mark | Bar], list[Exception]]:
        """Runs in a thread: store all it can, give back the rest in its order."""
        left, errors, failed = list[Tick | _Mark | Bar](), list[Exception](), set[object]()
        for step in _steps(ticks):
            if isinstance(step, _Mark):
                step.apply(self._store)
                left += [step] if failed else []
                continue
            series = _series(step[0])
            # What follows a failed batch of a series must wait behind it.
            if series not in failed:
                error = self._append(step)
                if error is None:
                    continue
                errors.append(error)
                failed.add(series)
            left += step
        try:
            if bars:
                self._store.upsert_bars(bars)
                self.counters.flushed_bars += len(bars)
        except Exception as error:  # whatever it is, the bars must not be lost to it
            left += bars
            errors.append(error)
        return left, errors

    def _append(self, ticks: Sequence[Tick]) -> Exception | None:
        try:
            self._store.append_ticks(ticks)
        except Exception as error:  # whatever it is, the ticks must not be lost to it
            return error
        self.counters.flushed_ticks += len(ticks)
        return None

    def _tell(self, errors: Sequence[Exception]) -> None:
        if errors:
            self.counters.failures += 1
            log.error("%d ticks and bars wait for the store", self.waiting, exc_info=errors[0])
        if errors and not self._failing:
            self._problem(
                "error", f"cannot write to the store: {errors[0]}; what streams is kept and tried again"
            )
        if self._failing and not errors:
            self._problem("info", "the store can be written again; nothing that was kept is lost")
        self._failing = bool(errors)

    def _recover(self) -> None:
        self._full = False
        lost, self._lost = self._lost, {}
        for first, last in lost.values():
            self.on_loss(first, last)

    def _drop(self, tick: Tick) -> None:
        self.counters.dropped += 1
        first, _ = self._lost.get(_series(tick), (tick, tick))
        self._lost[_series(tick)] = first, tick
        if not self._full:
            self._full = True
            self.cut()
            self._problem(
                "error", f"{self._cap} ticks wait for the store; further ones are lost to it and counted"
            )

    def _problem(self, severity: Severity, message: str) -> None:
        advice = "free disk space or check the data folder" if severity == "error" else ""
        self._bus.publish(Problem(0, message, severity, self._clock.now(), advice=advice))


def _steps(ticks: Sequence[Tick | _Mark]) -> list[list[Tick] | _Mark]:
    """The ticks in batches that the store takes whole or not at all: one series, day and source each."""
    steps = list[list[Tick] | _Mark]()
    batches = dict[object, list[Tick]]()
    for tick in ticks:
        if isinstance(tick, _Mark):
            steps += [*batches.values(), tick]
            batches = {}
        else:
            batches.setdefault((_series(tick), tick.time // DAY, tick.source), []).append(tick)
    return [*steps, *batches.values()]


def _series(tick: Tick) -> TickKey:
    # As `data_storage.tables.kind_of`, without what that needs: starting up must not wait for Arrow.
    untraded: TickType = "MidPoint" if isinstance(tick, Midpoint) else "BidAsk"
    return tick.contract_id, tick.exchange, tick.tick_type if isinstance(tick, Trade) else untraded


def _bar_key(bar: Bar) -> BarKey:
    return bar.contract_id, bar.exchange, bar.size, bar.what, bar.hours, bar.time
