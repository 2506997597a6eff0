"""What the store has of a topic for a client who comes back, told with what is missing."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence

import msgspec

from data_processing.coverage import Range, missing, union
from data_storage.layout import FOREVER
from data_storage.ledger import Span, Stream
from ib_stream.feeds.desk import Desk, Missing, Voice
from ib_stream.feeds.marks import Position
from ib_stream.feeds.replay import Selection, Stretch
from ib_stream.feeds.rows import ticks_of
from ib_stream.feeds.sent import Sent
from ib_stream.wire import tick_line
from market.events import Tick, TickType
from market.instrument import Instrument
from market.times import DAY, MINUTE, SECOND

REACH = DAY
"""What is older is asked of the store by ``GET /ticks``, not replayed."""

LATE = 15 * SECOND
"""How much later than its own time a tick may come."""

PROMISED = 60 * MINUTE
"""How long history may take to fill a hole; a client's place is not known for longer."""

NOT_KEPT = "nobody had asked for it then, or it could not be kept"
REPLACED = "history has replaced seconds of which you may have a part; ask for these ticks"
SAMPLED = "samples of the market-data line are not kept"
_WINDOW = 5 * MINUTE
_HAD = ("have", "filled", "empty")


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a client comes back to: event `number` of this life of the process, a `position` in the store, or
    what was received `since` a time (UTC ns)."""

    number: int | None = None
    position: Position | None = None
    since: int | None = None


class Archive:
    """The ticks of one feed; `sent` is what it sent."""

    def __init__(
        self, desk: Desk, voice: Voice, instrument: Instrument, tick_type: TickType, sent: Sent
    ) -> None:
        self.sampled = dict[int, int]()
        self._desk = desk
        self._voice = voice
        self._instrument = instrument
        self._tick_type = tick_type
        self._sent = sent

    def sample(self, second: int, number: int) -> None:
        """A sample of that second was sent, which the store will not have."""
        if second not in self.sampled and len(self.sampled) > 3_600:
            del self.sampled[next(iter(self.sampled))]
        self.sampled[second] = number

    def bodies(self, origin: Origin, until: int, whole_from: int | None) -> AsyncIterator[bytes]:
        """All that a client lacks up to and with event `until`."""
        now = self._desk.clock.now()
        if origin.number is not None and origin.number > self._sent.lost:
            return self._own(origin.number, until)
        if origin.since is not None:
            away = max(origin.since, now - REACH) - 1
            stretch = Stretch(until=until, away=away, whole_from=whole_from)
            start = away + 1
            gaps = [(origin.since, start)] if origin.since < start else []
            return self._elsewhere(stretch, start, gaps)
        place = origin.position
        start = max(place.newest or place.surely, now - REACH) if place else now - REACH
        if place is None or place.received is None or place.surely < now - REACH:
            return self._lost(start, until, whole_from)
        stretch = Stretch(
            until=until,
            after=origin.number or 0,
            away=place.received,
            surely=place.surely,
            newest=place.newest,
            whole_from=whole_from,
        )
        return self._elsewhere(stretch, start, [])

    # -- the three ways

    def _own(self, after: int, until: int, gaps: Sequence[Missing] = ()) -> AsyncIterator[bytes]:
        """What this feed sent between two numbers."""
        told = [gap for number, gap in self._voice.gaps if after < number <= until]
        sampled = [second for second, number in self.sampled.items() if after < number]
        found = [*gaps, *told, *(Missing(*each, SAMPLED) for each in union(map(_of_second, sampled)))]
        seconds = list(self._sent.seconds(after, until))
        span = (min(seconds) * SECOND, (max(seconds) + 1) * SECOND) if seconds else (0, 0)
        return self._read(Stretch(until=until, after=after), *span, found)

    async def _elsewhere(self, stretch: Stretch, start: int, gaps: list[Range]) -> AsyncIterator[bytes]:
        """What came since a place in the store, for whomever, and what this feed sent."""
        begin, now = start // SECOND * SECOND, self._desk.clock.now()
        spans = await self._spans()
        gaps += _not_had(spans, begin, now if stretch.whole_from is None else stretch.whole_from)
        promised = _promised(spans, begin) if stretch.newest else []
        gaps += [(each.start, min(_end(each), begin)) for each in promised if each.state != "filled"]
        first = min([begin - LATE, *(each.start for each in promised if each.state == "filled")])
        end = max(now, self._desk.newest) + MINUTE
        found = [Missing(*each, NOT_KEPT) for each in union(gaps)]
        async for body in self._read(stretch, first // SECOND * SECOND, end, found):
            yield body

    async def _lost(self, start: int, until: int, whole_from: int | None) -> AsyncIterator[bytes]:
        """The place is not known: all but what this feed sent is in doubt."""
        end = self._desk.clock.now() if whole_from is None else whole_from
        begin = start // SECOND * SECOND
        promised = [(each.start, min(_end(each), begin)) for each in _promised(await self._spans(), begin)]
        gaps = [Missing(*each, NOT_KEPT) for each in union([*promised, (begin, end)])]
        async for body in self._own(0, until, gaps):
            yield body

    # -- parts

    async def _spans(self) -> list[Span]:
        """What the ledger knows of these ticks."""
        db, instrument = self._desk.db, self._instrument
        if db is None:
            return []
        stream = Stream(instrument.contract_id, instrument.exchange, self._tick_type, "tbt")
        return [each for each in await asyncio.to_thread(db.spans) if each.stream == stream]

    async def _read(
        self, stretch: Stretch, start: int, end: int, gaps: Iterable[Missing]
    ) -> AsyncIterator[bytes]:
        """Ticks and gaps by time: who breaks off amid them goes on by counting, so what is new comes last."""
        db, selection, waiting = self._desk.db, Selection(self._sent, stretch), deque(sorted(gaps))
        route = self._instrument.contract_id, self._instrument.exchange, self._tick_type
        for first in range(start, end, _WINDOW) if db is not None else ():
            assert db is not None
            table = await asyncio.to_thread(db.ticks, *route, first, min(first + _WINDOW, end))
            for found in selection.of(ticks_of(table, self._instrument, self._tick_type)):
                time = found * SECOND if isinstance(found, int) else found.time
                while waiting and waiting[0].start <= time:
                    yield self._voice.gap_body(*waiting.popleft())
                yield self._body(found)
        waiting.extend(Missing(*each, REPLACED) for each in union(map(_of_second, selection.rest())))
        for gap in waiting:
            yield self._voice.gap_body(*gap)

    def _body(self, found: Tick | int) -> bytes:
        if isinstance(found, int):
            return self._voice.gap_body(*_of_second(found), REPLACED)
        return tick_line(found)


def _not_had(spans: Iterable[Span], start: int, end: int) -> list[Range]:
    """What of [start, end) nobody kept."""
    return missing([(each.start, _end(each)) for each in spans if each.state in _HAD], start, end)


def _promised(spans: Iterable[Span], start: int) -> list[Span]:
    """The holes of before `start` of which a client may have been told that more is to come, and no more."""
    asked = [each for each in spans if each.state in ("pending", "filled", "gap")]
    return [each for each in asked if start - PROMISED < _end(each) and each.start < start]


def _end(span: Span) -> int:
    return FOREVER[1] if span.end is None else span.end


def _of_second(second: int) -> Range:
    return second * SECOND, (second + 1) * SECOND
