"""How wanted streams stand, told as events."""

from collections.abc import Callable

from ib_api.desired import Entry
from ib_api.gateway_time import GatewayTime
from market.clock import Clock
from market.events import BarSource, Event, Hours, StreamChanged, StreamState, TickSource
from market.wanted import Wanted, WantedBars


class Teller:
    """Call it with an entry and its new state: it is set, and told where it concerns a contract.

    `time` is the gateway's; see `StreamChanged` for what it means in each state.
    """

    def __init__(self, time: GatewayTime, clock: Clock, publish: Callable[[Event], None]) -> None:
        self._time = time
        self._clock = clock
        self._publish = publish

    def now(self) -> int:
        """The gateway's time."""
        return self._clock.now() + self._time.ahead

    def __call__(
        self,
        entry: Entry,
        state: StreamState,
        time: int,
        reason: str,
        *,
        source: TickSource | BarSource | None = None,
    ) -> None:
        entry.state = state
        if entry.route is None:
            return
        kind, received = entry.way.kind, self._clock.now()
        what, hours = _bars_of(entry.wanted)
        source = source or entry.way.source
        self._publish(StreamChanged(*entry.route, time, received, kind, state, reason, source, what, hours))


def _bars_of(wanted: Wanted) -> tuple[str, Hours]:
    return (wanted.what, wanted.hours) if isinstance(wanted, WantedBars) else ("", "all")
