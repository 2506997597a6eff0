"""Call something a while after the first of several occasions, on a thread of its own."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol


class Timer(Protocol):
    """Runs a call once, some time after `arm`; armed again from when that call begins."""

    def start(self, callback: Callable[[], None]) -> None:
        """Say what to call."""
        ...

    def arm(self) -> None:
        """Let the call come, unless it is to come already."""
        ...

    def close(self) -> None:
        """No call begins after this, and none is running."""
        ...


class ThreadTimer:
    """The real one: waits `delay` seconds after it was armed."""

    def __init__(self, delay: float = 0.05) -> None:
        self._delay = delay
        self._armed = Event()
        self._closed = Event()
        self._thread: Thread | None = None

    def start(self, callback: Callable[[], None]) -> None:
        self._thread = Thread(target=self._run, args=(callback,), name="log-sync", daemon=True)
        self._thread.start()

    def arm(self) -> None:
        if not self._armed.is_set():
            self._armed.set()

    def close(self) -> None:
        self._closed.set()
        self._armed.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, callback: Callable[[], None]) -> None:
        while True:
            self._armed.wait()
            if self._closed.wait(self._delay):
                return
            # Before the call, so that what comes while it runs arms anew.
            self._armed.clear()
            # What was cleared may have been the sign that it is over.
            if self._closed.is_set():
                return
            callback()
