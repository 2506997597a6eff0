"""A client that only counts: its socket, its requests, and the gateway's process behind it."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulator.wire.framing import frame

ROOT = Path(__file__).parents[2]
PATIENCE = 60
KINDS = (("Last", 0), ("BidAsk", 0), ("AllLast", 0), ("MidPoint", 0), ("BidAsk", 1))
Listing = tuple[int, str, bool]


def request(*fields: object) -> bytes:
    return frame("".join(f"{field}\0" for field in fields).encode())


class Client:
    """One connection. `messages` counts all that came, `errors` the error messages with an id among them."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._buffer = bytearray(4 << 20)
        self._held = 0
        self.messages = 0
        self.bytes = 0
        self.kinds: dict[bytes, int] = {}
        self.send(b"API\0" + frame(b"v100..200"))
        self.read_until(lambda: self.messages >= 1)
        self.send(request(71, 2, 1, ""))

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def close(self) -> None:
        self._socket.close()

    def contract(self, listing: Listing) -> tuple[object, ...]:
        return (listing[0], "", "", "", "0.0", "", "", listing[1], "", "", "", "")

    def read_until(self, done: Any, limit: float = PATIENCE) -> None:
        """Read and count until `done()` or until `limit` seconds are over."""
        end = time.monotonic() + limit
        while not done() and (left := end - time.monotonic()) > 0:
            self._socket.settimeout(min(left, 0.2))
            with contextlib.suppress(TimeoutError):
                self._read()

    def _read(self) -> None:
        count = self._socket.recv_into(memoryview(self._buffer)[self._held :])
        if not count:
            raise EOFError("the gateway hung up")
        self.bytes += count
        buffer, place, end = self._buffer, 0, self._held + count
        while place + 4 <= end:
            after = place + 4 + int.from_bytes(buffer[place : place + 4], "big")
            if after > end:
                break
            self.messages += 1
            if buffer[place + 4 : place + 6] == b"4\0":
                self._look(bytes(buffer[place + 4 : after]))
            place = after
        self._held = end - place
        buffer[: self._held] = buffer[place:end]

    def _look(self, message: bytes) -> None:
        if message.split(b"\0")[1] != b"-1":
            raise ValueError(f"the gateway refuses: {message!r}")


class Process:
    """The gateway's process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        first = self._line()
        self.port: int = first["port"]
        self.listings: list[Listing] = [tuple(each) for each in first["listings"]]

    def usage(self) -> dict[str, float]:
        """What `benchmarks.sim_parts.gateway.usage` gives."""
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)
        return self._line()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        text = self._process.stdout.readline()
        if not text:
            raise EOFError("the gateway's process ended")
        answer: dict[str, Any] = json.loads(text)
        return answer


@contextlib.contextmanager
def gateway(*arguments: str) -> Iterator[tuple[Process, Client]]:
    """A fresh gateway and a client with its API started; both are gone afterwards."""
    command = [sys.executable, "-m", "benchmarks.sim_parts.gateway", *arguments]
    child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        process = Process(child)
        client = Client(process.port)
        try:
            yield process, client
        finally:
            client.close()
    finally:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.close()
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()
