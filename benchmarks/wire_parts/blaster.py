"""The sender: welcomes one client as TWS does, learns its request ids, and on the word go sends.

Prints two lines of JSON: the port it listens on, then its monotonic time in nanoseconds at the first byte.
It ends when the client has gone or when nothing came for `PATIENCE` seconds.
"""

import argparse
import contextlib
import json
import socket
import struct
import sys
import time

from benchmarks.wire_parts import messages

PATIENCE = 60
START_API, GO = 71, 24
# Where each request bears its id: market data, tick-by-tick, 5-second bars, history.
ID_FIELD = {1: 2, 97: 1, 50: 2, 20: 1}
NOTICES = ((2104, "usfarm"), (2106, "ushmds"), (2158, "secdefil"))
ERROR_HAS_JSON, ERROR_HAS_TIME = 166, 194


class Client:
    """The accepted connection, frame by frame."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(PATIENCE)
        self._connection = connection
        self._stream = connection.makefile("rb")
        self.send = connection.sendall

    def read(self) -> list[bytes]:
        """The fields of the next frame; raise `EOFError` when the client has gone."""
        return self._read(struct.unpack(">I", self._read(4))[0]).split(b"\0")[:-1]

    def welcome(self, server_version: int) -> None:
        """Handshake, START_API, account, next id and the notices that the farms are up."""
        assert self._read(4) == b"API\0"
        self._read(struct.unpack(">I", self._read(4))[0])
        self.send(messages.frame(server_version, "20260109 14:30:00 UTC"))
        while int(self.read()[0]) != START_API:
            pass
        self.send(messages.frame(15, 1, "DU1234567") + messages.frame(9, 1, 1))
        for code, farm in NOTICES:
            self.send(_notice(server_version, code, f"Market data farm connection is OK:{farm}"))

    def request_ids(self) -> list[int]:
        """The ids of all market data requests up to the word go, in order."""
        ids = []
        while (fields := self.read()) and (kind := int(fields[0])) != GO:
            if kind in ID_FIELD:
                ids.append(int(fields[ID_FIELD[kind]]))
        return ids

    def wait_until_gone(self) -> None:
        # A client that ends with something unread resets the connection; it had what it wanted.
        with contextlib.suppress(ConnectionResetError):
            while self._connection.recv(65_536):
                pass

    def _read(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            raise EOFError("the client has gone")
        return data


def _notice(server_version: int, code: int, text: str) -> bytes:
    if server_version >= ERROR_HAS_TIME:
        return messages.frame(4, -1, code, text, "", 1_767_969_000_000)
    return messages.frame(4, 2, -1, code, text, *([""] if server_version >= ERROR_HAS_JSON else []))


def burst(client: Client, kind: str, count: int, server_version: int) -> None:
    """Send everything as fast as the client takes it."""
    ids = client.request_ids()
    if kind == "history":
        pieces = [messages.history(ids[0], count, server_version)]
    else:
        pieces = list(messages.stream(kind, ids, count))
    _announce(started=time.monotonic_ns())
    for piece in pieces:
        client.send(piece)


def paced(client: Client, count: int, rate: float) -> None:
    """Send `count` stamped trades, `rate` a second, each in a segment of its own."""
    ids = client.request_ids()
    started = time.monotonic_ns()
    _announce(started=started)
    for i in range(count):
        wait = started + i * 1e9 / rate - time.monotonic_ns()
        if wait > 0:
            time.sleep(wait / 1e9)
        client.send(messages.stamped(ids[i % len(ids)], time.monotonic_ns()))


def _announce(**values: int) -> None:
    print(json.dumps(values), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=messages.KINDS)
    parser.add_argument("count", type=int)
    parser.add_argument("server_version", type=int)
    parser.add_argument("--rate", type=float)
    args = parser.parse_args()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        _announce(port=listener.getsockname()[1])
        connection, _ = listener.accept()
    with connection:
        client = Client(connection)
        try:
            client.welcome(args.server_version)
            if args.rate:
                paced(client, args.count, args.rate)
            else:
                burst(client, args.kind, args.count, args.server_version)
            client.wait_until_gone()
        except (EOFError, OSError) as error:
            sys.exit(f"blaster: {error}")


if __name__ == "__main__":
    main()
