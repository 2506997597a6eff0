"""The work of filling in: which hole is next, when to try it again, when it is a gap.

The newest hole goes first: it is what a running chart or strategy looks at, and an old one loses nothing by
waiting, since IB keeps ticks far longer than any outage. Ticks and small bars, of which IB allows 60 requests
in ten minutes, have a lane of their own, so that they never hold up the other bars.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from msgspec.structs import replace

from data_processing.filler import SETTLED, Filler
from data_processing.patience import Patience
from data_processing.pauses import LONGEST, Check
from data_processing.stream_units import TICK_TYPES
from data_processing.stretch_book import StretchBook
from data_storage.ledger import Span, Stream
from market.bar_size import BarSize
from market.clock import Clock, deadline
from market.errors import RequestTimedOut
from market.times import SECOND

log = logging.getLogger("truetick.refill")

LIMIT = 900.0
"""Seconds that one request may take; its turn alone may be ten minutes away."""

_SMALL_BAR = 30
SILENT = "the stream was silent and went on without a word"
UNLISTED = "combination, derivative and average-price trades are not in historical ticks"


class RefillLanes:
    """Fill the pending holes of `book`, one request at a time in each lane, while they may ask.

    `changed` is called after every change of the book, with the gap where it is one; `filled` with what of a
    hole is stored now. `stored_until` tells up to when all that came is in the store.
    """

    def __init__(
        self,
        filler: Filler,
        book: StretchBook,
        clock: Clock,
        changed: Callable[[Span | None], None],
        filled: Callable[[Span], None],
        stored_until: Callable[[], int],
    ) -> None:
        self._filler = filler
        self._book = book
        self._clock = clock
        self._tell_of = changed
        self._filled = filled
        self._stored_until = stored_until
        self._checks = list[Check]()
        self._comparing: Check | None = None
        self._patience = Patience()
        self._online = asyncio.Event()
        self._online.set()
        self._news = {small: asyncio.Event() for small in (True, False)}
        self._tasks = [asyncio.create_task(self._lane(small)) for small in (True, False)]

    @property
    def unproved(self) -> int:
        """How many stretches wait to be compared with history."""
        return len(self._checks) + (self._comparing is not None)

    def news(self) -> None:
        """The book has changed: look again for what to do."""
        for event in self._news.values():
            event.set()

    def look_at(self, check: Check) -> None:
        """Compare a stretch that came live with history, when nothing else waits.

        Those of a stream that wait are compared together: a page of history tells of a thousand ticks.
        """
        for n, waiting in enumerate(self._checks):
            whole = Check(check.stream, min(check.start, waiting.start), max(check.end, waiting.end))
            if waiting.stream == check.stream and whole.end - whole.start <= LONGEST:
                self._checks[n] = whole
                break
        else:
            self._checks.append(check)
        self.news()

    def allow(self, asking: bool) -> None:
        """Whether there is a line to ask on; one that is new may give what the last one refused."""
        if not asking:
            self._online.clear()
            return
        self._online.set()
        self._patience.hurry()
        self.news()

    async def close(self) -> None:
        """Stop where it is; what was not answered stays pending."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _lane(self, small: bool) -> None:
        while True:
            self._news[small].clear()
            await self._online.wait()
            holes = sorted(
                (each for each in self._book.pending() if _is_small(each.stream) == small),
                key=lambda hole: -hole.start,
            )
            hole = next((each for each in holes if self._due(each) <= self._clock.now()), None)
            check = min(self._checks, key=self._check_due, default=None) if small else None
            if hole is not None:
                await self._try(hole)
            elif check is not None and self._check_due(check) <= self._clock.now():
                await self._compare(check)
            else:
                due = [*map(self._due, holes), *([self._check_due(check)] if check else [])]
                await wait(self._clock, self._news[small], min(due, default=None))

    def _check_due(self, check: Check) -> int:
        return max(self._patience.due(check.stream), check.end + 2 * SETTLED)

    async def _compare(self, check: Check) -> None:
        # What pauses meanwhile is another stretch.
        self._checks.remove(check)
        self._comparing = check
        try:
            missed = await self._missed(check)
        except Exception as error:  # whatever it is, the stretch must not be lost to it
            log.info("the pauses in %s are not compared with history: %s", check.stream, error)
            if not self._patience.failed(check.stream, error, self._clock.now()):
                self.look_at(check)
                return
            missed = []
        finally:
            self._comparing = None
        self._patience.succeeded(check.stream)
        for start, end in missed:
            self._book.lost(check.stream, start, end, SILENT)
        if missed:
            self._tell_of(None)

    async def _missed(self, check: Check) -> list[tuple[int, int]]:
        if self._stored_until() < check.end + SETTLED:
            raise RequestTimedOut("not all of it is stored yet")
        async with deadline(self._clock, LIMIT):
            return await self._filler.compare(check)

    async def _try(self, hole: Span) -> None:
        try:
            async with deadline(self._clock, LIMIT):
                answered, again = await self._filler.fill(hole)
        except Exception as error:  # whatever it is, the hole must not be lost to it
            log.info("a hole in %s stays for now: %s", hole.stream, error)
            if self._patience.failed(hole.key, error, self._clock.now()):
                self._give_up(hole, str(error))
            return
        if answered.done > hole.done:
            self._patience.succeeded(hole.key)
        if again:
            self._patience.not_before(hole.key, max(again, self._clock.now() + SECOND))
        self._book.put(answered)
        self._tell_of(None)
        if answered.done > hole.done:
            self._filled(replace(hole, start=max(hole.start, hole.done), end=answered.done))
        if answered.state != "pending" and answered.stream.kind == "AllLast":
            self._name(replace(answered, stream=replace(answered.stream, what="unlisted")), UNLISTED)

    def _give_up(self, hole: Span, why: str) -> None:
        """Nobody can have the rest of it."""
        start = max(hole.start, hole.done)
        if start > hole.start:
            self._book.put(replace(hole, end=start, state="filled" if hole.rows else "empty"))
        self._name(replace(hole, start=start), why)

    def _name(self, hole: Span, why: str) -> None:
        gap = replace(hole, state="gap", done=0, rows=0, reason=f"{hole.reason}; {why}")
        self._book.put(gap)
        self._tell_of(gap)

    def _due(self, hole: Span) -> int:
        return self._patience.due(hole.key)


async def wait(clock: Clock, news: asyncio.Event, until: int | None) -> None:
    """Until something is new, or a time has come."""
    with contextlib.suppress(TimeoutError):
        if until is None:
            await news.wait()
            return
        async with deadline(clock, max(0, until - clock.now()) / SECOND):
            await news.wait()


def _is_small(stream: Stream) -> bool:
    """Whether IB's limit of 60 requests in ten minutes holds for it."""
    return stream.kind in TICK_TYPES or BarSize.parse(stream.kind).seconds <= _SMALL_BAR
