"""Cut a byte stream into IB's messages; no socket in here.

A message is its length, four bytes big-endian, and that many bytes. What has arrived is never thrown away,
however it was cut into segments.
"""

from collections.abc import Iterator
from struct import Struct

from market.errors import ConnectionFailed

PREFIX = Struct(">I")
PREFIX_BYTES = PREFIX.size

LUMP = 1 << 18
"""Bytes asked for in one receive: what the kernel holds for a fast sender, in few calls."""

MAX_MESSAGE = 1 << 28
"""The longest message taken, 256 MiB: a hundred times the longest answer that IB gives. IB's own client stops
at 16 MiB, which 250,000 bars exceed. A larger length means that the two sides no longer agree where a message
begins."""


class FramingLost(ConnectionFailed):
    """The stream cannot be read on: what should be a length is none."""


class FrameBuffer:
    """The bytes received and not yet read.

    Usage: receive into `space()`, tell `filled(count)`, read whole messages from the front of what that
    answers, tell `consumed(count)`. Each byte is copied twice at most, however large the message.

    >>> buffer = FrameBuffer()
    >>> buffer.space()[:7] = b"\\0\\0\\0\\3one"
    >>> list(frames(buffer.filled(7)))
    [b'one']
    """

    def __init__(self, lump: int = LUMP) -> None:
        self._lump = lump
        self._data = bytearray(2 * lump)
        self._used = 0
        self._needed = PREFIX_BYTES

    def space(self) -> memoryview:
        """Where the next bytes go; at least a lump of room."""
        short = max(self._used + self._lump, self._needed) - len(self._data)
        if short > 0:
            self._data.extend(bytes(max(short, len(self._data))))
        return memoryview(self._data)[self._used : self._used + max(self._lump, self._needed - self._used)]

    def filled(self, count: int) -> bytes:
        """Take note of `count` new bytes; answer all there is once a whole message is among it, else nothing.

        Raise `FramingLost` for a message longer than `MAX_MESSAGE`.
        """
        self._used += count
        if self._used < self._needed:
            return b""
        self._needed = PREFIX_BYTES + PREFIX.unpack_from(self._data)[0]
        if self._needed > MAX_MESSAGE:
            raise FramingLost(
                f"a message of {self._needed:,} bytes was announced; the line must be made anew"
            )
        return bytes(memoryview(self._data)[: self._used]) if self._used >= self._needed else b""

    def consumed(self, count: int) -> None:
        """Forget `count` bytes at the front: whole messages that were read."""
        rest = self._used - count
        if rest:
            self._data[:rest] = self._data[count : self._used]
        if len(self._data) > 8 * self._lump and rest < self._lump:
            self._data = self._data[: 2 * self._lump]
        self._used, self._needed = rest, PREFIX_BYTES


def frames(lump: bytes) -> Iterator[bytes]:
    """The whole messages at the front of `lump`, without their prefix."""
    position = 0
    while len(lump) - position >= PREFIX_BYTES:
        (length,) = PREFIX.unpack_from(lump, position)
        end = position + PREFIX_BYTES + length
        if end > len(lump):
            return
        yield lump[position + PREFIX_BYTES : end]
        position = end


def frame(payload: bytes) -> bytes:
    """`payload` with its length in front."""
    return PREFIX.pack(len(payload)) + payload
