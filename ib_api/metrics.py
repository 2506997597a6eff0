"""What a connection does, in numbers: plain structs, ready to be shown or exported.

Durations are seconds, as Prometheus wants them; everything is counted since the program began.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

import msgspec

from ib_api.clock_offset import Measurement
from ib_api.routing import Routing
from market.bus import EventBus
from market.clock import Clock
from market.events import ConnectionChanged, Event, Midpoint, Problem, Quote, Trade
from market.times import SECOND

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the classes that latencies are counted in, seconds."""


class Latency(msgspec.Struct, frozen=True):
    """A distribution: how many in all, their sum, and how many took up to each bound of `BOUNDS`."""

    count: int
    total: float
    up_to: tuple[int, ...]

    def quantile(self, share: float) -> float | None:
        """The smallest bound that `share` of all stay within; `None` where nothing was measured.

        Infinity when it lies beyond the last bound.
        """
        if not self.count:
            return None
        within = (bound for bound, n in zip(BOUNDS, self.up_to, strict=True) if n >= share * self.count)
        return next(within, float("inf"))


class Histogram:
    """Counts durations in classes.

    >>> histogram = Histogram()
    >>> for milliseconds in (1, 2, 3, 400): histogram.observe(milliseconds * 1_000_000)
    >>> latency = histogram.read()
    >>> latency.count, latency.quantile(0.5), latency.quantile(0.99)
    (4, 0.0025, 0.5)
    """

    _EDGES = tuple(int(bound * SECOND) for bound in BOUNDS)

    def __init__(self) -> None:
        self._total = 0
        self._classes = [0] * (len(BOUNDS) + 1)

    def observe(self, nanoseconds: int) -> None:
        """Count one; what clocks make negative is 0."""
        nanoseconds = max(0, nanoseconds)
        self._total += nanoseconds
        self._classes[bisect_left(self._EDGES, nanoseconds)] += 1

    def read(self) -> Latency:
        """The distribution so far."""
        sums, up_to = 0, []
        for number in self._classes:
            sums += number
            up_to.append(sums)
        return Latency(sums, self._total / SECOND, tuple(up_to[:-1]))


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """One reading.

    `clock_offset` is how far the gateway's clock is ahead of ours, give or take `clock_error`. `round_trip`
    is the time that the question for the time takes; half of it is the way from the gateway to us.
    `tick_age` is from the second in which a tick-by-tick tick happened to its arrival, up to a second too
    much since IB's ticks have whole seconds. `socket_to_bus` is from arrival to the first handler.
    """

    state: str
    connections: int
    bytes_received: int
    events: int
    messages_sent: int
    streams: int
    problems: dict[int, int]
    callback_failures: int
    handler_failures: int
    unreadable: int
    unclaimed: int
    unknown_codes: dict[int, int]
    longest_backlog: int
    clock_offset: float
    clock_error: float
    round_trip: Latency
    tick_age: Latency
    socket_to_bus: Latency


class Meter:
    """Measures one broker's connection between the bridge and the bus; on the event loop's thread."""

    def __init__(self, bus: EventBus, routing: Routing, clock: Clock) -> None:
        self._bus = bus
        self._routing = routing
        self._now = clock.now
        self._clocks = Measurement(0, 0, 0)
        self._state = "disconnected"
        self._connections = self._events = 0
        self._problems: Counter[int] = Counter()
        self._round_trip, self._tick_age, self._to_bus = Histogram(), Histogram(), Histogram()
        self._cancels = (
            bus.subscribe(Problem, self._on_problem),
            bus.subscribe(ConnectionChanged, self._on_connection),
        )

    def close(self) -> None:
        """Count no more."""
        for cancel in self._cancels:
            cancel()

    def deliver(self, batch: Sequence[Event]) -> None:
        """Publish a batch of the bridge. One event of each is measured: all of it came together."""
        now, last = self._now(), batch[-1]
        self._events += len(batch)
        self._to_bus.observe(now - getattr(batch[0], "received", now))
        if isinstance(last, Trade | Quote | Midpoint) and last.source == "tbt":
            self._tick_age.observe(last.received + self._clocks.offset - last.time)
        self._bus.publish_all(batch)

    def clocks(self, best: Measurement, last: Measurement) -> None:
        """The clocks were compared."""
        self._clocks = best
        self._round_trip.observe(last.round_trip)

    def read(self, longest_backlog: int = 0) -> Metrics:
        """The numbers so far; the backlog is the bridge's to know."""
        routing = self._routing
        return Metrics(
            state=self._state,
            connections=self._connections,
            bytes_received=routing.bytes_received,
            events=self._events,
            messages_sent=routing.messages_sent,
            streams=len(routing.registry.streams),
            problems=dict(self._problems),
            callback_failures=routing.failures,
            handler_failures=self._bus.failures,
            unreadable=routing.unreadable,
            unclaimed=routing.unclaimed,
            unknown_codes=dict(routing.unknown_codes),
            longest_backlog=longest_backlog,
            clock_offset=self._clocks.offset / SECOND,
            clock_error=self._clocks.error / SECOND,
            round_trip=self._round_trip.read(),
            tick_age=self._tick_age.read(),
            socket_to_bus=self._to_bus.read(),
        )

    def _on_problem(self, problem: Problem) -> None:
        self._problems[problem.code] += problem.count

    def _on_connection(self, change: ConnectionChanged) -> None:
        self._connections += change.state == "ready" and self._state in ("disconnected", "connecting")
        self._state = change.state
