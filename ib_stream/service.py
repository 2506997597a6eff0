"""The life of the server: it opens the broker in the background, and says farewell before it goes.

`connecting` until TWS has answered, then `ready`; `failed` when there are no attempts left, `stopping` from
the first signal on. A line that breaks later is the broker's to mend: streams stay, and are told.
"""

import asyncio
import contextlib
import logging
import os
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from charting.marks import MarkBooks
from config.settings import Loaded, Settings, load
from ib_stream.backend import Backend, Opening, standalone
from ib_stream.feeds import Feeds
from ib_stream.guard.door import Door
from ib_stream.hub import EventId, Hub, Replayed, Topic
from ib_stream.logs import JsonLog, Redactor
from ib_stream.refusals import Refusal
from ib_stream.signals import announced
from ib_stream.workers import check_single
from market.clock import RealClock
from market.errors import TruetickError
from market.times import SECOND

log = logging.getLogger("truetick.stream")

State = Literal["connecting", "ready", "failed", "stopping"]

FIRST_WAIT, LONGEST_WAIT = 0.5, 15.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What is there while the state is `ready`."""

    backend: Backend
    feeds: Feeds


class Service:
    """One server's state. It belongs to one event loop, between the start and the end of `running`.

    Without `loaded` the settings come from the environment and `.env` when it starts; `opening` makes what
    stands behind the streams. A server inside another program (`hosted`) leaves signals and logs to that.
    """

    def __init__(
        self, loaded: Loaded | None = None, opening: Opening | None = None, *, hosted: bool = False
    ) -> None:
        self.clock = RealClock()
        self.redact = Redactor()
        # What programs draw on charts outlasts any connection.
        self.marks = MarkBooks()
        self.problem = ""
        self.state: State = "connecting"
        self.answered = Counter[int]()
        self._loaded = loaded
        self._opening = opening
        self._hosted = hosted
        self._parts: Parts | None = None
        self._draining: asyncio.Task[None] | None = None
        self._calls = set[asyncio.Task[Any]]()

    # -- what routes ask for

    @property
    def settings(self) -> Settings:
        """What the server was told; known once it has started."""
        return self._set.settings

    @property
    def parts(self) -> Parts:
        """Broker, store and streams; raise a `Refusal` with 503 while they are not there."""
        if self.state == "stopping":
            raise going()
        if self._parts is None:
            message = f"not connected to TWS: {self.redact.message(self.problem) or 'connecting'}"
            advice = (
                "See GET /health; the server goes on trying." if self.state != "failed" else "Start it again."
            )
            raise Refusal(503, "TWS_UNAVAILABLE", message, advice, retry_after=2)
        return self._parts

    @property
    def ready(self) -> Parts | None:
        """As `parts`, `None` where there are none."""
        return self._parts if self.state == "ready" else None

    # -- from the start to the end

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The server's life; raise `SetupError` for settings that are not usable."""
        check_single()
        self.loop = asyncio.get_running_loop()
        self._set = self._loaded or load({}, os.environ)
        settings = self.settings
        self.door = Door(settings, self.clock)
        self.hub = self._hub()
        self.redact.add(settings.stream_token, settings.account)
        async with AsyncExitStack() as stack:
            if not self._hosted:
                output = JsonLog(self.redact, settings.log_level)
                output.start()
                stack.callback(output.stop)
                stack.enter_context(announced(self.begin_drain))
            work = asyncio.create_task(self._keep_open())
            stack.push_async_callback(_ended, work)
            stack.push_async_callback(self.drain)
            yield

    def begin_drain(self) -> None:
        """Say farewell to all streams and take no new ones, without waiting for it."""
        if self._draining is None:
            self.state = "stopping"
            self._draining = asyncio.create_task(self._drain())

    async def drain(self) -> None:
        """As `begin_drain`, and wait until all are gone."""
        self.begin_drain()
        assert self._draining is not None
        await asyncio.shield(self._draining)

    @contextmanager
    def cancelled_at_the_end(self) -> Iterator[None]:
        """Within the block, the current task is cancelled when the server goes."""
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        try:
            yield
        finally:
            self._calls.discard(task)

    async def _drain(self) -> None:
        for call in self._calls:
            call.cancel()
        await self.hub.drain("server_shutdown")

    def _hub(self) -> Hub:
        settings, now = self.settings, self.clock.now() // SECOND
        return Hub(
            self.clock,
            # No two lives of a process have one: the time, and something else for clocks that went back.
            epoch=f"{now:x}{secrets.token_hex(2)}",
            buffer=settings.stream_buffer_size,
            way=settings.stream_transport,
            replay=self._replay,
            mark=self._mark,
        )

    async def _replay(self, topic: Topic, origin: EventId | int, until: int) -> Replayed:
        """What the store has of a topic; without a store that it does not know."""
        return await self.parts.feeds.replay(topic, origin, until)

    def _mark(self, n: int, received: int) -> None:
        if self._parts is not None:
            self._parts.feeds.mark(n, received)

    # -- the broker

    async def _keep_open(self) -> None:
        opening, attempts, wait = self._opening or partial(standalone, self._set), 0, FIRST_WAIT
        limit = self.settings.stream_reconnect_attempts
        while self.state != "stopping":
            try:
                async with opening() as backend:
                    attempts, wait = 0, FIRST_WAIT
                    await self._serve(backend)
            except (TruetickError, OSError) as error:
                self.problem = str(error)
                log.warning("not connected to TWS: %s", error)
            except Exception:
                self.problem = "a bug of ours; the server's log has it"
                log.exception("a bug of ours; everything is opened anew")
            attempts += 1
            if limit and attempts >= limit:
                self.state = "failed"
                log.error("gave up after %d attempts; start the server again", attempts)
                return
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    async def _serve(self, backend: Backend) -> None:
        """Let routes use a backend until its broker gives up, which it raises."""
        broker = backend.broker
        self.redact.add(*broker.accounts)
        kept = backend.db if backend.history is not None else None
        most = self.settings.stream_max_streams
        feeds = Feeds(
            broker,
            self.hub,
            kept,
            backend.clock,
            max_streams=most,
            flush=backend.flush,
            history=backend.history,
            marks=self.marks,
        )
        feeds.start()
        try:
            self._parts, self.state, self.problem = Parts(backend, feeds), "ready", ""
            log.info("streaming from %s, server version %d", broker.source.label, broker.server_version)
            raise await broker.gave_up()
        finally:
            self._parts = None
            if self.state == "ready":
                self.state = "connecting"
            await feeds.close()


def going() -> Refusal:
    """The answer to whoever comes while the server goes."""
    return Refusal(503, "SHUTTING_DOWN", "the server is going", "Come back in a moment.", retry_after=5)


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
