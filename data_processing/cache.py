"""What readers keep of files, which never change: the last that were used, up to so much."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Cache(Generic[T]):
    """Values by path; `cost` says what each takes of `room`. May be used from several threads."""

    def __init__(self, room: int, cost: Callable[[T], int] = lambda value: 1) -> None:
        self._room = room
        self._cost = cost
        self._used = 0
        self._values = OrderedDict[str, T]()
        self._lock = threading.Lock()

    def get(self, path: str) -> T | None:
        """The value, which is now the last used; `None` when it is not kept."""
        with self._lock:
            found = self._values.get(path)
            if found is not None:
                self._values.move_to_end(path)
            return found

    def put(self, path: str, value: T) -> None:
        """Keep a value, and let go of those not used for longest."""
        with self._lock:
            if path in self._values:
                return
            self._values[path] = value
            self._used += self._cost(value)
            while self._used > self._room:
                _, gone = self._values.popitem(last=False)
                self._used -= self._cost(gone)
