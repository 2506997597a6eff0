"""What keeps the connection and everything wanted of it alive, whatever happens to the line.

States: disconnected > connecting > ready > degraded, told as `ConnectionChanged`. After each event reality is
made to match what is wanted: what broke off is asked for anew, each stream once.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Literal

from ib_api.competition import Competition
from ib_api.conditions import Conditions
from ib_api.desired import IBSubscription
from ib_api.errors import NotConnected
from ib_api.farms import FARM_CODES
from ib_api.ib_connector import IBConnector
from ib_api.keeper import Keeper
from ib_api.reconnect import Reconnector
from ib_api.settling import Settling
from ib_api.ways import ANSWER_SECONDS, Desk
from market.bus import EventBus
from market.clock import Clock, deadline
from market.errors import ConnectionFailed, TruetickError
from market.events import ConnectionChanged, Problem
from market.wanted import Wanted

_LOST, _RESTORED_EMPTY, _RESTORED, _MOVED, _SERVER_LOST = 1100, 1101, 1102, 1300, 2110
_UNREADABLE = 508
_BROKEN, _WORKS = (2103, 2105), (2104, 2106)


class Supervisor:
    """One for a broker, on its event loop; `start` it once the first connection is there.

    `farms_up` is set whenever there is news of a farm; `gone` gets the error that ended everything, should
    the attempts to connect be limited and used up.
    """

    def __init__(
        self,
        connector: IBConnector,
        bus: EventBus,
        desk: Desk,
        reconnector: Reconnector,
        clock: Clock,
        ask_time: Callable[[], Awaitable[object]],
    ) -> None:
        self.gone: asyncio.Future[ConnectionFailed] = asyncio.get_running_loop().create_future()
        self.changed = asyncio.Event()
        self._connector = connector
        self._bus = bus
        self._clock = clock
        self._reconnector = reconnector
        self._desk = desk
        self._time = connector.callbacks.time
        self.conditions = Conditions(lambda: connector.callbacks.farms, clock, self._wake)
        settle = Settling(ask_time, clock)
        self.keeper = Keeper(desk, self.conditions, settle, self._time, clock, bus.publish)
        self._competition = Competition(self.keeper, self.conditions, clock, bus.publish)
        self._work: set[asyncio.Task[None]] = set()
        self._dead: tuple[int, str] | None = None
        self._closed = False
        self._cancels = [
            bus.subscribe(ConnectionChanged, self._on_connection),
            bus.subscribe(Problem, self._on_problem),
        ]

    def start(self) -> None:
        """The first connection is there, or was and has ended already."""
        self.conditions.connects()
        if not self._connector.isConnected():
            self._lost("the connection ended as soon as it was made")

    async def close(self) -> None:
        """Keep nothing alive any more; the connection itself is the broker's to end."""
        for cancel in self._cancels:
            cancel()
        self._closed, self.conditions.connected = True, False
        self.changed.set()
        self.conditions.stop()
        self._competition.over()
        openings = [entry.opening for entry in self.keeper.entries.values() if entry.opening]
        self.keeper.close()
        for task in self._work:
            task.cancel()
        await asyncio.gather(*openings, *self._work, return_exceptions=True)

    async def subscribe(self, wanted: Wanted) -> IBSubscription:
        """Keep `wanted` coming until the answer is cancelled. Comes back once it comes, or once it is known
        what it waits for (see `note`); raise what IB refuses it with for good."""
        if self.gone.done():
            raise self.gone.result()
        entry, user = self.keeper.want(wanted)
        try:
            await entry.decided.wait()
        except BaseException:
            user.cancel()
            raise
        if entry.error is not None:
            user.cancel()
            raise entry.error
        return user

    async def line(self) -> None:
        """Come back when there is a connection; raise `NotConnected` when none is made within a minute."""
        try:
            async with deadline(self._clock, ANSWER_SECONDS):
                while not (self.conditions.connected and self._connector.isConnected()):
                    if self._closed or self.gone.done():
                        raise NotConnected("there is no connection to TWS, and none is being made")
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            raise NotConnected(f"there was no connection to TWS for {ANSWER_SECONDS:g} s") from None

    # -- what liveness finds

    def line_is_dead(self, since: int, reason: str) -> None:
        """The line to TWS carries nothing any more: everything had come up to gateway time `since`."""
        if self.conditions.connected and self._dead is None:
            self._dead = since, reason
            self._do(asyncio.to_thread(self._connector.disconnect))

    def renew(self, entry_key: Wanted, since: int, reason: str) -> None:
        """One stream is silent and should not be: all of it had come up to gateway time `since`."""
        entry = self.keeper.entries.get(entry_key)
        if entry is not None and self.conditions.connected:
            self.keeper.renew(entry, since, reason)

    def doubt(self, entry_key: Wanted, since: int, reason: str) -> None:
        """One stream was silent and goes on: whether all had come since gateway time `since` is not known."""
        entry = self.keeper.entries.get(entry_key)
        if entry is not None and self.conditions.connected:
            self.keeper.doubt(entry, since, reason)

    # -- the line

    def _on_connection(self, change: ConnectionChanged) -> None:
        # Attempts that fail end their connections too, and this may be about one that has been replaced.
        if change.state == "disconnected" and self.conditions.connected and not self._connector.isConnected():
            self._lost(change.reason)

    def _lost(self, reason: str) -> None:
        self.conditions.connected = False
        until, reason = self._dead or (self._time.whole(self._connector.callbacks.received), reason)
        self._dead = None
        self._competition.over()
        self.keeper.break_off(self.keeper.entries.values(), until, reason, lost=True)
        self._do(self._reconnect(reason))

    async def _reconnect(self, reason: str) -> None:
        self._say("connecting", reason)
        try:
            await self._reconnector.run(lambda why: self._say("connecting", why))
        except TruetickError as error:
            self._give_up(error)
            return
        self.conditions.connects()
        self._wake()
        await self._desk.reread()

    def _give_up(self, error: TruetickError) -> None:
        failed = error if isinstance(error, ConnectionFailed) else ConnectionFailed(str(error))
        self._say("disconnected", str(failed))
        self.keeper.end_all(failed)
        self.gone.set_result(failed)
        self.changed.set()

    def _say(self, state: Literal["connecting", "disconnected"], reason: str) -> None:
        self._bus.publish(ConnectionChanged(state, reason, self._clock.now()))

    # -- what IB says

    def _on_problem(self, problem: Problem) -> None:
        code = problem.code
        if code in (_LOST, _SERVER_LOST):
            self.conditions.degraded = True
            self._break_all(problem.message, lost=False)
        elif code in (_RESTORED_EMPTY, _RESTORED):
            self._restored(problem, lost=code == _RESTORED_EMPTY)
        elif code == _MOVED:
            self._moved(problem.message)
        elif code in FARM_CODES:
            self._on_farm(problem)
        elif code == _UNREADABLE and problem.request_id < 0:
            self._one_was_lost(problem)

    def _one_was_lost(self, problem: Problem) -> None:
        """A message that could not be read is left out, and may have been a tick or bar of any stream."""
        until = self._time.whole(problem.received)
        for entry in list(self.keeper.entries.values()) if self.conditions.connected else ():
            self.keeper.doubt(entry, until, "a message that may have been of it could not be read")

    def _restored(self, problem: Problem, *, lost: bool) -> None:
        self.conditions.degraded = False
        if lost:
            self._break_all(problem.message, lost=True)
            self._do(self._desk.reread())
        self._wake()

    def _break_all(self, reason: str, *, lost: bool) -> None:
        until = self._time.whole(self._time.whole_until)
        self.keeper.break_off(self.keeper.entries.values(), until, reason, lost=lost)

    def _on_farm(self, problem: Problem) -> None:
        self.conditions.farm_news()
        if problem.code in _BROKEN:
            farm = "market_data" if problem.code == _BROKEN[0] else "history"
            hit = [each for each in self.keeper.entries.values() if each.way.farm == farm]
            until = self._time.whole(self._time.whole_until)
            self.keeper.break_off(hit, until, problem.message, lost=False)
        self._wake()

    def _moved(self, text: str) -> None:
        """1300 names the new port at its end; TWS drops the line by itself."""
        if found := re.search(r"(\d{2,5})\D*$", text):
            self._reconnector.moved(int(found[1]))

    # -- work

    def _wake(self) -> None:
        self.changed.set()
        self.keeper.reconcile()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
