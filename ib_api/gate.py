"""The way from an open port to a connection that can be used."""

import threading


class ReadyGate:
    """Opens when both `nextValidId` and a non-empty list of accounts have come, or breaks with an error."""

    def __init__(self) -> None:
        self._has_id = False
        self._has_accounts = False
        self._error: Exception | None = None
        self._decided = threading.Event()

    def order_id(self) -> bool:
        """The id has come; answer whether that opened the gate."""
        self._has_id = True
        return self._check()

    def accounts(self) -> bool:
        """The accounts have come; answer whether that opened the gate."""
        self._has_accounts = True
        return self._check()

    def fail(self, error: Exception) -> None:
        """It will never open; the first reason counts, and none once it is open."""
        if not self._decided.is_set():
            self._error = error
            self._decided.set()

    def wait(self, timeout: float) -> bool:
        """Wait; answer whether it opened, raise the error that broke it."""
        opened = self._decided.wait(timeout)
        if self._error is not None:
            raise self._error
        return opened

    def _check(self) -> bool:
        if self._decided.is_set() or not (self._has_id and self._has_accounts):
            return False
        self._decided.set()
        return True
