"""The first exchange: the client names the versions it speaks, the server picks one.

The client sends ``API\\0`` without a length, then a frame ``v<min>..<max>`` (or ``v<only>``), optionally a
blank and connect options. The server answers with its choice and its time, exactly two fields in one frame.
"""

import re
from typing import NamedTuple

from simulator.wire.errors import ProtocolError
from simulator.wire.fields import message
from simulator.wire.framing import FrameBuffer
from simulator.wire.versions import NEWEST, OLDEST

PREFIX = b"API\0"
_RANGE = re.compile(rb"v(\d{1,6})(?:\.\.(\d{1,6}))?(?: (.*))?", re.DOTALL)


class Hello(NamedTuple):
    """What a client says first: the lowest and the highest version it speaks, and its connect options."""

    versions: tuple[int, int]
    options: str = ""

    @property
    def paced(self) -> bool:
        """Whether the server shall queue what comes too fast, not refuse it."""
        return "+PACEAPI" in self.options.split()


def read_hello(buffer: FrameBuffer) -> Hello | None:
    """What the client says, or None while bytes are missing.

    Raise `ProtocolError` as soon as what came cannot be a handshake.
    """
    waiting = buffer.peek()
    if not waiting.startswith(PREFIX[: len(waiting)]):
        raise ProtocolError(f"a client began with {waiting[:16]!r}, not with API; it does not speak to TWS")
    if len(waiting) < 8:
        return None
    length = int.from_bytes(waiting[4:8], "big")
    if length > 1_024:
        raise ProtocolError(f"a client's handshake claims {length} bytes; it does not speak to TWS")
    if len(waiting) < 8 + length:
        return None
    buffer.take(len(PREFIX))
    return _parse(buffer.frame() or b"")


def _parse(hello: bytes) -> Hello:
    match = _RANGE.fullmatch(hello)
    if match is None:
        raise ProtocolError(f"a client's handshake says {hello[:32]!r}, not v<min>..<max>")
    low = int(match[1])
    return Hello((low, int(match[2] or low)), (match[3] or b"").decode("ascii", "replace"))


def negotiate(client: tuple[int, int], newest: int = NEWEST) -> int:
    """The version both speak: the lower of the two maxima.

    >>> negotiate((100, 225)), negotiate((100, 157)), negotiate((100, 225), newest=176)
    (200, 157, 176)
    """
    low, high = client
    version = min(newest, high)
    served = f"{OLDEST} to {newest} are served"
    if version < OLDEST:
        raise ProtocolError(f"a client speaks server versions up to {high}; {served}: update its library")
    if version < low:
        raise ProtocolError(f"a client wants server version {low} or later; {served}: lower its minimum")
    return version


def hello_reply(version: int, connection_time: str) -> bytes:
    """The server's answer; it must leave in one segment with nothing behind it."""
    return message(version, version, connection_time)
