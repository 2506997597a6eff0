"""The night watch of one broker: heartbeat, streams, clocks, and who is told when something is dead."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, Protocol

from ib_api import pending
from ib_api.account_requests import MILLIS_VERSION
from ib_api.clock_offset import ClockOffset, Measurement
from ib_api.gateway_time import GatewayTime
from ib_api.heartbeat import INTERVAL, PATIENCE, Heartbeat
from ib_api.ib_connector import IBConnector
from ib_api.lines import MarketDataLine, TickByTickLine
from ib_api.liveness import LOOK_SECONDS, PROBE_SECONDS, Liveness, Stream
from ib_api.probe import HistoryProbe
from ib_api.scheduling import acting_as
from ib_api.supervisor import Supervisor
from market.clock import AcceleratedClock, Clock, sleep
from market.errors import TruetickError
from market.events import ConnectionChanged, DataType, Problem, Tick, TickType
from market.instrument import Instrument
from market.source import Source
from market.times import MINUTE, SECOND
from market.wanted import OfInstrument

log = logging.getLogger("ib_api.watch")

_HOURS_EVERY = 600.0
"""Seconds between two looks for contracts whose hours are not told so far ahead:"""
_HOURS_AHEAD = 120 * MINUTE

DELAY = 15 * MINUTE
"""How old delayed data is, by IB's table of exchanges; some have 10 or 20 minutes."""

SAMPLED_ENOUGH = 5
"""A line shows the quote of each quarter of a second: what changes back in between is rightly left out."""

_MEANT = 60 * MINUTE
"""A simulated gateway whose clock is off by more than this was given another time on purpose."""


class Asked(Protocol):
    """Who is asked, and where events go; `IBBroker` is one."""

    connector: IBConnector
    source: Source
    supervisor: Supervisor

    async def tws_time(self) -> int: ...

    async def ticks(
        self, instrument: Instrument, tick_type: TickType, start: int, count: int
    ) -> Sequence[Tick]: ...
    async def find(self, text: str) -> Sequence[Instrument]: ...


class Watch:
    """Runs from its making to `close`, on the event loop. `measured` gets each comparison of the clocks."""

    def __init__(
        self,
        broker: Asked,
        clock: Clock,
        publish: Callable[[Problem], None],
        measured: Callable[[Measurement, Measurement], None],
    ) -> None:
        self._broker = broker
        self._clock = clock
        self._publish = publish
        self._time: GatewayTime = broker.connector.callbacks.time
        self.offset = ClockOffset(self._warn, measured)
        self.liveness = Liveness(
            clock,
            self,
            HistoryProbe(broker),
            self._streams,
            now=self._gateway_now,
            look_seconds=_at_least_real(clock, LOOK_SECONDS, 0.02),
            probe_seconds=_at_least_real(clock, PROBE_SECONDS, 1.0),
        )
        self._tasks = [_task(self.liveness.run()), _task(self._keep_hours())]
        self._heart = self._beat()

    async def close(self) -> None:
        """End it."""
        tasks = [*self._tasks, self._heart]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def on_connection(self, change: ConnectionChanged) -> None:
        """A new connection has a new heartbeat."""
        # The end of one attempt may be told when another has succeeded.
        connected = self._broker.connector.isConnected()
        if connected and change.state == "ready" and self._heart.done():
            self._heart = self._beat()
        elif not connected:
            self._heart.cancel()

    # -- who is told

    def renew(self, key: OfInstrument, since: int, reason: str) -> None:
        """See `ib_api.liveness.Tells`."""
        self._broker.supervisor.renew(key, self._time.whole(since), reason)

    def doubt(self, key: OfInstrument, since: int, reason: str) -> None:
        """See `ib_api.liveness.Tells`."""
        self._broker.supervisor.doubt(key, self._time.whole(since), reason)

    def line_is_dead(self, since: int, reason: str) -> None:
        """See `ib_api.liveness.Tells`."""
        self._broker.supervisor.line_is_dead(self._time.whole(since), reason)

    # -- what is watched

    def _beat(self) -> "asyncio.Task[None]":
        connector = self._broker.connector
        version = connector.serverVersion() or 0
        heart = Heartbeat(
            self._clock,
            self._broker.tws_time,
            lambda: connector.callbacks.received,
            self,
            self.offset,
            resolution=SECOND // 1000 if version >= MILLIS_VERSION else SECOND,
            interval=_at_least_real(self._clock, INTERVAL, 0.25),
            patience=_at_least_real(self._clock, PATIENCE, pending.PATIENCE),
        )
        return _task(heart.run())

    def _streams(self) -> Iterator[Stream]:
        supervisor = self._broker.supervisor
        lines = self._broker.connector.callbacks.registry.streams.copy().values()
        halted = {each.contract_id for each in lines if isinstance(each, MarketDataLine) and each.halted}
        for wanted, entry in list(supervisor.keeper.entries.items()):
            if isinstance(wanted, OfInstrument):
                way = entry.way
                line = way.line if entry.state == "live" else None
                excused = wanted.instrument.contract_id in halted
                excused = excused or bool(supervisor.conditions.obstacle(way.farm))
                delayed = line is not None and line.data_type in (DataType.DELAYED, DataType.DELAYED_FROZEN)
                enough = 1 if isinstance(line, TickByTickLine) else SAMPLED_ENOUGH
                yield Stream(wanted, line, excused, DELAY if delayed else 0, enough)

    def _gateway_now(self) -> int:
        return self._clock.now() + self._time.ahead

    async def _keep_hours(self) -> None:
        """Ask for the hours of further days before those that were told are over."""
        pause = _at_least_real(self._clock, _HOURS_EVERY, 5.0)
        while True:
            for instrument in self.liveness.untold(self._gateway_now() + _HOURS_AHEAD):
                if self._broker.supervisor.conditions.connected:
                    await self._tell_hours(instrument)
            await sleep(self._clock, pause)

    async def _tell_hours(self, instrument: Instrument) -> None:
        try:
            found = await self._broker.find(str(instrument.contract_id))
        except TruetickError as error:
            log.info("the hours of %s are not to be had: %s", instrument.ticker, error)
            return
        for each in found:
            self.liveness.tell_hours(each)

    def _warn(self, problem: Problem) -> None:
        simulated = self._broker.source.label == "SIMULATED"
        if not simulated or abs(self.offset.best.offset) < _MEANT:
            self._publish(problem)


def _task(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """Run it until it is cancelled; should it fail, that is a bug that must be seen."""
    with acting_as("watch"):
        task = asyncio.get_running_loop().create_task(work)
    task.add_done_callback(_seen)
    return task


def _seen(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("the watch over the connection has failed and stopped", exc_info=error)


def _at_least_real(clock: Clock, seconds: float, real: float) -> float:
    """`seconds` of `clock`, or `real` ones where that is longer: TWS does not hurry with our clock."""
    return max(seconds, real * clock.speed) if isinstance(clock, AcceleratedClock) else seconds
