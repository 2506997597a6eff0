"""What is on its way between gateway and client, so that time can wait for it."""

import array
import fcntl
import socket
import termios
from typing import Any


class Reader:
    """A client's socket. `taken` is how many bytes were read and dealt with when it last read on."""

    def __init__(self, line: socket.socket) -> None:
        self.taken = self._read = 0
        self._line = line

    def recv(self, count: int) -> bytes:
        self.taken = self._read
        data = self._line.recv(count)
        self._read += len(data)
        return data

    def recv_into(self, space: memoryview) -> int:
        self.taken = self._read
        count = self._line.recv_into(space)
        self._read += count
        return count

    # The attributes of a socket have as many types.
    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)


class With:
    """An object with some of its methods replaced."""

    def __init__(self, real: object, **methods: object) -> None:
        self._real = real
        self.__dict__ |= methods

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def waiting(line: socket.socket) -> int:
    """Bytes that the system holds for the reader of a socket."""
    count = array.array("i", [0])
    try:
        fcntl.ioctl(line.fileno(), termios.FIONREAD, count)
    except (OSError, ValueError):
        return 0
    return count[0]
