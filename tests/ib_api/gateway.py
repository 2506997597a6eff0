"""A tiny scripted server: hand-made frames over a real socket, on a thread of its own."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

LONG = 5.0


def frame(payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + payload


def message(*fields: object) -> bytes:
    return frame(b"".join(str(field).encode() + b"\0" for field in fields))


def error(version: int, request_id: int, code: int, text: str) -> bytes:
    """Message 4 in the layout of a server version."""
    if version >= 194:
        return message(4, request_id, code, text, "", 1_767_969_000_000)
    tail = ("",) if version >= 166 else ()
    return message(4, 2, request_id, code, text, *tail)


def historical(version: int, request_id: int, *bars: tuple[object, ...]) -> bytes:
    """Message 17, and 108 where the version has it."""
    fields = [field for bar in bars for field in bar]
    if version >= 196:
        return message(17, request_id, len(bars), *fields) + message(108, request_id, "from", "to")
    return message(17, request_id, "from", "to", len(bars), *fields)


class Peer:
    """The server's side of one connection."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.line.settimeout(LONG)
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.hello = b""

    def read(self, count: int) -> bytes:
        while len(self.received) < count:
            data = self.line.recv(1 << 16)
            if not data:
                raise ConnectionError("the client has gone")
            self.received += data
        taken, self.received = self.received[:count], self.received[count:]
        return taken

    def request(self) -> list[str]:
        """The fields of the next request."""
        (length,) = struct.unpack(">I", self.read(4))
        return self.read(length).decode().split("\0")[:-1]

    def request_of(self, message_id: int) -> list[str]:
        """The next request of that id; others are passed over."""
        while True:
            fields = self.request()
            if fields[0] == str(message_id):
                return fields

    def send(self, *frames: bytes) -> None:
        self.line.sendall(b"".join(frames))

    def greet(self, version: int) -> None:
        assert self.read(4) == b"API\0"
        (length,) = struct.unpack(">I", self.read(4))
        self.hello = self.read(length)
        self.send(message(version, "20250101 10:00:00 EST"))

    def ready(self, version: int, account: str = "DU1234567") -> None:
        """The whole start, up to farm notices."""
        self.greet(version)
        assert self.request()[0] == "71"
        self.send(message(15, 1, account), message(9, 1, 42))

    def wait_closed(self) -> None:
        with contextlib.suppress(OSError):
            while self.line.recv(1 << 16):
                pass


Script = Callable[[Peer], None]


class Gateway:
    """Serve each connection with the next script, on a free port; a script that fails fails the test."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(LONG)
        self.port: int = self._listener.getsockname()[1]
        self.failure: BaseException | None = None
        self._lines: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failed: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(LONG)
        assert not self._thread.is_alive(), "a script still runs"
        if self.failure is not None and kind is None:
            raise self.failure

    def _serve(self) -> None:
        try:
            for script in self._scripts:
                line, _ = self._listener.accept()
                self._lines.append(line)
                # A client may hang up while we speak; what a script still waits for fails it.
                with line, contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    script(Peer(line))
        except BaseException as failed:
            self.failure = failed


def eventually(claim: Callable[[], object]) -> None:
    """Wait until `claim` holds: the other side of a socket needs its moment."""
    deadline = time.monotonic() + LONG
    while not claim():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.001)


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def chunks(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]
