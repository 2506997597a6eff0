"""Watch every stream for a silence that is not its market's, prove it, and have the stream asked for anew.

Once a second each stream is looked at; that costs the receiving side one attribute per message. A suspicion
is put to the proof: has history anything that the stream did not bring? Only proof, or a silence beyond
doubt, leads to a renewal; after two renewals in vain the whole connection is said to be dead.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple, Protocol

from ib_api.silence import SilenceJudge
from market.clock import Clock, deadline, sleep
from market.instrument import Instrument
from market.open_hours import OpenHours
from market.times import SECOND, iso
from market.wanted import OfInstrument

log = logging.getLogger("ib_api.liveness")

LOOK_SECONDS = 1.0
PROBE_SECONDS = 20.0
"""How long proof may take, and how far apart questions are: three a minute of the six that IB allows."""

_TOGETHER = 5 * SECOND
_RENEWALS = 2


class Heard(Protocol):
    """A stream as it is received: `heard` is when it last brought something, 0 before."""

    heard: int


class Tells(Protocol):
    """Who acts on what was found, on the event loop's thread. `since`: up to then everything came."""

    def renew(self, key: OfInstrument, since: int, reason: str) -> None:
        """The stream is dead: ask for it anew."""
        ...

    def doubt(self, key: OfInstrument, since: int, reason: str) -> None:
        """The stream goes on after a suspicious silence that nobody could explain: something may be lost."""
        ...

    def line_is_dead(self, since: int, reason: str) -> None:
        """The connection is dead, whatever its socket says: make it anew."""
        ...


Probe = Callable[[OfInstrument, int, int, int], Awaitable[bool | None]]
"""Whether, from one time to another, so much happened; `None` when nobody can say. Raises for a bug only."""


class Stream(NamedTuple):
    """One stream that is wanted; `line` brings it, and is `None` while nothing does.

    `excused`: its silence has a known reason, such as an outage or a halt. `late` is by how many nanoseconds
    its data is delayed, `enough` how many ticks it must have missed to be called dead: a sampled stream
    may rightly leave out a few.
    """

    wanted: OfInstrument
    line: Heard | None
    excused: bool = False
    late: int = 0
    enough: int = 1


class _Watched:
    """A stream over all its lines: one that was asked for again keeps its habits."""

    def __init__(self, wanted: OfInstrument, now: int, time: int) -> None:
        self.wanted = wanted
        self.judge = SilenceJudge(hours_of(wanted.instrument), 0, now)
        self.stream = Stream(wanted, None)
        self.suspected = 0
        """When it last brought anything before a silence that is suspicious; 0 while none is."""
        self.unproved = 0
        """When it was asked for anew for its silence and has brought nothing since; 0 when that is not so."""
        self._before = time

    @property
    def contract_id(self) -> int:
        """Whose it is."""
        return self.wanted.instrument.contract_id

    @property
    def line(self) -> Heard | None:
        """What brings it at present."""
        return self.stream.line

    @property
    def whole_until(self) -> int:
        """When it last brought anything, or when the watch began."""
        return (self.line.heard if self.line else 0) or self._before

    def look(self, stream: Stream, now: int, time: int) -> bool:
        """Whether its silence is suspicious."""
        heard = stream.line.heard if stream.line else 0
        if stream.line is not self.line:
            self._before = self.whole_until
            self.judge.begin(heard, now)
            self.suspected = 0
        self.stream = stream
        excused = stream.excused or stream.line is None
        suspicious = self.judge.look(heard, time - stream.late, now, excused=excused)
        if suspicious and not self.suspected:
            self.suspected = self.whole_until
        return suspicious

    def resumed(self) -> int:
        """When the suspicious silence began that has just ended by itself, once; else 0.

        A stream that was asked for anew may have gone on being silent where it should not.
        """
        if self.unproved and self.line is not None and self.line.heard > self.unproved:
            since, self.unproved = self.unproved, 0
            return since
        since = self.suspected
        if not since or since == self.whole_until:
            return 0
        self.suspected = 0
        return since


class Liveness:
    """The watch over the streams of one connection; lives on the event loop's thread.

    `streams` answers all that are wanted. `now` is the gateway's time, UTC nanoseconds, what is told in
    `since` our own.
    """

    def __init__(
        self,
        clock: Clock,
        tells: Tells,
        probe: Probe,
        streams: Callable[[], Iterable[Stream]],
        *,
        now: Callable[[], int] | None = None,
        look_seconds: float = LOOK_SECONDS,
        probe_seconds: float = PROBE_SECONDS,
    ) -> None:
        self.probes = self.renewals = 0
        self._clock = clock
        self._tells = tells
        self._probe = probe
        self._streams = streams
        self._now = now or clock.now
        self._look_seconds = look_seconds
        self._probe_seconds = probe_seconds
        # By identity: to hash a whole instrument a hundred times a second would cost more than all the rest.
        self._watched: dict[int, _Watched] = {}
        self._probing: asyncio.Task[None] | None = None
        self._asked_of: _Watched | None = None
        self._next_probe = clock.monotonic()

    def untold(self, until: int) -> set[Instrument]:
        """Whose hours are not told up to gateway time `until`."""
        watched = self._watched.values()
        return {each.wanted.instrument for each in watched if each.judge.hours.told[1] < until}

    def tell_hours(self, instrument: Instrument) -> None:
        """The broker has told the hours of further days."""
        for each in self._watched.values():
            if each.wanted.instrument.contract_id == instrument.contract_id:
                each.judge.hours = hours_of(instrument)

    async def run(self) -> None:
        """Watch until cancelled."""
        try:
            while True:
                await sleep(self._clock, self._look_seconds)
                suspects = self.look()
                if suspects and self._probing is None and self._clock.monotonic() >= self._next_probe:
                    self._next_probe = self._clock.monotonic() + int(self._probe_seconds * SECOND)
                    self._probing = asyncio.create_task(self._prove(suspects[0]))
        finally:
            if self._probing is not None:
                self._probing.cancel()
                await asyncio.gather(self._probing, return_exceptions=True)

    def look(self) -> list[_Watched]:
        """Look at every stream once; answer those whose silence is suspicious, the surest case first."""
        now, time, watched, suspects = self._clock.monotonic(), self._now(), self._watched, []
        self._watched = {}
        for stream in self._streams():
            key = id(stream.wanted)
            each = watched.get(key) or _Watched(stream.wanted, now, self._clock.now())
            self._watched[key] = each
            if each.look(stream, now, time):
                suspects.append(each)
            elif each is not self._asked_of and (since := each.resumed()):
                self._doubt(each, since, time - stream.late)
        return sorted(suspects, key=lambda each: each.judge.usual)

    def _doubt(self, resumed: _Watched, since: int, time: int) -> None:
        """Outside regular hours a pause of any length is nothing uncommon."""
        if resumed.judge.hours.phase(time) != "extended":
            self._tells.doubt(resumed.wanted, since, f"{_name(resumed)} was silent, and nobody could say why")

    async def _prove(self, suspect: _Watched) -> None:
        judge, line, before = suspect.judge, suspect.line, suspect.whole_until
        until = self._now() - suspect.stream.late
        since = until - (self._clock.monotonic() - judge.silent_from)
        self.probes += 1
        self._asked_of = suspect
        try:
            newer = await self._ask(suspect.stream, since, until)
        finally:
            self._probing = self._asked_of = None
        now = self._clock.monotonic()
        if suspect.line is not line or suspect.whole_until != before:
            if newer is False:
                suspect.suspected = 0
            return
        log.info("%s is silent since %s; history has more: %s", _name(suspect), iso(since), newer)
        if newer or (newer is None and judge.beyond_doubt(now)):
            self._give_up(suspect, now)
        else:
            judge.acquit(now)
            if newer is False:
                suspect.suspected = 0

    async def _ask(self, stream: Stream, since: int, until: int) -> bool | None:
        try:
            async with deadline(self._clock, self._probe_seconds):
                return await self._probe(stream.wanted, since, until, stream.enough)
        except TimeoutError:
            return None

    def _give_up(self, dead: _Watched, now: int) -> None:
        """What fell silent together with a dead stream, and is suspicious too, is dead of the same cause; so
        is what comes by the same line, and what has brought nothing since of the same contract."""
        moment, suspects = dead.judge.silent_from, self.look()
        for each in list(self._watched.values()):
            together = each in suspects and abs(each.judge.silent_from - moment) <= _TOGETHER
            shared = each.line is dead.line or (
                each.contract_id == dead.contract_id and each.judge.silent_from <= moment + _TOGETHER
            )
            if together or (shared and not each.stream.excused):
                self._renew(each, now)

    def _renew(self, dead: _Watched, now: int) -> None:
        judge, since = dead.judge, dead.whole_until
        dead.suspected, dead.unproved = 0, self._clock.now()
        seconds = (now - judge.silent_from) // SECOND
        reason = f"{_name(dead)} was silent for {seconds} s while its market went on"
        tried = judge.renewals
        judge.renewed(now)
        self.renewals += 1
        if tried % (_RENEWALS + 1) == _RENEWALS:
            self._tells.line_is_dead(since, f"{reason}, and asking for it again did not help")
        else:
            self._tells.renew(dead.wanted, since, reason)


def hours_of(instrument: Instrument) -> OpenHours:
    """The hours that were told; unknown ones where the text cannot be read, so that nothing is presumed."""
    try:
        return OpenHours.of(instrument)
    except (ValueError, KeyError) as error:
        log.warning("the trading hours of %s cannot be read (%s)", instrument.ticker, error)
        return OpenHours((0, 0), (), ())


def _name(watched: _Watched) -> str:
    kind = type(watched.wanted).__name__.removeprefix("Wanted").lower()
    return f"{kind} of {watched.wanted.instrument.ticker}"
