"""What every request does: take an id, remember who waits, send, and forget it all when sending fails."""

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

from ib_api.errors import NotConnected
from ib_api.ib_connector import IBConnector
from ib_api.lines import Line, Listener
from ib_api.pacing import HistoryPacer, HistoryRequest, TickByTickPacer
from ib_api.pending import Pending
from market.errors import PacingRefused
from market.times import SECOND

_LONGEST_WAIT = 15.0
"""Seconds a request waits by itself for IB's pacing rules; a longer wait is the caller's decision."""


class Stream:
    """A running stream: its events go to the sink of the callbacks until `cancel`."""

    def __init__(
        self,
        request_id: int,
        line: Line,
        cancel: Callable[[int], None],
        withdraw: Callable[[int], None] | None = None,
    ) -> None:
        self.request_id = request_id
        self.line = line
        self._cancel: Callable[[int], None] | None = cancel
        self._withdraw = withdraw or cancel

    def cancel(self) -> None:
        """End it; calling it twice is harmless."""
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel(self.request_id)

    def withdraw(self) -> None:
        """End it at IB although IB has refused it: after some refusals it would come back by itself."""
        self._cancel = None
        self._withdraw(self.request_id)


class Place(Listener):
    """A place among the historical requests under way that a stream holds until it ends, however it does.

    `listener` hears what IB says of that stream; of its end once.
    """

    def __init__(self, give_back: Callable[[], None], listener: Listener | None = None) -> None:
        self._give_back = give_back
        self._listener = listener or Listener()
        self._given = threading.Lock()

    def release(self) -> bool:
        """Give it back; answer whether it was held until now."""
        held = self._given.acquire(blocking=False)
        if held:
            self._give_back()
        return held

    def unanswered(self, answer: Pending[Any]) -> None:
        """The first answer will not come: it was refused, or given up."""
        if answer.error is None:
            self.release()
        else:
            self.refused(answer.error)

    def retries(self, code: int) -> bool:
        return self._listener.retries(code)

    def advised(self, code: int, text: str) -> None:
        self._listener.advised(code, text)

    def refused(self, error: Exception) -> None:
        if self.release():
            self._listener.refused(error)


class Requests:
    """The common part of `IBRequests` and `IBOrders`."""

    def __init__(self, connector: IBConnector) -> None:
        self.connector = connector
        self.registry = connector.callbacks.registry

    # What an answer holds differs per request, so each request names its own type.
    def _ask(
        self,
        what: str,
        send: Callable[[int], None],
        cancel: Callable[[int], None] | None = None,
        detail: object = None,
    ) -> Pending[Any]:
        abandon = cancel and (lambda request_id: self._tell_if_connected(cancel, request_id))
        answer = self.registry.pending(what, abandon, detail)
        try:
            send(answer.request_id)
        except BaseException:
            self.registry.take(answer.request_id)
            raise
        return answer

    def _ask_named(self, name: str, send: Callable[[], None], question: object = None) -> Pending[Any]:
        answer, new = self.registry.named(name, question)
        if new:
            try:
                send()
            except BaseException as error:
                shared = self.registry.take(name)
                if shared is not None and isinstance(error, Exception):
                    shared.fail(error)
                raise
        return answer

    def _stream(self, line: Line, send: Callable[[int], None], cancel: Callable[[int], None]) -> Stream:
        request_id = self.registry.next_id()

        def end(request_id: int) -> None:
            if self.registry.streams.pop(request_id, None) is not None:
                self._tell_if_connected(cancel, request_id)

        self.registry.streams[request_id] = line
        try:
            send(request_id)
        except BaseException:
            self.registry.streams.pop(request_id, None)
            raise
        return Stream(request_id, line, end, lambda request_id: self._tell_if_connected(cancel, request_id))

    def forget(self, stream: Stream) -> None:
        """IB has lost the stream: hear no more of it, and take nothing back."""
        self.registry.streams.pop(stream.request_id, None)

    def _tell_if_connected(self, cancel: Callable[[int], None], request_id: int) -> None:
        """Send a cancel; one that meets the end of the line has nothing left to end."""
        if self.connector.isConnected():
            with contextlib.suppress(NotConnected):
                cancel(request_id)


class PacedRequests(Requests):
    """Requests under IB's rules for history and tick-by-tick data; who awaits asks for the delay first."""

    def __init__(
        self,
        connector: IBConnector,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(connector)
        self.history = HistoryPacer()
        self.tick_by_tick = TickByTickPacer()
        self._clock = clock
        self._sleep = sleep
        self._pacing = threading.Lock()

    def history_delay(self, request: HistoryRequest) -> float | None:
        """Seconds until such a request may go; `None` while 50 are under way."""
        with self._pacing:
            now = self._clock()
            when = self.history.earliest(request, now)
            return None if when is None else (when - now) / SECOND

    def tick_by_tick_delay(self, contract_id: int, exchange: str) -> float:
        """Seconds until tick-by-tick data of an instrument may be asked for again."""
        with self._pacing:
            now = self._clock()
            return (self.tick_by_tick.earliest(contract_id, exchange, now) - now) / SECOND

    def _pace_history(self, request: HistoryRequest) -> None:
        """Take a place, waiting up to 15 seconds; raise `PacingRefused` when that is not enough."""
        with self._pacing:
            now = self._clock()
            when = self.history.earliest(request, now)
            if when is None:
                raise PacingRefused("50 historical requests are under way; wait for one of them")
            wait = _bounded((when - now) / SECOND, "history")
            self.history.begin(request, when)
        try:
            if wait:
                self._sleep(wait)
        except BaseException:
            self._history_ends()
            raise

    def _history_ends(self, _: object = None) -> None:
        with self._pacing:
            self.history.end()

    def _pace_tick_by_tick(self, contract_id: int, exchange: str) -> None:
        with self._pacing:
            now = self._clock()
            when = self.tick_by_tick.earliest(contract_id, exchange, now)
            wait = _bounded((when - now) / SECOND, "tick-by-tick data")
            self.tick_by_tick.begin(contract_id, exchange, when)
        if wait:
            self._sleep(wait)


def _bounded(wait: float, what: str) -> float:
    if wait > _LONGEST_WAIT:
        raise PacingRefused(f"IB's rules allow the next request for {what} in {wait:.0f} s; ask again then")
    return wait
