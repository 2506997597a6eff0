"""IB's own client against the gateway, its reader and its loop stopped for certain at the end."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue
from typing import Any

from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.wrapper import EWrapper


class Official(EWrapper, EClient):  # type: ignore[misc]  # ibapi has no types
    """Queue every callback under its name."""

    def __init__(self) -> None:
        EClient.__init__(self, self)
        # All made before two threads use them: each could make one of its own.
        self._queues: dict[str, Queue[Any]] = {name: Queue() for name in _NAMES}

    def next(self, name: str) -> Any:
        """The arguments of the next call of a callback; fail after five seconds."""
        return self._queues[name].get(timeout=5)

    def settle(self) -> None:
        """Wait until the gateway has served everything asked so far."""
        self.reqCurrentTime()
        self.next("currentTime")


def _recorder(name: str) -> Callable[..., None]:
    return lambda self, *args: self._queues[name].put(args)


_NAMES = [name for name in vars(EWrapper) if not name.startswith("_") and name != "logAnswer"]
for _name in _NAMES:
    setattr(Official, _name, _recorder(_name))


@contextmanager
def connected(port: int, client_id: int = 1) -> Iterator[Official]:
    """A client whose loop runs in a thread of its own, once it has received its first order id."""
    client = Official()
    client.connect("127.0.0.1", port, client_id)
    loop = threading.Thread(target=client.run)
    loop.start()
    reader, connection = client.reader, client.conn.socket
    try:
        client.next("nextValidId")
        yield client
    finally:
        # Its disconnect() clears what its own threads still use; the end of the stream is what they stand.
        connection.shutdown(socket.SHUT_RDWR)
        loop.join(5)
        reader.join(5)
    assert not loop.is_alive()
    assert not reader.is_alive()


def stock(symbol: str, currency: str = "USD") -> Contract:
    contract = Contract()
    contract.symbol, contract.secType = symbol, "STK"
    contract.exchange, contract.currency = "SMART", currency
    return contract
