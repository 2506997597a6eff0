"""History, asked each minute for all frames of a chart that are made of the same bars.

It is asked a few seconds after each full minute, each time with an overlap, so that a revision shows.
"""

import asyncio
import logging
from typing import Protocol

from data_processing.frames import Frame
from ib_stream.feeds.desk import Desk
from market.clock import sleep
from market.errors import TruetickError
from market.times import MINUTE, SECOND

log = logging.getLogger("truetick.stream")

POLL = MINUTE
LAG = 5 * SECOND
"""So long after a full minute: a bar that just ended is served then."""

RETRY = 5 * SECOND
PATIENCE = 20.0
"""Seconds that history may take; what came is stored, and the rest is asked for again."""


class Listener(Protocol):
    """Who shows what history tells; times in UTC nanoseconds."""

    def begin(self, now: int) -> int:
        """Where the bars begin that may still change for it."""
        ...

    async def told(self, now: int, broke_at: int, settled: int) -> None:
        """History was asked at `now`, because of an outage at `broke_at` (0: none), and has answered up to
        `settled` (0: not at all)."""
        ...


class HistoryPoll:
    """Of the base of one frame, for as long as anybody listens; see `join`."""

    def __init__(self, desk: Desk, frame: Frame) -> None:
        self._desk = desk
        self._frame = frame
        self._listeners: dict[Listener, None] = {}
        self._broke_at = 0
        self._asked = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def add(self, listener: Listener) -> None:
        """It is told at once, then each minute."""
        self._listeners[listener] = None
        self._asked.set()

    def leave(self, listener: Listener) -> None:
        """The last one ends it."""
        self._listeners.pop(listener, None)
        if not self._listeners:
            self._task.cancel()
            self._desk.polls.pop(self._frame.series, None)

    def broke(self, time: int) -> None:
        """What is live broke off at `time`: that far back it has to be asked."""
        self._broke_at = self._broke_at or time

    def soon(self) -> None:
        """Ask now, without waiting for the minute."""
        self._asked.set()

    async def _run(self) -> None:
        while True:
            self._asked.clear()
            now, broke_at = self._desk.clock.now(), self._broke_at
            settled = await self._ask(now, broke_at)
            for each in tuple(self._listeners):
                if each in self._listeners:
                    await each.told(now, broke_at, settled)
            if settled and self._broke_at == broke_at:
                self._broke_at = 0
            pause = POLL - (now - LAG) % POLL
            await self._pause((RETRY if self._broke_at else pause) / SECOND)

    async def _ask(self, now: int, broke_at: int) -> int:
        """Up to when history has answered; 0 where it has not."""
        history, frame = self._desk.history, self._frame
        if history is None:
            return 0
        start = min([each.begin(now) for each in self._listeners], default=now)
        try:
            async with asyncio.timeout(PATIENCE):
                await history.backfill(
                    frame.instrument,
                    frame.base,
                    min(start, broke_at or now),
                    now,
                    what=frame.what,
                    hours=frame.base_hours,
                    refresh=True,
                    alone=True,
                )
        except (TruetickError, TimeoutError) as error:
            log.info("%s: history does not answer: %s", frame.instrument.describe(), error)
            return 0
        # The bar that ran when it was asked for is the last of the answer, or not in it.
        return now - now % frame.base.nanoseconds

    async def _pause(self, seconds: float) -> None:
        waits = [
            asyncio.create_task(sleep(self._desk.clock, seconds)),
            asyncio.create_task(self._asked.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()


def join(desk: Desk, frame: Frame, listener: Listener) -> HistoryPoll:
    """Let `listener` be told by the poll of the frame's base; frames with one base share it."""
    poll = desk.polls.get(frame.series)
    if poll is None:
        poll = desk.polls[frame.series] = HistoryPoll(desk, frame)
    poll.add(listener)
    return poll
