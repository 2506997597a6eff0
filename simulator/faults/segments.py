"""Faults of the stream of bytes: other segments, other times, and bytes that make no sense."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Annotated, ClassVar

import msgspec

from market.times import SECOND
from simulator.faults.fault import Fault, Seconds, clients, connections
from simulator.faults.link import Burster, Delayer, Gluer, Greeter, Link, Shaper, Splitter, Truncator
from simulator.gateway.server import Connection, Gateway
from simulator.wire import messages
from simulator.wire.framing import frame
from simulator.wire.requests import NO_ID

Sizes = Annotated[tuple[Annotated[int, msgspec.Meta(ge=1)], ...], msgspec.Meta(min_length=1)]
"""Numbers of bytes; in scripts also ``1,3,7``."""

Count = Annotated[int, msgspec.Meta(ge=1)]


def nanoseconds(seconds: float) -> int:
    return round(seconds * SECOND)


class _Shaped(Fault, frozen=True, kw_only=True):
    """The lines of all clients, also of those to come, or that of one carry bytes in another way."""

    client: int | None = None
    present: ClassVar[bool] = True
    """Whether it concerns the lines that are there already."""

    def shaper(self, gateway: Gateway) -> Shaper:
        """A new one for a line."""
        raise NotImplementedError

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        shaped: list[tuple[Connection, Link, Shaper]] = []

        def bend(line: Connection) -> None:
            link = line.detour if isinstance(line.detour, Link) else _link(gateway, line)
            shaper = self.shaper(gateway)
            link.add(shaper)
            line.detour = link
            shaped.append((line, link, shaper))

        for line in connections(gateway, self.client) if self.present else ():
            bend(line)
        if self.client is None:
            gateway.arrivals.append(bend)
        yield
        if self.client is None:
            gateway.arrivals.remove(bend)
        for line, link, shaper in shaped:
            link.remove(shaper)
            if line.detour is link and not link:
                line.detour = None


def _link(gateway: Gateway, line: Connection) -> Link:
    def write(segment: bytes) -> None:
        if not line.transport.is_closing():
            line.transport.write(segment)

    return Link(gateway.services.clock, write)


class Split(_Shaped, frozen=True):
    """Everything is sent in segments of these sizes, again and again, `gap` apart."""

    sizes: Sizes = (1,)
    gap: Seconds = 0.0

    def shaper(self, gateway: Gateway) -> Shaper:
        return Splitter(self.sizes, nanoseconds(self.gap))


class Glued(_Shaped, frozen=True):
    """What is sent within `hold` leaves in one segment."""

    hold: Seconds = 0.2

    def shaper(self, gateway: Gateway) -> Shaper:
        return Gluer(nanoseconds(self.hold))


class HandshakeGlued(_Shaped, frozen=True):
    """A notice is glued to the reply to the handshake of everyone who comes."""

    present = False

    def shaper(self, gateway: Gateway) -> Shaper:
        def notice(version: int) -> bytes:
            millis = gateway.services.clock.now() // 1_000_000
            return messages.error(version, NO_ID, 2104, "Market data farm connection is OK:usfarm", millis)

        return Greeter(notice)


class Bursts(_Shaped, frozen=True):
    """Segments of exactly `size` bytes; what does not fill one follows after a silence of `hold`."""

    size: Count = 4096
    hold: Seconds = 1.1

    def shaper(self, gateway: Gateway) -> Shaper:
        return Burster(self.size, nanoseconds(self.hold))


class Delayed(_Shaped, frozen=True):
    """Everything comes later."""

    by: Seconds = 0.5

    def shaper(self, gateway: Gateway) -> Shaper:
        return Delayer(nanoseconds(self.by))


class Truncated(_Shaped, frozen=True):
    """The next `count` messages lose their second half.

    With `desynchronised`, the length in front of them still promises the whole.
    """

    count: Count = 1
    desynchronised: bool = False

    def shaper(self, gateway: Gateway) -> Shaper:
        return Truncator(self.count, lie=self.desynchronised)


class Garbage(Fault, frozen=True):
    """Bytes that make no sense; `framed`, they have a true length in front of them."""

    size: Count = 64
    framed: bool = False
    client: int | None = None
    momentary = True

    @contextmanager
    def on(self, gateway: Gateway) -> Iterator[None]:
        blocks = (sha256(f"garbage {n}".encode()).digest() for n in range(self.size // 32 + 1))
        garbage = b"".join(blocks)[: self.size]
        for session in clients(gateway, self.client):
            session.send(frame(garbage) if self.framed else garbage)
        yield
