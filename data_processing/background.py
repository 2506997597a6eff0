"""Compaction at work while a store is written: after so many rows, and after so much time."""

import threading
from collections.abc import Callable

ROWS = 500_000
SECONDS = 600.0


class Background:
    """Calls `compact` on a thread of its own once `rows` wait, or `seconds` after the first of them came.

    An error is given to `failed` and the thread goes on.
    """

    def __init__(
        self,
        compact: Callable[[], None],
        failed: Callable[[Exception], None],
        rows: int | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._compact = compact
        self._failed = failed
        self._rows = ROWS if rows is None else rows
        self._seconds = seconds
        self._changed = threading.Condition()
        self._waiting = 0
        self._closed = False
        self._thread: threading.Thread | None = None

    def note(self, waiting: int) -> None:
        """So many rows wait now."""
        with self._changed:
            self._waiting = waiting
            if self._thread is None and waiting and not self._closed:
                self._thread = threading.Thread(target=self._run, name="store-compaction", daemon=True)
                self._thread.start()
            if waiting >= self._rows:
                self._changed.notify()

    def close(self) -> None:
        """No compaction begins after this, and none is running."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._waiting >= self._rows, self._seconds)
                if self._closed:
                    return
                # What comes while it runs counts anew; what it fails to take waits for the next time.
                self._waiting = 0
            try:
                self._compact()
            except Exception as error:  # whatever it is, the rows are in the log and the next try may do
                self._failed(error)
