"""The events of one stream for a thread that takes them in its own time."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from market.broker import Subscription
from market.errors import BadRequest, RequestTimedOut
from market.events import Event

log = logging.getLogger("ib_api.event_queue")

E = TypeVar("E", bound=Event)
S = TypeVar("S", bound=Subscription)

CAPACITY = 100_000


class EventQueue(Generic[E, S]):
    """Iterate to get events as they come; leaving the ``with`` block, or `close`, ends the stream.

    It keeps `CAPACITY` events for a reader that is slow; then the oldest are lost (its overflow policy is
    `drop_oldest`), counted in `dropped` and said in the log. When the stream has ended the rest is given
    out, then the error that ended it is raised; after `close` the iteration just ends.
    """

    def __init__(self, subscription: S, end: Callable[[], None], capacity: int = CAPACITY) -> None:
        self.subscription = subscription
        self.dropped = 0
        self._end = end
        self._events: deque[E] = deque(maxlen=capacity)
        self._news = threading.Condition()
        self._closed = False
        self._failure: Exception | None = None

    def put(self, event: E) -> None:
        """Add an event; never waits."""
        with self._news:
            if len(self._events) == self._events.maxlen:
                self.dropped += 1
                if self.dropped == 1:
                    log.warning(
                        "a reader is slower than its stream of %s; events are lost", type(event).__name__
                    )
            self._events.append(event)
            self._news.notify()

    def wake(self) -> None:
        """Let a waiting reader look whether the stream has ended."""
        with self._news:
            self._news.notify_all()

    def fail(self, error: Exception) -> None:
        """It will get no more; what waits is still given out."""
        with self._news:
            self._failure = error
            self._news.notify_all()

    def get(self, timeout: float | None = None) -> E:
        """The next event.

        Raise `RequestTimedOut` after `timeout` seconds (default: never), what ended the stream, or
        `BadRequest` when it was closed.
        """
        event = self._next(timeout)
        if event is None:
            raise BadRequest("the stream was closed; ask for it again")
        return event

    def close(self) -> None:
        """End the stream; what waits is thrown away. Calling it twice is harmless."""
        with self._news:
            first, self._closed = not self._closed, True
            self._news.notify_all()
        if first:
            self._end()

    def __iter__(self) -> Iterator[E]:
        return self

    def __next__(self) -> E:
        event = self._next(None)
        if event is None:
            raise StopIteration
        return event

    def __enter__(self) -> "EventQueue[E, S]":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next(self, timeout: float | None) -> E | None:
        """The next event, `None` once closed."""
        with self._news:
            if not self._news.wait_for(self._has_news, timeout):
                raise RequestTimedOut(f"no event came within {timeout:g} s; the market may be closed")
            if self._closed:
                return None
            if self._events:
                return self._events.popleft()
            error = self._error
        assert error is not None
        raise error

    @property
    def _error(self) -> Exception | None:
        return self._failure or self.subscription.error

    def _has_news(self) -> bool:
        return self._closed or bool(self._events) or self._error is not None
