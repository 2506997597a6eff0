"""Which answer belongs to which request: ids, pending answers and running streams."""

import threading
from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

from ib_api.lines import Line
from ib_api.pending import Pending
from market.errors import PacingRefused

FIRST_REQUEST_ID = 100_000_000
"""Far above order ids, because IB's errors carry either in the same field."""


class Shared(NamedTuple):
    """The detail of an answer that has no id at IB: what was asked, and who waits (the ids of objects)."""

    question: object
    waiting: set[int]


class RequestRegistry:
    """Hand out ids, each once in the life of a connector, and remember who waits for what.

    Used by every thread that asks and by the reader thread that answers; each operation is one atomic
    dictionary access, or under the lock.
    """

    def __init__(self) -> None:
        self.reader: threading.Thread | None = None
        self.streams: dict[int, Line] = {}
        self.named_sent: dict[str, int] = {}
        """When each question without an id was sent last, by the clock of who sends."""
        self._ids = count(FIRST_REQUEST_ID)
        self._lock = threading.Lock()
        # The value types differ per request; the callback that finds one knows which it is.
        self._pending: dict[int, Pending[Any]] = {}
        self._named: dict[str, Pending[Any]] = {}

    def next_id(self) -> int:
        """A request id that was never used."""
        with self._lock:
            return next(self._ids)

    def pending(
        self, what: str, cancel: Callable[[int], None] | None = None, detail: object = None
    ) -> "Pending[Any]":
        """A new answer to wait for, under a new id; `cancel` takes the request back at IB.

        `detail` is what the callbacks must know of the request to make events of the answer.
        """
        request_id = self.next_id()

        def abandon() -> None:
            if self._pending.pop(request_id, None) is not None and cancel is not None:
                cancel(request_id)

        answer: Pending[Any] = Pending(
            what, request_id, abandon=abandon, reader=lambda: self.reader, detail=detail
        )
        self._pending[request_id] = answer
        return answer

    def named(self, name: str, question: object = None) -> "tuple[Pending[Any], bool]":
        """The answer to a request that has no id at IB, and whether that must be sent.

        Whoever asks the same `question` while one is under way shares it: IB's answers could not be told
        apart. For the same reason another question under that name raises `PacingRefused`. Each may give up
        alone; when the last one has, the next to ask sends it again and gets whichever answer comes first.
        """
        with self._lock:
            shared = self._named.get(name)
            if shared is None:
                shared = self._named[name] = Pending(name, detail=Shared(question, set()))
            elif shared.detail.question != question:
                raise PacingRefused(
                    f"another question for {name} waits for its answer, and IB's answers do not say which"
                    " question they are for; ask again when it has come"
                )
            new = not shared.detail.waiting
            answer: Pending[Any] = Pending(
                name, abandon=lambda: self._leave(shared, answer), reader=lambda: self.reader
            )
            shared.detail.waiting.add(id(answer))
        shared.add_done_callback(lambda done: done.pass_on(answer))
        return answer, new

    def _leave(self, shared: "Pending[Any]", answer: "Pending[Any]") -> None:
        with self._lock:
            shared.detail.waiting.discard(id(answer))

    def find(self, key: int | str) -> "Pending[Any] | None":
        """Who waits for this id or name."""
        return self._pending.get(key) if isinstance(key, int) else self._named.get(key)

    def take(self, key: int | str) -> "Pending[Any] | None":
        """Who waits for it, and let it wait no longer."""
        return self._pending.pop(key, None) if isinstance(key, int) else self._named.pop(key, None)

    def end_all(self, error: Exception) -> None:
        """The connection ended: nobody waits any more."""
        waiting = [*self._pending.values(), *self._named.values()]
        streams = list(self.streams.values())
        self._pending.clear()
        self._named.clear()
        self.streams.clear()
        for answer in waiting:
            answer.fail(error)
        for stream in streams:
            stream.listener.refused(error)
