"""An event loop in a thread of its own, for callers that have none, or one that is busy running them."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from ib_api.errors import NotConnected
from market.errors import BadRequest

T = TypeVar("T")


class LoopThread:
    """Run coroutines of any other thread; `stop` ends what still runs and the thread.

    The thread ends with the program even when nobody stops it.

    >>> async def answer() -> int:
    ...     return 42
    >>> thread = LoopThread("ib-loop")
    >>> thread.call(answer())
    42
    >>> thread.stop()
    """

    def __init__(self, name: str) -> None:
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name=name, daemon=True)
        self._thread.start()
        self._started.wait()

    @property
    def alive(self) -> bool:
        """Whether it takes work."""
        return self._thread.is_alive()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for what `work` answers; raise what it raises. Ctrl-C while waiting cancels it.

        Raise `BadRequest` on the loop's own thread, which must not wait for itself, and `NotConnected` when
        it was stopped.
        """
        if threading.current_thread() is self._thread:
            work.close()
            raise BadRequest("a handler of events cannot wait for an answer; ask on another thread")
        if not self.alive:
            work.close()
            raise NotConnected("the connection was closed; connect again")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except CancelledError:
            raise NotConnected("the connection was closed meanwhile; connect again") from None
        except BaseException:
            future.cancel()
            raise

    def soon(self, work: Coroutine[Any, Any, object]) -> None:
        """Run `work` without waiting for it; a loop that was stopped does not run it."""
        try:
            asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            work.close()

    def stop(self) -> None:
        """End it; calling it twice is harmless."""
        if self.alive:
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._started.set()
        await self._over.wait()
