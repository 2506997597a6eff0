"""What time it is where the data comes from, told by our clock: an estimate that errs on the safe side.

TWS's clock may be wrong while the stamps of the data, which the exchanges make, are right. So the stamps of
tick-by-tick ticks and 5-second bars count for more than what TWS says, where they are to be had.
"""

from market.clock import Clock
from market.events import Event, MarketEvent
from market.times import MINUTE, SECOND

LATENESS = 5 * SECOND
"""How much later than its own time a tick may come: what was stamped before that has come or was lost. A
second more costs nothing, since what is missing is asked for by whole pages."""

_LATEST = 15 * SECOND
"""What comes later than this does not come late: TWS's clock is wrong."""

_STAMPED = ("tbt", "rtbar")
_BUCKET = MINUTE
_NEVER = -(1 << 62)


class GatewayTime:
    """How far the gateway's time is ahead of `clock`'s, in nanoseconds.

    `reported` is the difference by TWS's last answer, `error` how much more it may be. `last_data` is our
    time of the newest events, `whole_until` of the newest ones before IB said that something is broken.
    """

    def __init__(self, clock: Clock) -> None:
        self.now = clock.now
        self.reported = self.error = 0
        self.last_data = self.whole_until = 0
        # The greatest difference that stamps showed, in this stretch of time and in the one before it.
        self._shown = [_NEVER, _NEVER]
        self._until = 0

    def told(self, time: int, error: int) -> None:
        """TWS said what time it is, to within `error`."""
        self.reported, self.error = time - self.now(), error

    def came(self, received: int, newest: Event) -> None:
        """Events have come, `newest` is the last of them."""
        self.last_data = received
        if isinstance(newest, MarketEvent) and getattr(newest, "source", "") in _STAMPED:
            if received >= self._until:
                self._shown = [_NEVER, self._shown[0]]
                self._until = received + _BUCKET
            self._shown[0] = max(self._shown[0], newest.time - received)

    def broke(self) -> None:
        """IB said that something is broken: what came before is whole."""
        self.whole_until = self.last_data

    @property
    def ahead(self) -> int:
        """The difference: at most as much as it is."""
        shown = max(self._shown)
        return shown if abs(shown - self.reported) < 60 * MINUTE else self.reported

    def whole(self, received: int) -> int:
        """Up to which gateway time everything had come for certain at our time `received`."""
        return received + self.ahead - LATENESS

    def corrected(self, told: int) -> int:
        """The time of the data where TWS has just told `told`: that, or at most as late as it is where the
        stamps show that TWS's clock is wrong."""
        wrong = abs(told - self.now() - self.ahead) > _LATEST
        return self.now() + self.ahead if wrong else told

    def from_now(self) -> int:
        """The gateway time from which everything comes that TWS had taken in when it last told the time.

        Stamps that came late make `ahead` too small, and TWS says by how much; unless that is so much that
        its clock must be wrong.
        """
        late = self.reported - self.ahead
        allowed = max(late, 0) if -SECOND <= late <= _LATEST else LATENESS
        return self.now() + self.ahead + allowed + max(self.error, SECOND)
