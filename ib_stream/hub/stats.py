"""What the hub counts."""

from bisect import bisect_left

import msgspec

BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Upper bounds of the latencies' histogram in seconds; the last bucket has none."""


class Counts(msgspec.Struct):
    """The running totals. `latency` counts flushes by the time that their oldest event waited (`BOUNDS`)."""

    clients: int = 0
    events: int = 0
    sent: int = 0
    bytes: int = 0
    batches: int = 0
    gaps: int = 0
    missed: int = 0
    kicked: int = 0
    latency: list[int] = msgspec.field(default_factory=lambda: [0] * (len(BOUNDS) + 1))

    def waited(self, seconds: float) -> None:
        """A flush left whose oldest event had waited so long."""
        self.batches += 1
        self.latency[bisect_left(BOUNDS, seconds)] += 1


class HubStats(msgspec.Struct, frozen=True):
    """A moment's picture: `clients` and `late` (those who are behind) now, all others since the start.

    `events` were published and `sent` in all to clients in `batches` flushes, of `bytes` without HTTP's
    framing; `gaps` were told, of `missed` events in all; `kicked` clients were closed for being slow.
    `latency` counts flushes by the seconds that their oldest event waited, `latency_bounds` are its
    buckets' upper bounds.
    """

    clients: int
    late: int
    topics: int
    events: int
    sent: int
    bytes: int
    batches: int
    gaps: int
    missed: int
    kicked: int
    latency: tuple[int, ...]
    latency_bounds: tuple[float, ...] = BOUNDS
