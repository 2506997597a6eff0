"""The registry of what is wanted, and what makes reality match: each stream asked for once, and again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from ib_api.conditions import COMPETING, Conditions
from ib_api.desired import Entry, IBSubscription, handle
from ib_api.gateway_time import GatewayTime
from ib_api.improver import Improver
from ib_api.teller import Teller
from ib_api.verdicts import judge
from ib_api.ways import Desk
from ib_api.ways_by_kind import way_of
from market.clock import Clock
from market.errors import ConnectionFailed, NoPermission, TruetickError
from market.events import Event
from market.times import MINUTE, SECOND
from market.wanted import Wanted

log = logging.getLogger("ib_api.keeper")

LINGER = 15 * SECOND
"""IB takes one tick-by-tick request per instrument in so long: a stream is kept for whoever comes back."""

UNWANTED = "nobody wants it any more"

_HOLD = {"queue": 15 * SECOND, "again": SECOND, "denied": MINUTE}
_LONGEST_HOLD = 5 * MINUTE
_STEADY = MINUTE


class Keeper:
    """All entries, each once. `settle` comes back when TWS has taken in what was sent.

    `breaks` counts what may have swallowed requests that were under way. `on_competition` is called when IB
    lets another session have the data, `on_probe_live` when a stream that was asked for all the same comes.
    """

    def __init__(
        self,
        desk: Desk,
        conditions: Conditions,
        settle: Callable[[], Awaitable[None]],
        time: GatewayTime,
        clock: Clock,
        publish: Callable[[Event], None],
    ) -> None:
        self.entries: dict[Wanted, Entry] = {}
        self.breaks = 0
        self._desk = desk
        self._conditions = conditions
        self._settle = settle
        self._time = time
        self._clock = clock
        self._tell = Teller(time, clock, publish)
        self.improver = Improver(self, lambda: desk.scheduler.free("ticks"), conditions, clock)
        self.on_competition: Callable[[], None] = lambda: None
        self.on_probe_live: Callable[[], None] = lambda: None

    # -- users

    def want(self, wanted: Wanted) -> tuple[Entry, IBSubscription]:
        """One more user; raise `BadRequest` for what can never come."""
        entry = self.entries.get(wanted)
        if entry is None:
            entry = self.entries[wanted] = self._new(wanted)
        if entry.linger is not None:
            entry.linger.cancel()
            entry.linger = None
            entry.way.mute(False)
        user = handle(entry, lambda user, linger: self._leave(entry, user, linger))
        self.reconcile()
        return entry, user

    def _new(self, wanted: Wanted) -> Entry:
        way = way_of(wanted, self._desk)
        entry = Entry(wanted, way)
        way.on_refused = lambda error: self._refused(entry, error)
        way.on_changed = lambda: self._changed(entry)
        way.on_advised = lambda code, text: self._advised(entry, code, text)
        return entry

    def _leave(self, entry: Entry, user: IBSubscription, linger: bool) -> None:
        entry.users.remove(user)
        if entry.users or self.entries.get(entry.wanted) is not entry:
            return
        lingers = linger and entry.state == "live" and entry.way.lingers
        self._tell(entry, "ended", self._tell.now(), UNWANTED)
        if entry.way.improvable:
            # Nor does anybody wait any more for what the line stands in for.
            self._tell(entry, "ended", self._tell.now(), UNWANTED, source="tbt")
        if lingers:
            entry.way.mute(True)
            entry.state = "waiting"
            when = self._clock.now() + LINGER
            entry.linger = self._clock.call_at(when, lambda: self._drop(entry))
        else:
            self._drop(entry)

    def _drop(self, entry: Entry) -> None:
        """It is over: take it back at IB, and give its place to who waits for one."""
        if self.entries.get(entry.wanted) is entry:
            del self.entries[entry.wanted]
        if entry.linger is not None:
            entry.linger.cancel()
            entry.linger = None
        if entry.opening is not None:
            entry.opening.cancel()
        entry.way.end()
        for other in self.entries.values():
            if other.queued:
                other.not_before = 0
        self.improver.now()
        self.reconcile()

    # -- reality

    def reconcile(self) -> None:
        """Ask for everything that is wanted, not there and not held back."""
        for entry in list(self.entries.values()):
            if entry.users and entry.opening is None and entry.state not in ("live", "ended"):
                self._try(entry)

    def _try(self, entry: Entry) -> None:
        entry.obstacle = "" if entry.probe else self._conditions.obstacle(entry.way.farm)
        if entry.obstacle or entry.not_before > self._clock.monotonic():
            if not entry.obstacle or self._conditions.settled:
                self._decide(entry)
            return
        if entry.way.running and not self._goes_on(entry):
            return
        self._make_room(entry)
        if not entry.way.running and (lacking := entry.way.place()):
            entry.obstacle = f"{lacking}; it waits for one"
            self._decide(entry)
        entry.opening = asyncio.get_running_loop().create_task(self._open(entry), context=entry.context)

    def _goes_on(self, entry: Entry) -> bool:
        """A stream that IB still has: whether it may be taken for whole now.

        Which farm has it is not known. What it brought while farms are down says that they do not concern
        it. One that was asked for meanwhile, and brought nothing, is asked for anew when they work.
        """
        entry.obstacle = self._conditions.broken(entry.way.farm)
        if entry.obstacle and entry.goes_on:
            self._live(entry, entry.whole_until)
        elif entry.obstacle:
            self._decide(entry)
        elif entry.unsure and not entry.heard:
            entry.way.end()
        return entry.state != "live" and not entry.obstacle

    def _decide(self, entry: Entry) -> None:
        """Who has just subscribed need not wait here for what it waits for."""
        if entry.state == "waiting" and not entry.decided.is_set():
            self._tell(entry, "waiting", self._tell.now(), entry.obstacle or entry.trouble or entry.note)
        entry.decided.set()

    def _make_room(self, wanted: Entry) -> None:
        """A stream that only lingers makes room for one that is wanted."""
        if not wanted.way.lingers or wanted.way.running:
            return
        lingering = [each for each in self.entries.values() if each.linger is not None]
        if lingering and not self._desk.scheduler.free("ticks"):
            self._drop(lingering[0])

    async def _open(self, entry: Entry) -> None:
        breaks, resumed = self.breaks, entry.way.running
        try:
            if not resumed:
                await entry.way.ask()
            await self._settle()
        except ConnectionFailed:
            entry.way.lost()
        except asyncio.CancelledError:
            entry.way.end()
            raise
        except TruetickError as error:
            entry.way.end()
            self._refused(entry, error)
        except Exception as error:
            log.exception("%s cannot be asked for", entry.wanted)
            self._end(entry, error)
        else:
            if breaks != self.breaks and not resumed:
                # The request may have been swallowed by what broke meanwhile.
                entry.way.end()
            elif breaks == self.breaks and entry.way.running:
                self._taken_in(entry, resumed)
        finally:
            entry.opening = None
        self.reconcile()

    def _taken_in(self, entry: Entry, resumed: bool) -> None:
        """TWS has the request; while farms are down that does not say that it is heard."""
        if resumed or not self._conditions.broken(entry.way.farm):
            self._live(entry, self._time.from_now())
            return
        entry.unsure, entry.broke_at = True, self._clock.now()
        entry.whole_until = self._time.from_now()

    def _live(self, entry: Entry, whole_from: int) -> None:
        entry.whole_from = whole_from
        entry.unsure, entry.trouble = False, ""
        entry.live_since = self._clock.monotonic()
        probe, entry.queued, entry.probe = entry.probe, False, False
        entry.decided.set()
        self._tell(entry, "live", entry.whole_from, entry.note or "it comes")
        if probe:
            self.on_probe_live()
        if entry.way.improvable:
            self.improver.later()
        elif entry.way.lingers:
            # Where one got a place the next may get one too.
            self.improver.now()

    # -- what goes wrong

    def break_off(self, entries: Iterable[Entry], until: int, reason: str, *, lost: bool) -> None:
        """Streams broke: all had come up to gateway time `until`. Those that are `lost` are asked for anew,
        the others are expected to go on."""
        self.breaks += 1
        if lost:
            self._desk.lines.lost()
        for entry in list(entries):
            self.interrupt(entry, until, reason)
            if lost and entry.way.farm == "none" and self._conditions.connected:
                # What is not market data TWS may have kept.
                entry.way.end()
            elif lost:
                entry.way.lost()
            if not entry.users and lost:
                self._drop(entry)

    def renew(self, entry: Entry, until: int, reason: str) -> None:
        """One stream is dead: take it back and ask for it anew."""
        self.interrupt(entry, until, reason)
        entry.way.end()
        self.reconcile()

    def doubt(self, entry: Entry, until: int, reason: str) -> None:
        """One stream goes on, yet may have lost something since `until`; of a sample nothing is kept."""
        if entry.state == "live" and entry.way.source in ("tbt", "rtbar"):
            self.interrupt(entry, until, reason)
            self._live(entry, self._time.from_now())

    def improve(self, entry: Entry) -> None:
        """Ask for a stream as it was wanted, which came in a lesser way."""
        self.interrupt(entry, self._tell.now(), "asked for tick by tick")
        entry.note = ""
        entry.way.improve()
        self.reconcile()

    def stop_market_data(self) -> None:
        """Take back what IB gives to another session, until `reconcile` may ask for it again."""
        for entry in list(self.entries.values()):
            if entry.way.farm != "market_data" or entry.state in ("paused", "ended"):
                continue
            self.interrupt(entry, self._time.whole(self._time.last_data), COMPETING)
            entry.way.end()
            entry.probe = False
            self._tell(entry, "paused", self._tell.now(), COMPETING)
            entry.decided.set()

    def end_all(self, error: Exception) -> None:
        """Nothing will ever come again."""
        for entry in list(self.entries.values()):
            self._end(entry, error)

    def close(self) -> None:
        """End everything, quietly."""
        self.improver.stop()
        for entry in list(self.entries.values()):
            if entry.linger is not None:
                entry.linger.cancel()
            if entry.opening is not None:
                entry.opening.cancel()
            entry.way.lost()
        self.entries.clear()

    def _refused(self, entry: Entry, error: Exception) -> None:
        verdict = judge(error)
        if verdict == "lost" or self.entries.get(entry.wanted) is not entry:
            return
        if verdict == "pause":
            self.on_competition()
            return
        self.interrupt(entry, self._time.whole(self._time.last_data), str(error))
        entry.way.end()
        if note := entry.way.fall_back(error):
            entry.note = note
        elif verdict == "end" and isinstance(error, NoPermission) and entry.live_since:
            # A permission that was there comes back: IB loses track of them for minutes after its resets.
            self._hold(entry, error, "denied")
        elif verdict == "end":
            self._end(entry, error)
        else:
            self._hold(entry, error, verdict)
        self.reconcile()

    def _hold(self, entry: Entry, error: Exception, verdict: str) -> None:
        now = self._clock.monotonic()
        if entry.live_since and now - entry.live_since > _STEADY:
            entry.failures = 0
        entry.queued = verdict == "queue"
        delay = min(_LONGEST_HOLD, _HOLD[verdict] * 2 ** min(entry.failures, 10))
        entry.failures += 1
        entry.not_before = now + delay
        entry.trouble = str(error)
        entry.hold(self._clock.call_at(self._clock.now() + delay, lambda: self._due(entry)))

    def _due(self, entry: Entry) -> None:
        entry.not_before = 0
        self.reconcile()

    def _end(self, entry: Entry, error: Exception) -> None:
        self.entries.pop(entry.wanted, None)
        entry.error, entry.note = error, str(error)
        self._tell(entry, "ended", self._tell.now(), str(error))
        entry.decided.set()
        entry.way.end()

    def _changed(self, entry: Entry) -> None:
        self.interrupt(entry, self._time.whole(self._time.last_data), "asked for under another data type")
        self.reconcile()

    def _advised(self, entry: Entry, code: int, text: str) -> None:
        entry.advise(text)

    def interrupt(self, entry: Entry, until: int, reason: str) -> None:
        """If it was live it is no more: all of it had come up to `until`."""
        if entry.state == "live":
            entry.whole_until = max(until, entry.whole_from)
            entry.broke_at = self._clock.now()
            self._tell(entry, "interrupted", entry.whole_until, reason)
