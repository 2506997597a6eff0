"""The answer that a request will have: waited for in a script, awaited in asyncio."""

import asyncio
import threading
from collections.abc import Callable, Generator
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, Generic, TypeVar

from market.clock import Clock, RealClock
from market.errors import BadRequest, RequestTimedOut
from market.times import SECOND

T = TypeVar("T")

DEFAULT_TIMEOUT = 60.0
"""Seconds; IB itself gives up on a historical request after about a minute."""

PATIENCE = 2.0
"""Real seconds that are waited at least: a clock that hurries makes neither TWS nor the line faster."""


def _nothing() -> None:
    return None


class Pending(Generic[T]):
    """What a request will answer.

    ``pending.result(timeout=10)`` in scripts and notebooks, ``await pending`` on any event loop, from any
    thread. Both raise what went wrong. The reader thread appends to `rows` and calls `resolve` or `fail`;
    only the first of `resolve`, `fail` and `cancel` counts.

    `what` names the request in messages; `abandon` tells IB when nobody waits any more; `reader` is the
    thread that must never wait, since it is the one that brings the answer.
    """

    def __init__(
        self,
        what: str,
        request_id: int = -1,
        *,
        abandon: Callable[[], None] = _nothing,
        reader: Callable[[], threading.Thread | None] = lambda: None,
        detail: Any = None,
    ) -> None:
        self.what = what
        self.request_id = request_id
        self.detail = detail
        # What rows and detail are is known to the callback that fills them and the request that reads them.
        self.rows: list[Any] = []
        self._future: Future[T] = Future()
        self._abandon = abandon
        self._reader = reader
        self._settled = threading.Lock()

    def __repr__(self) -> str:
        return f"<Pending {self.what}: {'done' if self.done() else 'waiting'}>"

    def done(self) -> bool:
        """Whether it ended, in whatever way."""
        return self._future.done()

    @property
    def answered(self) -> bool:
        """Whether there is an answer, and not an error or a cancel."""
        return self.done() and not self._future.cancelled() and self.error is None

    @property
    def error(self) -> Exception | None:
        """What went wrong; `None` while it runs, and for an answer or a cancel."""
        if not self.done() or self._future.cancelled():
            return None
        error = self._future.exception()
        return error if isinstance(error, Exception) else None

    def result(self, timeout: float = DEFAULT_TIMEOUT) -> T:
        """Wait up to `timeout` seconds; raise `RequestTimedOut`, or what IB answered instead of data."""
        if threading.current_thread() is self._reader() and not self.done():
            raise BadRequest(f"{self.what}: a callback cannot wait for an answer; use add_done_callback")
        try:
            return self._future.result(timeout)
        except FutureTimeout:
            # An error of the request may itself be a time-out; that one has its own text.
            if self._future.done():
                raise
            self.cancel()
            raise self._timed_out(timeout) from None
        except CancelledError:
            raise BadRequest(f"{self.what} was cancelled; ask again") from None

    def __await__(self) -> Generator[Any, None, T]:
        return self._wait().__await__()

    async def within(self, timeout: float, clock: Clock | None = None) -> T:
        """Await up to `timeout` seconds of `clock`; raise `RequestTimedOut`."""
        clock, loop = clock or RealClock(), asyncio.get_running_loop()
        least = loop.time() + min(timeout, PATIENCE)
        try:
            async with asyncio.timeout(None) as limit:
                timer = clock.call_at(
                    clock.now() + int(timeout * SECOND),
                    lambda: limit.reschedule(max(least, loop.time())),
                )
                try:
                    return await self
                finally:
                    timer.cancel()
        except TimeoutError:
            if not limit.expired():
                raise
            raise self._timed_out(timeout) from None

    def cancel(self) -> bool:
        """Give it up and tell IB; answer whether there was anything to give up."""
        if not self._settled.acquire(blocking=False):
            return False
        self._future.cancel()
        self._abandon()
        return True

    def add_done_callback(self, callback: Callable[["Pending[T]"], None]) -> None:
        """Call `callback` once it ended, on the thread that ends it."""
        self._future.add_done_callback(lambda _: callback(self))

    def resolve(self, value: T) -> None:
        """Give the answer."""
        if self._settled.acquire(blocking=False):
            self._future.set_result(value)

    def fail(self, error: Exception, *, abandon: bool = False) -> None:
        """Say why there is none; `abandon` tells IB as well, which does not know of it."""
        if self._settled.acquire(blocking=False):
            self._future.set_exception(error)
            if abandon:
                self._abandon()

    def pass_on(self, other: "Pending[T]") -> None:
        """End `other` as this one ended."""
        error = self._future.exception()
        if error is None:
            other.resolve(self._future.result())
        elif isinstance(error, Exception):
            other.fail(error)

    async def _wait(self) -> T:
        try:
            # Shielded: the future must not be cancelled behind the back of `cancel`.
            return await asyncio.shield(asyncio.wrap_future(self._future))
        except asyncio.CancelledError:
            self.cancel()
            raise

    def _timed_out(self, timeout: float) -> RequestTimedOut:
        return RequestTimedOut(
            f"{self.what} got no answer within {timeout:g} s; ask again or allow more time",
            request_id=self.request_id,
        )
