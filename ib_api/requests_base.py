"""What every request does: take its turn and an id, remember who waits, send, and forget it all when sending
fails."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any, ClassVar

from ib_api.errors import NotConnected
from ib_api.ib_connector import IBConnector
from ib_api.lines import Line, Listener
from ib_api.pending import Pending
from ib_api.scheduling import ORDER_MESSAGE, Ask, Permit, Priority


class Stream:
    """A running stream: its events go to the sink of the callbacks until `cancel`."""

    def __init__(self, request_id: int, line: Line, cancel: Callable[[int], None]) -> None:
        self.request_id = request_id
        self.line = line
        self._cancel: Callable[[int], None] | None = cancel

    def cancel(self) -> None:
        """End it; calling it twice is harmless."""
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel(self.request_id)


class Holding(Listener):
    """Gives the permit of a stream back when IB ends it; `listener` hears of everything, of the end once."""

    def __init__(self, permit: Permit, listener: Listener) -> None:
        self.permit = permit
        self.listener = listener
        self._told = threading.Lock()

    def unanswered(self, answer: Pending[Any]) -> None:
        """The first answer will not come: it was refused, or given up."""
        if answer.error is None:
            self.permit.release()
        else:
            self.refused(answer.error)

    def retries(self, code: int) -> bool:
        return self.listener.retries(code)

    def advised(self, code: int, text: str) -> None:
        self.listener.advised(code, text)

    def refused(self, error: Exception) -> None:
        if self._told.acquire(blocking=False):
            self.permit.ended(error)
            self.listener.refused(error)


class Requests:
    """The common part of `IBRequests` and `IBOrders`.

    Each request takes its turn with the connector's scheduler: it uses the permit that is offered to it
    (`Permit.offered`), or waits on this thread up to 16 s, and raises `PacingRefused` beyond.
    """

    priority: ClassVar[Priority] = Priority.SUBSCRIPTION

    def __init__(self, connector: IBConnector) -> None:
        self.connector = connector
        self.scheduler = connector.scheduler
        self.registry = connector.callbacks.registry

    # What an answer holds differs per request, so each request names its own type.
    def _ask(
        self,
        what: str,
        send: Callable[[int], None],
        cancel: Callable[[int], None] | None = None,
        detail: object = None,
        ask: Ask | None = None,
    ) -> Pending[Any]:
        permit = self.scheduler.claim(ask or Ask(priority=self.priority))
        answer = self._ask_by(permit, what, send, cancel, detail)
        answer.add_done_callback(lambda done: permit.ended(done.error))
        return answer

    def _ask_by(
        self,
        permit: Permit,
        what: str,
        send: Callable[[int], None],
        cancel: Callable[[int], None] | None,
        detail: object,
    ) -> Pending[Any]:
        abandon = cancel and (lambda request_id: self._tell_if_connected(cancel, request_id))
        answer = self.registry.pending(what, abandon, detail)
        try:
            with permit.paid():
                send(answer.request_id)
        except BaseException:
            self.registry.take(answer.request_id)
            raise
        return answer

    def _ask_named(self, name: str, send: Callable[[], None], question: object = None) -> Pending[Any]:
        answer, new = self.registry.named(name, question)
        if new:
            try:
                self._send_paid(send)
            except BaseException as error:
                shared = self.registry.take(name)
                if shared is not None and isinstance(error, Exception):
                    shared.fail(error)
                raise
        return answer

    def _send_paid(self, send: Callable[[], None]) -> None:
        """Send a message; one that a stream begins with has been paid for by the stream."""
        if self.scheduler.hand.paid:
            send()
        else:
            with self.scheduler.claim(Ask(priority=self.priority)).paid():
                send()

    def _stream(
        self,
        line: Line,
        send: Callable[[int], None],
        cancel: Callable[[int], None],
        ask: Ask | None = None,
    ) -> Stream:
        permit = self.scheduler.claim(ask or Ask(priority=self.priority))
        line.listener = Holding(permit, line.listener)
        request_id = self.registry.next_id()

        def end(request_id: int) -> None:
            if self.registry.streams.pop(request_id, None) is not None:
                self._tell_if_connected(cancel, request_id)
                permit.release()

        self.registry.streams[request_id] = line
        try:
            with permit.paid():
                send(request_id)
        except BaseException:
            self.registry.streams.pop(request_id, None)
            raise
        return Stream(request_id, line, end)

    def forget(self, stream: Stream) -> None:
        """IB has lost the stream: hear no more of it, and take nothing back."""
        self.registry.streams.pop(stream.request_id, None)
        if isinstance(stream.line.listener, Holding):
            stream.line.listener.permit.release()

    def _tell_if_connected(self, cancel: Callable[[int], None], request_id: int) -> None:
        """Send a cancel; one that meets the end of the line has nothing left to end."""

        def tell() -> None:
            with contextlib.suppress(NotConnected):
                cancel(request_id)

        if self.connector.isConnected():
            self.scheduler.post(ORDER_MESSAGE, tell)
