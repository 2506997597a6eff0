"""The right to send one request now, and what it holds until it is released."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ib_api.scheduling.ask import Ask
from market.errors import RequestFailed


class Hand(threading.local):
    """What this thread may send: a permit that is offered to the request being made, or a paid message."""

    offered: "Permit | None" = None
    paid = False


class Permit:
    """The right to send `ask` now. What it holds is free again after `release`, from any thread."""

    def __init__(
        self,
        ask: Ask,
        hand: Hand,
        give_back: Callable[[Ask], None],
        absorb: Callable[[int, str], object],
    ) -> None:
        self.ask = ask
        self._hand = hand
        self._give_back = give_back
        self._absorb = absorb
        self._held = threading.Lock()

    def release(self) -> None:
        """Hold it no longer; calling it twice is harmless."""
        if self._held.acquire(blocking=False):
            self._give_back(self.ask)

    def ended(self, error: Exception | None) -> None:
        """The request is over: release what it holds, and learn from IB's refusal if there was one."""
        self.release()
        if isinstance(error, RequestFailed):
            self._absorb(error.code, str(error))

    @contextmanager
    def offered(self) -> Iterator[None]:
        """Make a request of `IBRequests` within the block: it uses this permit instead of waiting for one.

        A permit that is not taken up, or whose request raises, is released.
        """
        self._hand.offered = self
        try:
            yield
        except BaseException:
            self.release()
            raise
        finally:
            untaken, self._hand.offered = self._hand.offered, None
        if untaken is not None:
            self.release()

    @contextmanager
    def paid(self) -> Iterator[None]:
        """The next message sent in the block is the one that this permit allows."""
        self._hand.paid = True
        try:
            yield
        except BaseException:
            self.release()
            raise
        finally:
            self._hand.paid = False
