"""IB's own client asks everything there is and tells what became of it.

``python -m tests.peers.scripts.ask_everything PORT`` prints one JSON object: the server version, for every
ask "answered" (or rightly met with silence), "silent" or the code and text with which it was refused, and
what the client's library complained of in its log.
"""

import json
import logging
import queue
import socket
import sys
import threading
import time
from typing import Any

from ibapi.client import EClient
from ibapi.wrapper import EWrapper

from tests.peers.scripts.asks import ASKS, ORDERS, Ask, make
from tests.peers.scripts.calls import Asker, contracts

PATIENCE = 15.0
PAUSE = 0.2
NOTICES = range(2100, 2200)
# Advice with which a request goes on.
ADVICE = (10089, 10090, 10091, 10167, 10349, 399)


class Client(EWrapper, EClient):  # type: ignore[misc]  # ibapi has no types
    """Queue every callback."""

    def __init__(self) -> None:
        EClient.__init__(self, self)
        self.calls: queue.Queue[tuple[str, tuple[Any, ...]]] = queue.Queue()


def _recorder(name: str) -> Any:
    return lambda self, *args: self.calls.put((name, args))


for _name in vars(EWrapper):
    if not _name.startswith("_") and _name != "logAnswer" and "ProtoBuf" not in _name:
        setattr(Client, _name, _recorder(_name))


class Complaints(logging.Handler):
    """What the library says at warning level and above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage()[:300])


def error_of(args: tuple[Any, ...]) -> tuple[int, int, str]:
    """Id, code and text of an error, whose arguments differ between the generations."""
    request_id, *rest = args
    code, text = (rest[0], rest[1]) if isinstance(rest[1], str) else (rest[1], rest[2])
    return request_id, code, text


def outcome(client: Client, asker: Asker, ask: Ask, request_id: int) -> str:
    """Wait for an answer or a refusal; an ask without answers is given a moment to be refused."""
    ids = {request_id, -1, *(asker.orders if ask in ORDERS else ())}
    end = time.monotonic() + (PATIENCE if ask.answers else PAUSE)
    while (left := end - time.monotonic()) > 0:
        try:
            name, args = client.calls.get(timeout=left)
        except queue.Empty:
            break
        if name in ask.answers:
            return "answered"
        if name == "error":
            about, code, text = error_of(args)
            if about in ids and code not in NOTICES and code not in ADVICE:
                return f"{code} {text}"
    return "silent" if ask.answers else "answered"


def settle(client: Client) -> None:
    """Let everything that is on its way arrive, and forget it."""
    while not client.calls.empty():
        client.calls.get()


def ask_all(client: Client, asker: Asker) -> dict[str, str]:
    """Every ask that the version knows, one after the other."""
    outcomes: dict[str, str] = {}
    kinds = contracts()
    for ask in ASKS:
        if client.serverVersion() >= ask.since:
            settle(client)
            outcomes[ask.name] = outcome(client, asker, ask, make(asker, ask, kinds[ask.of]))
    return outcomes


def started(client: Client) -> Asker:
    """Wait for the two messages with which a session begins."""
    first: dict[str, Any] = {}
    while len(first) < 2:
        name, args = client.calls.get(timeout=10)
        if name in ("nextValidId", "managedAccounts"):
            first[name] = args[0]
    now = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())
    return Asker(client, first["managedAccounts"], now, first["nextValidId"])


def main(port: int) -> None:
    """Connect as the default client, ask, and print the report."""
    heard = Complaints()
    logging.getLogger("ibapi").addHandler(heard)
    logging.getLogger("ibapi").setLevel(logging.WARNING)
    client = Client()
    client.connect("127.0.0.1", port, 0)
    loop = threading.Thread(target=client.run)
    loop.start()
    connection: socket.socket = client.conn.socket
    try:
        asks = ask_all(client, started(client))
    finally:
        # Its disconnect() clears what its own threads still use; the end of the stream is what they stand.
        version = client.serverVersion()
        connection.shutdown(socket.SHUT_RDWR)
        loop.join(5)
    print(json.dumps({"version": version, "asks": asks, "complaints": heard.said}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
