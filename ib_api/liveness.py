"""Watch every stream for a silence that is not its market's, prove it, and have the stream asked for anew.

Once a second each stream is looked at; that costs the receiving side one attribute per message. A suspicion
is put to the proof: has history anything that the stream did not bring? Only proof, or a silence beyond
doubt, leads to a renewal; after two renewals in vain the whole connection is said to be dead.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
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

    def line_is_dead(self, since: int, reason: str) -> None:
        """The connection is dead, whatever its socket says: make it anew."""
        ...


Probe = Callable[[OfInstrument, int], Awaitable[bool | None]]
"""Whether there is something newer than a time; `None` when nobody can say. Never raises but for a bug."""


class _Watched(NamedTuple):
    wanted: OfInstrument
    line: Heard
    judge: SilenceJudge
    before: int
    """When an earlier line of this stream last brought something, or when the watch began."""

    @property
    def whole_until(self) -> int:
        return self.line.heard or self.before


class Liveness:
    """The watch over the streams of one connection; lives on the event loop's thread.

    `now` is the gateway's time, UTC nanoseconds; `excused` says of an instrument that its silence has a known
    reason, such as an outage or a halt.
    """

    def __init__(
        self,
        clock: Clock,
        tells: Tells,
        probe: Probe,
        *,
        now: Callable[[], int] | None = None,
        excused: Callable[[Instrument], bool] = lambda instrument: False,
    ) -> None:
        self.probes = self.renewals = 0
        self._clock = clock
        self._tells = tells
        self._probe = probe
        self._now = now or clock.now
        self._excused = excused
        self._watched: dict[OfInstrument, _Watched] = {}
        self._probing: asyncio.Task[None] | None = None
        self._next_probe = clock.monotonic()

    def watch(self, wanted: OfInstrument, line: Heard) -> None:
        """Watch what now comes by `line`; a stream that was asked for again keeps its habits."""
        before, now = self._watched.get(wanted), self._clock.monotonic()
        if before is None:
            judge = SilenceJudge(hours_of(wanted.instrument), line.heard, now)
            self._watched[wanted] = _Watched(wanted, line, judge, self._clock.now())
        else:
            before.judge.begin(line.heard, now)
            self._watched[wanted] = _Watched(wanted, line, before.judge, before.whole_until)

    def unwatch(self, wanted: OfInstrument) -> None:
        """Nobody wants it any more; harmless when it is not watched."""
        self._watched.pop(wanted, None)

    def tell_hours(self, instrument: Instrument) -> None:
        """The broker has told the hours of further days."""
        for each in self._watched.values():
            if each.wanted.route == (instrument.contract_id, instrument.exchange):
                each.judge.hours = hours_of(instrument)

    async def run(self) -> None:
        """Watch until cancelled."""
        try:
            while True:
                await sleep(self._clock, LOOK_SECONDS)
                suspects = self.look()
                if suspects and self._probing is None and self._clock.monotonic() >= self._next_probe:
                    self._next_probe = self._clock.monotonic() + int(PROBE_SECONDS * SECOND)
                    self._probing = asyncio.create_task(self._prove(suspects[0]))
        finally:
            if self._probing is not None:
                self._probing.cancel()
                await asyncio.gather(self._probing, return_exceptions=True)

    def look(self) -> list[_Watched]:
        """Look at every stream once; answer those whose silence is suspicious, the surest case first."""
        now, time = self._clock.monotonic(), self._now()
        suspects = [
            each
            for each in self._watched.values()
            if each.judge.look(each.line.heard, time, now, excused=self._excused(each.wanted.instrument))
        ]
        return sorted(suspects, key=lambda each: each.judge.usual)

    async def _prove(self, suspect: _Watched) -> None:
        heard, judge = suspect.line.heard, suspect.judge
        since = self._now() - (self._clock.monotonic() - judge.silent_from)
        self.probes += 1
        try:
            newer = await self._ask(suspect.wanted, since)
        finally:
            self._probing = None
        now = self._clock.monotonic()
        if suspect.line.heard != heard or self._watched.get(suspect.wanted) is not suspect:
            return
        log.info("%s is silent since %s; history has more: %s", _name(suspect), iso(since), newer)
        if newer or (newer is None and judge.beyond_doubt(now)):
            self._give_up(suspect, now)
        else:
            judge.acquit(now)

    async def _ask(self, wanted: OfInstrument, since: int) -> bool | None:
        try:
            async with deadline(self._clock, PROBE_SECONDS):
                return await self._probe(wanted, since)
        except TimeoutError:
            return None

    def _give_up(self, dead: _Watched, now: int) -> None:
        """What fell silent together with a dead stream, and is suspicious too, is dead of the same cause."""
        moment = dead.judge.silent_from
        for each in self.look():
            if abs(each.judge.silent_from - moment) <= _TOGETHER and self._watched.get(each.wanted) is each:
                self._renew(each, now)

    def _renew(self, dead: _Watched, now: int) -> None:
        judge, since = dead.judge, dead.whole_until
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
