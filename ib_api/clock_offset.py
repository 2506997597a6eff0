"""How far the gateway's clock and this machine's are apart, from answers to the question for the time."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from market.events import Problem
from market.times import SECOND

TOO_FAR = 2 * SECOND
"""What is worth a warning: bars and the second of a tick may then be taken for another one's."""

_KEPT = 8
_ADVICE = "set it by a time server: timedatectl set-ntp true (Linux), System Settings > Date & Time (macOS)"


class Measurement(NamedTuple):
    """Nanoseconds: the gateway is `offset` ahead, give or take `error`; the answer took `round_trip`."""

    offset: int
    error: int
    round_trip: int


class ClockOffset:
    """The best of the last measurements; the one with the quickest answer errs least, as in NTP.

    `tell` gets one `Problem` when the clocks are apart by more than two seconds for certain, and one when
    they agree again; `measured` gets the best and the last measurement each time.

    >>> offset = ClockOffset(print)
    >>> offset.measure(told=5 * SECOND, resolution=SECOND, sent=4 * SECOND, received=4 * SECOND)
    >>> offset.best.offset / SECOND, offset.best.error / SECOND
    (1.5, 0.5)
    """

    def __init__(
        self,
        tell: Callable[[Problem], None],
        measured: Callable[[Measurement, Measurement], None] = lambda best, last: None,
    ) -> None:
        self.best = Measurement(0, 0, 0)
        self.last = self.best
        self._tell = tell
        self._measured = measured
        self._kept: deque[Measurement] = deque(maxlen=_KEPT)
        self._warned = False

    def measure(self, told: int, resolution: int, sent: int, received: int) -> None:
        """The gateway `told` its time, a multiple of `resolution`, to a question of ours; all in UTC."""
        trip = max(0, received - sent)
        self.last = Measurement(told + resolution // 2 - sent - trip // 2, (resolution + trip) // 2, trip)
        # A clock that was set makes all that was measured before void.
        if self._kept and abs(self.last.offset - self.best.offset) > self.last.error + self.best.error:
            self._kept.clear()
        self._kept.append(self.last)
        self.best = min(self._kept, key=lambda each: each.error)
        self._measured(self.best, self.last)
        self._judge(received)

    def _judge(self, received: int) -> None:
        apart = abs(self.best.offset) - self.best.error > TOO_FAR
        if apart == self._warned:
            return
        self._warned = apart
        if apart:
            seconds, side = abs(self.best.offset) / SECOND, "behind" if self.best.offset > 0 else "ahead of"
            text = f"this machine's clock is {seconds:.1f} s {side} the gateway's"
            self._tell(Problem(0, text, "warning", received, _ADVICE))
        else:
            self._tell(Problem(0, "this machine's clock agrees with the gateway's again", "info", received))
