"""What the reader thread hears, carried to the event loop."""

import asyncio
from collections.abc import Callable

from ib_api.lines import Listener
from ib_api.verdicts import COMPETING


class OnLoop(Listener):
    """Calls on the event loop what is to be called; when that is gone nobody is left to tell."""

    def __init__(
        self,
        refused: Callable[[Exception], None],
        advised: Callable[[int, str], None],
        again: tuple[int, ...] = (),
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._refused = refused
        self._advised = advised
        self._again = again

    def retries(self, code: int) -> bool:
        # A competing session is told of once for all streams, by whoever pauses them.
        return code == COMPETING or code in self._again

    def refused(self, error: Exception) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._refused, error)

    def advised(self, code: int, text: str) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._advised, code, text)
