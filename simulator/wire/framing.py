"""Messages on the stream: a length of four bytes, big-endian, then that many bytes."""

import struct
from collections.abc import Iterator

from simulator.wire.errors import ProtocolError

MAX_LENGTH = 0xFFFFFF
"""The longest message the official clients accept; they send nothing near it."""

_LENGTH = struct.Struct(">I")


def frame(payload: bytes) -> bytes:
    """Put the length before `payload`.

    >>> frame(b"71")
    b'\\x00\\x00\\x00\\x0271'
    """
    return _LENGTH.pack(len(payload)) + payload


class FrameBuffer:
    """Collect bytes as they come and cut them into payloads.

    >>> buffer = FrameBuffer()
    >>> buffer.feed(frame(b"a") + frame(b"bc")[:5]); list(buffer.frames())
    [b'a']
    >>> buffer.feed(b"c"); list(buffer.frames())
    [b'bc']
    """

    def __init__(self) -> None:
        self._data = bytearray()

    def __len__(self) -> int:
        return len(self._data)

    def feed(self, data: bytes) -> None:
        """Add what was received."""
        self._data += data

    def take(self, count: int) -> bytes | None:
        """The next `count` raw bytes, or None while fewer are there."""
        if len(self._data) < count:
            return None
        taken = bytes(self._data[:count])
        del self._data[:count]
        return taken

    def peek(self) -> bytes:
        """All that waits."""
        return bytes(self._data)

    def frames(self) -> Iterator[bytes]:
        """Every payload that is complete; raise `ProtocolError` for an impossible length."""
        while (payload := self.frame()) is not None:
            yield payload

    def frame(self) -> bytes | None:
        """The next payload, or None while it is incomplete."""
        if len(self._data) < 4:
            return None
        (length,) = _LENGTH.unpack_from(self._data)
        if length > MAX_LENGTH:
            raise ProtocolError(f"a message claims {length} bytes; this is not TWS's protocol")
        if len(self._data) < 4 + length:
            return None
        payload = bytes(self._data[4 : 4 + length])
        del self._data[: 4 + length]
        return payload
