"""When a gateway wrote which bars of history to its socket."""

import time
from bisect import bisect_right

from simulator.gateway.server import Connection, Gateway

Content = tuple[int, float, float, float, float]
"""A bar: its second, open, high, low, close. No two contracts of the market have the same."""

_FIELDS = 8


class Answers:
    """Moments (nanoseconds of CLOCK_MONOTONIC) by what was written then."""

    def __init__(self, gateway: Gateway) -> None:
        self._written = dict[Content, list[int]]()
        gateway.arrivals.append(self._greet)

    def before(self, bar: Content, moment: int) -> int | None:
        """When `bar` was written last before a moment."""
        times = self._written.get(bar, [])
        place = bisect_right(times, moment)
        return times[place - 1] if place else None

    def _greet(self, connection: Connection) -> None:
        connection.detour = _Noting(connection, self)

    def note(self, frame: bytes, now: int) -> None:
        """Take in message 17, of a version that tells the span apart."""
        _, _, count, *rest = frame.split(b"\0")
        for n in range(int(count)):
            text, *prices = rest[_FIELDS * n : _FIELDS * n + 5]
            opens, high, low, close = map(float, prices)
            self._written.setdefault((int(text), opens, high, low, close), []).append(now)


class _Noting:
    """Stands between a connection and its socket."""

    def __init__(self, connection: Connection, answers: Answers) -> None:
        self._transport, self._answers = connection.transport, answers

    def send(self, data: bytes) -> None:
        """Write, and note when."""
        now, place = time.monotonic_ns(), 0
        self._transport.write(data)
        while place < len(data):
            end = place + 4 + int.from_bytes(data[place : place + 4], "big")
            if data.startswith(b"17\0", place + 4):
                self._answers.note(data[place + 4 : end], now)
            place = end
