"""The first words of a connection: who speaks, and which version of the protocol; no socket in here.

We send ``API`` and the range of versions that we read; TWS answers with the version it will speak and the
time of the connection.
"""

import re
from dataclasses import dataclass

from ib_api.errors import ServerTooOld, WrongProduct
from ib_api.framing import PREFIX, PREFIX_BYTES, frame

MIN_CLIENT_VERSION = 100
"""What IB's own clients announce as the oldest; TWS picks the newest that both know."""

MIN_SERVER_VERSION = 137
"""The oldest server whose price, tick-by-tick and bar messages have the layout that we decode."""

_LONGEST_ANSWER = 4096
_VERSION = re.compile(rb"(\d{1,6})\0([^\0]*)\0")


@dataclass(frozen=True, slots=True)
class ServerHello:
    """What the server said of itself; `rest` is what came behind it in the same segments."""

    version: int
    connection_time: str
    rest: bytes


class Handshake:
    """Feed what arrives until a `ServerHello` comes out.

    >>> Handshake(200).opening
    b'API\\x00\\x00\\x00\\x00\\tv100..200'
    >>> Handshake(200).feed(frame(b"178\\x0020250101 10:00:00 EST\\0")).version
    178
    """

    def __init__(self, max_version: int, options: str = "") -> None:
        self.opening = b"API\0" + frame(f"v{MIN_CLIENT_VERSION}..{max_version} {options}".rstrip().encode())
        self._max_version = max_version
        self._received = b""

    def feed(self, data: bytes) -> ServerHello | None:
        """Take the next bytes; raise `WrongProduct` or `ServerTooOld` as soon as they show it."""
        self._received += data
        if len(self._received) < PREFIX_BYTES:
            return None
        (length,) = PREFIX.unpack_from(self._received)
        if length > _LONGEST_ANSWER:
            raise self._wrong_product()
        end = PREFIX_BYTES + length
        if len(self._received) < end:
            return None
        match = _VERSION.fullmatch(self._received, PREFIX_BYTES, end)
        if match is None:
            raise self._wrong_product()
        version = int(match[1])
        self._check(version)
        return ServerHello(version, match[2].decode("latin-1"), self._received[end:])

    def _check(self, version: int) -> None:
        if version < MIN_SERVER_VERSION:
            raise ServerTooOld(
                f"TWS speaks protocol version {version}, at least {MIN_SERVER_VERSION} is needed; update TWS"
            )
        if version > self._max_version:
            raise WrongProduct(
                f"the server insists on protocol version {version} although we offered at most "
                f"{self._max_version}; check which program has the port"
            )

    def _wrong_product(self) -> WrongProduct:
        said = self._received[:40].decode("latin-1").encode("unicode_escape").decode()
        what = "a web server" if self._received.startswith((b"HTTP", b"<")) else "neither TWS nor IB Gateway"
        return WrongProduct(
            f"what answers is {what} (it said '{said}'); check the port (TWS: 7497, Gateway: 4002)"
        )
